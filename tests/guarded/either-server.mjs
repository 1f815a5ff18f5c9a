// A server of the official SDK for the tests of protocol revisions.
// `node either-server.mjs stdio|http any|modern`: with `modern` it refuses clients of the revisions with `initialize`. Over
// HTTP it prints its address on standard error.
import http from "node:http";
import { McpServer, createMcpHandler, inputRequired } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import * as z from "zod/v4";

const [transport, revisions] = process.argv.slice(2);
const options = { legacy: revisions === "modern" ? "reject" : undefined };

function server() {
  const it = new McpServer({ name: "either", version: "1.0.0" }, { instructions: "Be kind." });
  const text = (value) => ({ content: [{ type: "text", text: value }] });
  it.registerTool("echo", { description: "Returns the text.", inputSchema: z.object({ text: z.string() }) }, ({ text: given }) => text(given));
  it.registerTool("denied", { description: "Is denied by the policy." }, () => text("never"));
  it.registerTool("count", { description: "Counts to three.", inputSchema: z.object({}) }, async (_, context) => {
    const token = context.mcpReq._meta?.progressToken;
    for (let progress = 1; progress <= 3 && token !== undefined; progress += 1) {
      await context.mcpReq.notify({ method: "notifications/progress", params: { progressToken: token, progress, total: 3 } });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return text("three");
  });
  it.registerTool("greet", { description: "Greets who answers.", inputSchema: z.object({}) }, (_, context) => {
    const answer = context.mcpReq.inputResponses?.who;
    if (answer) return text(`Hello ${answer.content?.name ?? answer.action}`);
    const schema = { type: "object", properties: { name: { type: "string" } } };
    return inputRequired({ inputRequests: { who: inputRequired.elicit({ message: "Who?", requestedSchema: schema }) } });
  });
  it.registerTool("wait", { description: "Waits long.", inputSchema: z.object({}) }, (_, context) => new Promise((resolve) => {
    context.mcpReq.signal.addEventListener("abort", () => {
      process.stderr.write("cancelled\n");
      resolve(text("cancelled"));
    });
  }));
  it.registerPrompt("hello", { description: "Says hello." }, () => ({ messages: [{ role: "user", content: { type: "text", text: "Hello." } }] }));
  it.registerResource("page", "test://page", { mimeType: "text/plain" }, () => ({ contents: [{ uri: "test://page", text: "A page." }] }));
  return it;
}

if (transport === "stdio") {
  serveStdio(server, options);
} else {
  const handler = createMcpHandler(server, options);
  const listener = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length ? Buffer.concat(chunks) : undefined;
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const reply = await handler.fetch(
      new Request(`http://${request.headers.host}${request.url}`, { method: request.method, headers: request.headers, body, signal: gone.signal }),
    );
    response.writeHead(reply.status, Object.fromEntries(reply.headers));
    for await (const chunk of reply.body ?? []) response.write(chunk);
    response.end();
  });
  listener.listen(0, "127.0.0.1", () => process.stderr.write(`at http://127.0.0.1:${listener.address().port}/mcp\n`));
}
