// An MCP server that asks for authorization, beside the authorization server of `oidc-provider`. Both on loopback; prints the
// address of the MCP server. Arguments: the port of the MCP server, the port of the authorization server. Tokens live ten seconds.

import http from "node:http";
import { Provider } from "oidc-provider";

const [mcpPort, issuerPort] = process.argv.slice(2).map(Number);
const origin = `http://127.0.0.1:${mcpPort}`;
const issuer = `http://127.0.0.1:${issuerPort}`;
const resource = `${origin}/mcp`;
const metadata = "/.well-known/oauth-protected-resource/mcp";

const provider = new Provider(issuer, {
  features: {
    registration: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: "notes:read",
        audience: resource,
        accessTokenFormat: "opaque",
        accessTokenTTL: 10,
      }),
    },
  },
  pkce: { required: () => true },
  scopes: ["openid", "offline_access", "notes:read"],
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  issueRefreshToken: () => true,
});

const results = {
  initialize: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "notes", version: "1" } },
  "tools/list": { tools: [{ name: "list_notes", inputSchema: { type: "object" } }] },
};

async function answer(request, response) {
  let body = "";
  for await (const chunk of request) body += chunk;
  const json = (value) => response.setHeader("Content-Type", "application/json").end(JSON.stringify(value));
  if (request.url === metadata) {
    return json({ resource, authorization_servers: [issuer], scopes_supported: ["notes:read"] });
  }
  if (request.url !== "/mcp") return response.writeHead(404).end();
  const token = await provider.AccessToken.find((request.headers.authorization ?? "").replace("Bearer ", "") || "none");
  if (![token?.aud].flat().includes(resource)) {
    response.setHeader("WWW-Authenticate", `Bearer resource_metadata="${origin}${metadata}"`);
    return response.writeHead(401).end();
  }
  const { id, method } = JSON.parse(body);
  if (!results[method]) return response.writeHead(id === undefined ? 202 : 400).end();
  return json({ jsonrpc: "2.0", id, result: results[method] });
}

provider.listen(issuerPort, "127.0.0.1");
http.createServer(answer).listen(mcpPort, "127.0.0.1", () => console.log(resource));
