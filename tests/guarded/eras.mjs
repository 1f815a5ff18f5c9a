// Clients and servers of both kinds of revisions, with and without `initialize`, directly and through `mcp-scan guard`: what
// works directly works through the guard and has equal results, and a client without `initialize` reaches a server that knows
// nothing else, with the results that other clients get. `node eras.mjs PATH_OF_MCP_SCAN`, where the packages of the folder that
// it stands in are installed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const program = process.argv[2];
const here = path.dirname(fileURLToPath(import.meta.url));
const work = fs.mkdtempSync(path.join(os.tmpdir(), "mcp-scan-eras-"));
const started = [];
process.on("exit", () => {
  started.forEach((child) => child.kill());
  fs.rmSync(work, { recursive: true, force: true });
});
const policy = path.join(work, "policy.yaml");
fs.writeFileSync(policy, "version: '1'\ndefault: allow\ntools:\n  denied: {rules: [{name: denied, action: deny, on_deny: Not here.}]}\n");
const guard = [program, "guard", "--policy", policy, "--state", "memory"];
const either = (transport, revisions) => ["node", path.join(here, "either-server.mjs"), transport, revisions];
const old = ["node", path.join(here, "node_modules/@modelcontextprotocol/server-everything/dist/index.js")];

/** Starts `words`, and returns the address in its messages. */
function listening([command, ...args]) {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  started.push(child);
  const seen = [];
  const address = new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (text) => {
      seen.push(text);
      const found = /(http:\/\/[0-9.]+:\d+\/\S+)/.exec(text);
      if (found) resolve(found[1]);
    });
    child.on("exit", (code) => reject(new Error(`${command} ended with ${code}: ${seen.join("\n")}`)));
  });
  return { address, seen };
}

const stdio = ([command, ...args]) => new StdioClientTransport({ command, args, stderr: "ignore" });
const http = (address) => new StreamableHTTPClientTransport(new URL(address));

async function connected(transport, mode) {
  const client = new Client(
    { name: "client-of-a-test", version: "1.0.0" },
    { capabilities: { elicitation: {} }, versionNegotiation: { mode, probe: { timeoutMs: 20_000 } } },
  );
  client.setRequestHandler("elicitation/create", () => ({ action: "accept", content: { name: "Ada" } }));
  await client.connect(transport);
  return client;
}

async function outcome(work) {
  try {
    return { result: await work() };
  } catch (error) {
    return { code: error.code, message: error.message };
  }
}

/** What a client sees. `undefined` if it does not connect. */
async function tour(transport, mode) {
  let client;
  try {
    client = await connected(transport, mode);
  } catch {
    return undefined;
  }
  const seen = { revision: client.getNegotiatedProtocolVersion(), server: client.getServerVersion(), instructions: client.getInstructions() };
  const note = async (name, work) => (seen[name] = await outcome(work));
  await note("tools", async () => (await client.listTools()).tools);
  await note("prompts", async () => (await client.listPrompts()).prompts);
  await note("resources", async () => (await client.listResources()).resources.length);
  await note("echo", () => client.callTool({ name: "echo", arguments: { text: "h\u00e9 \u2028", message: "h\u00e9 \u2028" } }));
  await note("unknown", () => client.callTool({ name: "no-such-tool", arguments: {} }));
  await note("two at once", () => Promise.all([1, 2].map((n) => client.callTool({ name: "echo", arguments: { text: `${n}`, message: `${n}` } }))));
  if (seen.server.name !== "either") {
    await note("elicitation", () => client.callTool({ name: "trigger-elicitation-request", arguments: {} }));
  }
  if (seen.server.name === "either") {
    const progress = [];
    await note("count", () => client.callTool({ name: "count", arguments: {} }, { onprogress: (it) => progress.push(it) }));
    seen.progress = progress.slice(0, 2);
    if (seen.revision === "2026-07-28") await note("greet", () => client.callTool({ name: "greet", arguments: {} }));
    await note("prompt", () => client.getPrompt({ name: "hello" }));
    await note("page", () => client.readResource({ uri: "test://page" }));
    await note("denied", () => client.callTool({ name: "denied", arguments: {} }));
  }
  await client.close();
  return JSON.parse(JSON.stringify(seen));
}

