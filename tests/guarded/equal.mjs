// The official SDK's client against real servers, directly and through `mcp-scan guard`: every result is equal but for
// what the policy denies. `node equal.mjs PATH_OF_MCP_SCAN`, where the packages of the folder that it stands in are
// installed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";

const program = process.argv[2];
const packages = path.join(path.dirname(fileURLToPath(import.meta.url)), "node_modules", "@modelcontextprotocol");
const work = fs.mkdtempSync(path.join(os.tmpdir(), "mcp-scan-guarded-"));
const files = path.join(work, "files");
const started = [];
process.on("exit", () => {
  started.forEach((child) => child.kill());
  fs.rmSync(work, { recursive: true, force: true });
});

const everything = path.join(packages, "server-everything", "dist", "index.js");
const filesystem = path.join(packages, "server-filesystem", "dist", "index.js");

/** A policy file that allows all tools but `denied`. */
function policy(name, denied) {
  const file = path.join(work, `${name}.yaml`);
  const tools = denied.map((tool) => `  ${tool}: {rules: [{name: denied, action: deny, on_deny: Not here.}]}`);
  fs.writeFileSync(file, `version: '1'\ndefault: allow\ntools:\n${tools.join("\n")}\n`);
  return file;
}

async function connect(transport) {
  const client = new Client(
    { name: "client-of-a-test", version: "1.0.0" },
    { capabilities: { sampling: {}, elicitation: {}, roots: { listChanged: true } } },
  );
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    model: "scripted",
    role: "assistant",
    content: { type: "text", text: "a scripted answer" },
  }));
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: "accept", content: { name: "A", check: true } }));
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: `file://${files}`, name: "files" }] }));
  await client.connect(transport);
  return client;
}

const stdio = (command, args) => connect(new StdioClientTransport({ command, args, stderr: "ignore" }));

/** Waits for the line of `child` that `pattern` matches. */
function line(child, pattern) {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (text) => pattern.exec(text) && resolve(pattern.exec(text)));
    child.on("exit", (code) => reject(new Error(`it ended with ${code}`)));
  });
}

/** A client of a guard that listens, in front of `words`. */
async function overHttp(policyFile, words) {
  const args = ["guard", "--policy", policyFile, "--state", "memory", "--listen", "127.0.0.1:0", "--", ...words];
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  started.push(child);
  const [, url] = await line(child, /(http:\/\/[0-9.]+:\d+\/mcp)/);
  return { url, client: await connect(new StreamableHTTPClientTransport(new URL(url))) };
}

/** What `work` returns or throws, in a form that can be compared. */
async function outcome(work) {
  try {
    // The servers write the time of day into some texts.
    const text = JSON.stringify({ result: await work() });
    return JSON.parse(text.replaceAll(/\d+:\d\d:\d\d( [AP]M)?/g, "TIME"));
  } catch (error) {
    return { code: error.code, message: error.message };
  }
}

/** Everything that a client can do with the server, by name. `calls` are tools with their arguments. */
async function tour(client, calls) {
  const seen = {};
  const note = async (name, work) => (seen[name] = await outcome(work));
  seen.server = { version: client.getServerVersion(), capabilities: client.getServerCapabilities() };
  seen.instructions = client.getInstructions();
  await note("ping", () => client.ping());
  await note("tools", () => client.listTools());
  await note("prompts", () => client.listPrompts());
  await note("resources", () => client.listResources());
  await note("templates", () => client.listResourceTemplates());
  await note("logging", () => client.setLoggingLevel("error"));
  await note("unknown", () => client.request({ method: "no/such" }, { parse: (it) => it, safeParse: (data) => ({ success: true, data }) }));
  for (const { name } of seen.prompts.result?.prompts ?? []) {
    const given = { city: "Paris", state: "Texas", department: "Engineering", name: "Alice", resourceType: "Text", resourceId: "1", temperature: "1", style: "plain" };
    await note(`prompt ${name}`, () => client.getPrompt({ name, arguments: given }));
  }
  for (const { uri } of (seen.resources.result?.resources ?? []).slice(0, 5)) {
    await note(`resource ${uri}`, () => client.readResource({ uri }));
  }
  for (const [index, [name, args]] of calls.entries()) {
    const progress = [];
    const onprogress = (it) => progress.push(it);
    await note(`call ${index} ${name}`, () => client.callTool({ name, arguments: args }, undefined, { onprogress }));
    // The SDK drops the last one where it arrives together with the result.
    seen[`progress ${index}`] = progress.slice(0, 2);
  }
  await client.close();
  return seen;
}

