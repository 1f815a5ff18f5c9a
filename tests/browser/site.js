// A site built from our fixtures, served by the program itself on loopback.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const repository = join(import.meta.dirname, "../..");
export const program = process.env.MCP_SCAN ?? join(repository, "target/debug/mcp-scan");

// Enough tools that lists go on in further parts and the index of the search is cut.
const many = () => {
  const [verbs, things] = [["get", "list", "create", "update", "delete"], ["invoice", "ticket", "webhook", "report", "bucket", "comment"]];
  const tool = (n) => ({
    name: `${verbs[n % verbs.length]}_${things[n % things.length]}_${n}`,
    description: `Handles ${things[(n * 7) % things.length]} number ${n} of the warehouse.`,
    inputSchema: { type: "object", properties: { id: { type: "string" } } },
  });
  return { serverInfo: { name: "warehouse", version: "1" }, tools: Array.from({ length: 600 }, (_, n) => tool(n)) };
};

export const build = () => {
  const folder = mkdtempSync(join(tmpdir(), "mcp-scan-site-"));
  const site = join(folder, "site");
  const large = join(folder, "warehouse.json");
  writeFileSync(large, JSON.stringify(many()));
  const listings = ["example-shop", "hostile", "odd"].map((name) => join(repository, `fixtures/listings/${name}.json`));
  const arguments_ = ["catalogue", ...listings, join(repository, "fixtures/seeds"), large, "-o", site];
  execFileSync(program, arguments_, { stdio: "inherit" });
  return { site, remove: () => rmSync(folder, { recursive: true }) };
};

export const serve = (site) => new Promise((done, failed) => {
  const server = spawn(program, ["catalogue", "-o", site, "--serve=0"], { stdio: ["ignore", "ignore", "pipe"] });
  server.once("error", failed);
  server.once("exit", (code) => failed(new Error(`the server ended with ${code}`)));
  server.stderr.on("data", (text) => {
    const address = /http:\/\/127\.0\.0\.1:\d+\//.exec(text);
    if (address) done({ address: address[0], stop: () => server.kill("SIGINT") });
  });
});

// One page of each kind, by what it is.
export const kinds = (site) => {
  const shop = readdirSync(join(site, "servers")).find((name) => existsSync(join(site, "servers", name, "refund_payment")));
  return {
    home: "",
    servers: "servers/index.html",
    server: `servers/${shop}/index.html`,
    "long-server": "servers/warehouse/index-2.html",
    tool: `servers/${shop}/create_api_key/index.html`,
    "destructive-tool": `servers/${shop}/delete_product/index.html`,
    "tool-policies": `servers/${shop}/create_api_key/policies.html`,
    "dispatch-tool": `servers/${shop}/manage_discounts/index.html`,
    category: "categories/execute/index.html",
    findings: "findings/index.html",
    severity: "severities/critical/index.html",
    level: `severities/critical/${shop}/index.html`,
    signals: "signals/index.html",
    signal: "signals/credentials/index.html",
    attacks: "attacks/index.html",
    attack: "attacks/command-injection/index.html",
    method: "method/index.html",
    rules: "method/signals/index.html",
    search: "search/index.html?q=craete%20key",
    missing: "no/such/page",
  };
};