function assertEqual(direct, guarded, where) {
  if (direct?.denied) {
    assert.equal(guarded?.denied.result.isError, true, `${where}: denied`);
    assert.match(guarded.denied.result.content[0].text, /^\[DENIED BY POLICY\] Not here\./, where);
    delete direct.denied;
    delete guarded.denied;
  }
  for (const name of Object.keys({ ...direct, ...guarded })) assert.deepEqual(guarded?.[name], direct?.[name], `${where}: ${name}`);
  console.log(`${where}: ${direct ? `${Object.keys(direct).length} equal, by ${direct.revision}` : "no connection either way"}`);
}

/** What a client of the older revisions sees, as one of 2026-07-28 sees it through a translation. */
function translated(seen) {
  const same = { ...structuredClone(seen), revision: "2026-07-28" };
  // The SDK drops what this revision does not have.
  same.tools.result.forEach((tool) => delete tool.execution);
  return same;
}

/** Without what only results of 2026-07-28 have. */
function plain(seen) {
  for (const { result } of Object.values(seen ?? {})) {
    for (const one of [result].flat()) if (one?._meta) delete one._meta;
  }
  return seen;
}

for (const mode of ["legacy", "auto", { pin: "2026-07-28" }]) {
  for (const [name, words] of [["old", old], ["any", either("stdio", "any")], ["modern", either("stdio", "modern")]]) {
    const where = `a client (${JSON.stringify(mode)}) and a server (${name})`;
    const direct = await tour(stdio(words), mode);
    const isTranslated = name === "old" && mode !== "legacy";
    const asOlder = isTranslated ? translated(await tour(stdio(words), "legacy")) : structuredClone(direct);
    const guarded = await tour(stdio([...guard, "--", ...words]), mode);
    assertEqual(asOlder, isTranslated ? plain(guarded) : guarded, `${where} over stdio`);
    assertEqual(structuredClone(direct), await tour(stdio([...guard, "--translate", "never", "--", ...words]), mode), `${where} over stdio, not translated`);
    if (isTranslated) {
      const shared = await listening([...guard, "--translate", "always", "--listen", "127.0.0.1:0", "--", ...words]).address;
      const seen = plain(await tour(http(shared), mode));
      // Several clients share the server, which may ask none of them.
      for (const name of ["tools", "elicitation"]) delete seen[name];
      const expected = translated(await tour(stdio(words), "legacy"));
      for (const name of ["tools", "elicitation"]) delete expected[name];
      assertEqual(expected, seen, `${where} behind --listen, translated`);
    }
    const served = await listening([...guard, "--listen", "127.0.0.1:0", "--", ...words]).address;
    assertEqual(structuredClone(direct), await tour(http(served), mode), `${where} behind --listen`);
    if (name === "old") continue;
    const address = await listening(either("http", name)).address;
    const remote = await tour(http(address), mode);
    assertEqual(structuredClone(remote), await tour(stdio([...guard, address]), mode), `${where} by its URL`);
    const both = await listening([...guard, "--listen", "127.0.0.1:0", address]).address;
    assertEqual(structuredClone(remote), await tour(http(both), mode), `${where} by HTTP on both sides`);
  }
}

// A client that goes away cancels its call; two clients with the same ids get their own results.
{
  const { address, seen } = listening([...guard, "--listen", "127.0.0.1:0", "--", ...either("stdio", "modern")]);
  const [one, two] = [await connected(http(await address), { pin: "2026-07-28" }), await connected(http(await address), { pin: "2026-07-28" })];
  const echoes = [one, two].flatMap((client, of) =>
    Array.from({ length: 50 }, async (_, n) => [`${of}.${n}`, (await client.callTool({ name: "echo", arguments: { text: `${of}.${n}` } })).content[0].text]),
  );
  for (const [sent, got] of await Promise.all(echoes)) assert.equal(got, sent);
  const gone = new AbortController();
  const waiting = one.callTool({ name: "wait", arguments: {} }, { signal: gone.signal });
  setTimeout(() => gone.abort(), 200);
  await assert.rejects(waiting);
  for (let tries = 0; !seen.some((line) => line.includes("cancelled")); tries += 1) {
    assert.ok(tries < 50, "the server learns that the client is gone");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await Promise.all([one.close(), two.close()]);
  console.log("two clients on one server: 100 calls apart, one cancelled");
}
process.exit(0);