/** Fails unless `guarded` equals `direct` but for the calls of `denied` tools. */
function assertEqual(direct, guarded, denied, where) {
  assert.deepEqual(Object.keys(guarded), Object.keys(direct), where);
  let refused = 0;
  for (const [name, expected] of Object.entries(direct)) {
    if (denied.some((tool) => name.startsWith("call ") && name.endsWith(` ${tool}`))) {
      assert.equal(guarded[name].result.isError, true, `${where}: ${name}`);
      assert.match(guarded[name].result.content[0].text, /^\[DENIED BY POLICY\] Not here\./);
      refused += 1;
    } else {
      assert.deepEqual(guarded[name], expected, `${where}: ${name}`);
    }
  }
  assert.ok(refused > 0, where);
  console.log(`${where}: ${Object.keys(direct).length - refused} equal, ${refused} denied`);
}

const servers = [
  {
    name: "server-everything",
    words: ["node", everything],
    denied: ["get-tiny-image"],
    calls: [
      ["echo", { message: "h\u00e9llo \u2028 \\u0000 1e2" }],
      ["get-sum", { a: 1.5, b: 2e3 }],
      ["get-sum", { a: "no number" }],
      ["get-tiny-image", {}],
      ["get-structured-content", { location: "New York" }],
      ["get-annotated-message", { messageType: "success", includeImage: true }],
      ["get-resource-links", { count: 3 }],
      ["get-resource-reference", { resourceType: "Text", resourceId: 1 }],
      ["trigger-long-running-operation", { duration: 1, steps: 3 }],
      ["trigger-sampling-request", { prompt: "hello", maxTokens: 10 }],
      ["get-roots-list", {}],
      ["no-such-tool", {}],
    ],
  },
  {
    name: "server-filesystem",
    words: ["node", filesystem, files],
    denied: ["write_file"],
    calls: [
      ["list_allowed_directories", {}],
      ["list_directory", { path: files }],
      ["read_text_file", { path: path.join(files, "a.txt") }],
      ["read_text_file", { path: path.join(files, "a.txt"), head: 1 }],
      ["read_media_file", { path: path.join(files, "a.png") }],
      ["read_multiple_files", { paths: [path.join(files, "a.txt"), path.join(files, "none")] }],
      ["directory_tree", { path: files }],
      ["search_files", { path: files, pattern: "*.txt" }],
      ["read_text_file", { path: "/etc/hostname" }],
      ["edit_file", { path: path.join(files, "a.txt"), edits: [{ oldText: "one", newText: "two" }], dryRun: true }],
      ["write_file", { path: path.join(files, "denied.txt"), content: "x" }],
    ],
  },
];

for (const { name, words, denied, calls } of servers) {
  fs.rmSync(files, { recursive: true, force: true });
  fs.mkdirSync(files, { recursive: true });
  fs.writeFileSync(path.join(files, "a.txt"), "one\r\ntw\u00f6 \u{1f600}\n");
  fs.writeFileSync(path.join(files, "a.png"), Buffer.from("89504e470d0a1a0a00ff", "hex"));
  const file = policy(name, denied);
  const guard = ["guard", "--policy", file, "--state", "memory"];
  // The guarded ones first: what they deny must not have happened yet.
  const watched = await tour(await stdio(program, [...guard, "--on-injection", "block", "--", ...words]), calls);
  const guarded = await tour(await stdio(program, [...guard, "--", ...words]), calls);
  const { url, client } = await overHttp(file, words);
  const chain = await tour(await stdio(program, [...guard, url]), calls);
  const http = await tour(client, calls);
  assert.ok(!fs.existsSync(path.join(files, "denied.txt")), "a denied call was made");
  const direct = await tour(await stdio(words[0], words.slice(1)), calls);
  assertEqual(direct, guarded, denied, `${name} over stdio`);
  assertEqual(direct, watched, denied, `${name} with its results read`);
  assertEqual(direct, http, denied, `${name} behind --listen`);
  assertEqual(direct, chain, denied, `${name} by the URL of a guard`);
}
process.exit(0);
