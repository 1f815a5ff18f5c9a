// The official SDK's client against `mcp-scan serve`: `node client.mjs PATH_OF_MCP_SCAN FOLDER`, where the packages of
// the folder that it stands in are installed and FOLDER holds shop.json, a listing.
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const [program, folder] = process.argv.slice(2);
const client = new Client({ name: "client-of-a-test", version: "1.0.0" });
await client.connect(new StdioClientTransport({ command: program, args: ["serve"], cwd: folder }));

assert.equal(client.getServerVersion().name, "mcp-scan");
const { tools } = await client.listTools();
assert.deepEqual(
  tools.map((tool) => tool.name),
  ["check_mcp_server", "check_tool", "explain", "make_policy"],
);
// What starts a server, or asks one, claims nothing about reading; no tool destroys.
assert.deepEqual(
  tools.filter((tool) => tool.annotations.readOnlyHint).map((tool) => tool.name),
  ["check_tool", "explain"],
);
assert.ok(tools.every((tool) => tool.annotations.readOnlyHint || tool.annotations.destructiveHint === false));

const call = async (name, args) => client.callTool({ name, arguments: args });
const checked = await call("check_mcp_server", { target: "shop.json" });
assert.equal(checked.structuredContent.servers[0].tools.length, checked.structuredContent.servers[0].tool_count);
assert.deepEqual(JSON.parse(checked.content[0].text), checked.structuredContent);
const definition = { name: "delete_order", description: "Deletes an order for good." };
assert.equal((await call("check_tool", { definition })).structuredContent.category, "Destructive");
assert.match((await call("explain", { definition })).structuredContent.trace, /delete/);
assert.match((await call("make_policy", { target: "shop.json" })).structuredContent.policies[0].text, /rules|tools/);

const refused = await call("check_mcp_server", { target: "npx -y some-server" });
assert.ok(refused.isError && /no command is started/.test(refused.content[0].text), JSON.stringify(refused));
assert.ok((await call("check_mcp_server", { target: "/etc/passwd" })).isError);
await assert.rejects(call("rm", {}), /no tool of this server/);

await client.close();
console.log("the SDK's client and mcp-scan serve understand each other");
