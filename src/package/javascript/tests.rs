//! Packages of a few lines, one for each style in which servers register their tools.

use serde_json::json;

use super::super::extraction::{Extraction, Gap, ServerGapKind};
use super::super::manifest::{EntryPoint, Manifest};
use super::super::source_tree::SourceTree;
use super::super::stack::on_large_stack;
use super::extract;

/// What is found in a package with these files, of which the first is its program.
fn package(files: &[(&str, &str)]) -> Extraction {
    let mut tree = SourceTree::default();
    for (path, text) in files {
        tree.add(path, text.as_bytes().to_vec());
    }
    let entry_points = vec![EntryPoint { command: "orders".to_owned(), target: files[0].0.to_owned() }];
    let manifest = Manifest { name: "orders".to_owned(), version: None, entry_points };
    on_large_stack(|| extract(&tree, &manifest)).unwrap()
}

fn names(found: &Extraction) -> Vec<&str> {
    found.tools.iter().map(|tool| tool.name.as_str()).collect()
}

#[test]
fn a_tool_is_registered_with_a_shape() {
    let found = package(&[
        (
            "index.js",
            r#"
            import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
            import { z } from "zod";
            import { limit } from "./limits.js";
            const server = new McpServer({ name: "orders", version: "1.2.3" }, { instructions: "Read first." });
            server.registerTool("find_orders", {
                title: "Find",
                description: `Finds at most ${limit} orders` + " of a customer.",
                inputSchema: {
                    customer: z.string().min(1).describe("Who ordered"),
                    state: z.enum(["open", "paid"]).optional(),
                    page: z.number().int().default(1),
                },
                annotations: { readOnlyHint: true },
            }, async ({ customer }) => query(customer));
            server.tool("ping", async () => "pong");
            "#,
        ),
        ("limits.js", "export const limit = 5 * 10;"),
        ("package.json", r#"{"dependencies": {"zod": "^3.25.0"}}"#),
    ]);
    assert_eq!(names(&found), ["find_orders", "ping"]);
    assert_eq!((found.server_name.as_deref(), found.server_version.as_deref()), (Some("orders"), Some("1.2.3")));
    assert_eq!(found.instructions.as_deref(), Some("Read first."));
    let tool = &found.tools[0];
    assert_eq!(tool.description.as_deref(), Some("Finds at most 50 orders of a customer."));
    assert_eq!(
        tool.input_schema,
        Some(json!({
            "type": "object",
            "properties": {
                "customer": {"type": "string", "minLength": 1, "description": "Who ordered"},
                "state": {"type": "string", "enum": ["open", "paid"]},
                "page": {"type": "integer", "default": 1},
            },
            "required": ["customer"],
            "additionalProperties": false,
        }))
    );
    assert_eq!((tool.place.file.as_str(), tool.place.line), ("index.js", 6));
    assert_eq!(tool.gaps, []);
    assert_eq!(found.gaps, []);
}

#[test]
fn a_list_handler_returns_a_table() {
    let found = package(&[
        (
            "main.js",
            r#"
            const { Server } = require("@modelcontextprotocol/sdk/server/index.js");
            const { ListToolsRequestSchema } = require("@modelcontextprotocol/sdk/types.js");
            const table = require("./table.json");
            const { more } = require("./more");
            class Shop {
                tools = [...table, ...Object.values(more)];
                constructor() {
                    this.server = new Server({ name: "shop", version: "1" });
                    this.server.setRequestHandler(ListToolsRequestSchema, () => this.list());
                }
                list() {
                    return { tools: this.tools.filter((tool) => tool.enabled !== false).map(({ enabled, ...tool }) => tool) };
                }
            }
            new Shop();
            "#,
        ),
        ("table.json", r#"[{"name": "a", "inputSchema": {"type": "object"}}, {"name": "b", "enabled": false}]"#),
        ("more.js", "exports.more = { c: { name: 'c' }, d: { name: ['d', 'e'].join('_') } };"),
    ]);
    assert_eq!(names(&found), ["a", "c", "d_e"]);
}

#[test]
fn a_bundle_has_its_own_sdk_with_short_names() {
    let found = package(&[(
        "bundle.js",
        r#"
        var d = Object.defineProperty, x = (t, a) => { for (var n in a) d(t, n, { get: a[n], enumerable: !0 }) };
        var C = (f, m) => () => (m || f((m = { exports: {} }).exports, m), m.exports);
        var K = C((e) => { e.text = "Adds an order" });
        var F; (function (e) { e.ZodString = "ZodString"; e.ZodObject = "ZodObject"; e.ZodLiteral = "ZodLiteral" })(F || (F = {}));
        class S {} class O {} class L {}
        var s = (p) => new S({ checks: [], typeName: F.ZodString, ...p });
        var o = (h) => new O({ shape: () => h, unknownKeys: "strip", typeName: F.ZodObject });
        var l = (v) => new L({ value: v, typeName: F.ZodLiteral });
        var z = {}; x(z, { string: () => s, object: () => o, literal: () => l });
        var R = z.object({ method: z.literal("tools/list") }), W = z.object({ method: z.literal("tools/call") });
        class P { setRequestHandler(a, b) { this.h = b } assertRequestHandlerCapability() {} }
        var v = new P();
        v.setRequestHandler(W, (r) => ({ tools: [{ name: "wrong" }] }));
        v.setRequestHandler(R, async () => ({ tools: [{ name: "add", description: K().text, inputSchema: z.object({ id: z.string() }) }] }));
        "#,
    )]);
    assert_eq!(names(&found), ["add"]);
    assert_eq!(found.tools[0].description.as_deref(), Some("Adds an order"));
    assert_eq!(found.tools[0].input_schema.as_ref().unwrap()["required"], json!(["id"]));
}

#[test]
fn what_only_a_run_knows_is_a_gap() {
    let found = package(&[(
        "index.js",
        r#"
        import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
        import { z } from "zod";
        import { texts, remote, flags } from "somewhere";
        if (!process.env.SHOP_TOKEN) { process.exit(1); }
        const server = new McpServer({ name: "shop", version: "1" });
        server.registerTool("a", { description: texts.a(), inputSchema: { known: z.string(), other: remote() } }, run);
        if (flags()) server.registerTool("b", { description: "b" }, run);
        for (const tool of remote()) server.registerTool(tool.name, tool, run);
        "#,
    )]);
    assert_eq!(names(&found), ["a", "b"]);
    assert_eq!(found.tools[0].gaps, [Gap::Description, Gap::Parameter("other".to_owned())]);
    assert_eq!(found.tools[1].gaps, [Gap::Conditional]);
    assert_eq!(found.gaps.iter().map(|gap| gap.kind).collect::<Vec<_>>(), [ServerGapKind::ToolName]);
}

#[test]
fn a_tool_that_a_filter_may_leave_out_is_conditional() {
    let found = package(&[(
        "index.js",
        r#"
        import { Server } from "@modelcontextprotocol/sdk/server/index.js";
        import { ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
        import { allowed } from "somewhere";
        const table = [{ name: "a" }, { name: "b" }];
        const server = new Server({ name: "shop", version: "1" });
        server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: table.filter((tool) => allowed(tool)) }));
        "#,
    )]);
    assert_eq!(names(&found), ["a", "b"]);
    assert!(found.tools.iter().all(|tool| tool.gaps == [Gap::Conditional]));
}

#[test]
fn typescript_and_a_framework() {
    let found = package(&[
        (
            "src/index.ts",
            r#"
            import { FastMCP } from "fastmcp";
            import { register } from "./register.js";
            enum Kind { Open = "open", Paid = "paid" }
            const server = new FastMCP<Session>({ name: "shop", version: "1.0.0" });
            register(server as FastMCP, Object.values(Kind));
            "#,
        ),
        (
            "src/register.ts",
            r#"
            import { z } from "zod";
            export function register(server: FastMCP, kinds: string[]): void {
                for (const kind of kinds) {
                    server.addTool({ name: `list_${kind}`, description: "Lists", parameters: z.object({ limit: z.number().optional() }), execute: async () => "" });
                }
            }
            "#,
        ),
    ]);
    assert_eq!(names(&found), ["list_open", "list_paid"]);
    assert!(found.tools[1].handler.is_some());
}

#[test]
fn a_server_behind_a_command_line_is_found() {
    let found = package(&[(
        "cli.js",
        r#"
        import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
        const commands = { start() { const server = new McpServer({ name: "s", version: "1" }); server.tool("ping", () => 1); } };
        const wanted = process.argv[2];
        if (wanted) commands[wanted]();
        "#,
    )]);
    assert_eq!(names(&found), ["ping"]);
    assert_eq!(found.tools[0].gaps, [Gap::Conditional]);
}

#[test]
fn hostile_source_ends() {
    let deep = format!("var a = {}1{};", "(".repeat(50_000), ")".repeat(50_000));
    let nested = format!("var a = {}{};", "[".repeat(20_000), "]".repeat(20_000));
    let growing = "var a = 'x'; for (;;) a = a + a + a;";
    let recursive =
        "function f(n) { return f(n + 1) + f(n + 2) } f(0); const g = () => unknown() ? g() : g() + g(); g();";
    let cyclic = "import { b } from './cyclic.js'; export const a = b; export * from './cyclic.js';";
    let loops = "const list = []; while (true) { list.push(list); for (const x of list) list.push([x]); }";
    for text in [deep.as_str(), &nested, growing, recursive, cyclic, loops] {
        let found = package(&[("cyclic.js", text)]);
        assert_eq!(names(&found), Vec::<&str>::new());
    }
}

#[test]
fn a_server_that_other_code_gets_is_not_seen_whole() {
    let found = package(&[(
        "index.js",
        r#"import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { addAll } from "@acme/more-tools";
const server = new McpServer({ name: "shop", version: "1.0.0" });
server.tool("one", "One.", {}, async () => {});
addAll(server);
await server.connect(new StdioServerTransport());"#,
    )]);
    assert_eq!(found.tools.len(), 1);
    assert!(found.gaps.iter().any(|gap| gap.kind == ServerGapKind::PassedOn));
    let gets_server: Vec<&str> =
        found.outside.iter().filter(|module| module.gets_server).map(|module| module.name.as_str()).collect();
    assert_eq!(gets_server, ["@acme/more-tools"]);
}

#[test]
fn a_server_that_ends_without_a_login_is_read_as_if_it_had_one() {
    let found = package(&[(
        "index.js",
        r#"
        import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
        import { readFile } from "node:fs/promises";
        async function login(options) {
            const cached = await readFile("token");
            while (cached.expired()) await cached.refresh();
            throw new Error("Log in first");
        }
        async function main(options = { writes: false }) {
            const token = await login(options);
            const server = new McpServer({ name: "orders", version: "1" });
            server.registerTool("find_orders", { description: "Finds orders." }, async () => token);
            if (options.writes) server.registerTool("pay_order", { description: "Pays." }, async () => token);
        }
        main().catch((error) => { console.error(error); process.exit(1); });
        "#,
    )]);
    assert_eq!(names(&found), ["find_orders"]);
    assert!(found.tools[0].gaps.is_empty());
}

#[test]
fn what_grows_without_end_stops_at_a_limit() {
    for body in [
        "let t = 'a'.repeat(1000); for (let i = 0; i < 9000; i++) t = t.replaceAll('a', t);",
        "let t = 'a'.repeat(1e5); const all = []; for (let i = 0; i < 9000; i++) all.push([t, t, t].join(t));",
        "let a = [1]; for (let i = 0; i < 90; i++) a = [...a, ...a];",
        "let t = 'a,'.repeat(4e5); const all = []; for (let i = 0; i < 9000; i++) all.push(t.split(','));",
        "let o = {}; for (let i = 0; i < 9000; i++) { o = { ...o, ['k' + i]: [o] }; } JSON.stringify(o);",
        "let t = 'a'.repeat(1e6); for (let i = 0; i < 9000; i++) t.match(/(a*)*b/);",
        "let u = z.string(); for (let i = 0; i < 40; i++) u = z.union([u, u, u]); s.tool('u', { u }, () => 1);",
    ] {
        let start = "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'; import { z } from 'zod';\n\
            const s = new McpServer({ name: 'a', version: '1' });";
        let found = package(&[("index.js", &format!("{start}\n{body}\ns.tool('t', () => 1);"))]);
        let is_limited = found.gaps.iter().any(|gap| gap.kind == ServerGapKind::Limit);
        assert!(is_limited || names(&found) == ["t"], "{body}: {:?}", found.gaps);
    }
}

#[test]
fn a_class_that_registers_through_its_parent_is_a_server() {
    let found = package(&[(
        "index.js",
        r#"
        import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
        import { fromJsonSchema } from "@modelcontextprotocol/server";
        import os from "node:os";
        class Traced extends McpServer {
            tool(...args) {
                const handler = args[args.length - 1];
                args[args.length - 1] = async (...given) => { trace(args[0]); return handler(...given); };
                return super.tool(...args);
            }
        }
        const server = new Traced({ name: "orders", version: "1" });
        server.tool("find_orders", `Finds orders on ${os.platform()}.`, async () => { for (;;) await more(); });
        const plain = new McpServer({ name: "orders", version: "1" });
        const register = plain.registerTool.bind(plain);
        const schema = { type: "object", properties: { order: { type: "string" } } };
        register("pay_order", { description: "Pays.", inputSchema: fromJsonSchema(schema) }, async () => 1);
        "#,
    )]);
    assert_eq!(names(&found), ["find_orders", "pay_order"]);
    assert_eq!(found.tools[0].description.as_deref(), Some("Finds orders on linux."));
    assert_eq!(
        found.tools[1].input_schema,
        Some(json!({"type": "object", "properties": {"order": {"type": "string"}}}))
    );
    assert!(found.tools.iter().all(|tool| tool.gaps.is_empty()));
}

#[test]
fn a_loop_that_ends_by_what_is_not_known_ends() {
    let found = package(&[(
        "index.js",
        r#"
        import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
        import { randomBytes } from "node:crypto";
        const id = (length) => {
            let made = "";
            while (made.length < length) {
                const byte = randomBytes(1)[0];
                if (byte < 200) made += "abc"[byte % 3];
            }
            return made;
        };
        for (let i = 0; i < 40; i++) id(9);
        const server = new McpServer({ name: "orders", version: "1" });
        server.registerTool("find_orders", { description: "Finds." }, async () => id(5));
        "#,
    )]);
    assert_eq!(names(&found), ["find_orders"]);
    assert!(found.gaps.is_empty(), "{:?}", found.gaps);
}

#[test]
fn a_request_on_standard_input_has_no_store_and_unknown_groups_are_a_gap() {
    let program = r#"
        import { AsyncLocalStorage } from "node:async_hooks";
        import { Server } from "@modelcontextprotocol/sdk/server/index.js";
        import { ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
        const store = new AsyncLocalStorage();
        const groups = { rows: () => [{ name: "add" }], tables: () => [{ name: "make" }] };
        const chosen = () => store.getStore()?.groups;
        const server = new Server({ name: "shop" }, {});
        server.setRequestHandler(ListToolsRequestSchema, async () => {
            const names = chosen() ? chosen() : LISTED;
            return { tools: names.flatMap((name) => groups[name]()) };
        });
    "#;
    let known = package(&[("index.js", &program.replace("LISTED", "Object.keys(groups)"))]);
    assert_eq!(names(&known), ["add", "make"]);
    assert!(known.gaps.is_empty(), "{:?}", known.gaps);
    let unknown = package(&[("index.js", &program.replace("LISTED", "[...Object.keys(groups), Date.now()]"))]);
    assert_eq!(names(&unknown), ["add", "make"]);
    assert_eq!(unknown.gaps.len(), 1);
}

#[test]
fn a_program_without_an_sdk_has_the_tools_that_its_objects_describe() {
    let found = package(&[(
        "index.js",
        r#"
        import { createInterface } from "node:readline";
        const TOOLS = [{ name: "find_orders", description: "Finds.", inputSchema: { type: "object", properties: { id: { type: "string" } } } }];
        const other = { name: "orders", description: "Not a tool." };
        createInterface({ input: process.stdin }).on("line", (line) => {
            const { id, method } = JSON.parse(line);
            if (method === "tools/list") process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result: { tools: TOOLS } }));
        });
        "#,
    )]);
    assert_eq!(names(&found), ["find_orders"]);
}

#[test]
fn a_filter_by_a_setting_leaves_out_what_the_setting_switches_on() {
    let found = package(&[(
        "index.js",
        r#"
        const { Server } = require("@modelcontextprotocol/sdk/server/index.js");
        const { ListToolsRequestSchema } = require("@modelcontextprotocol/sdk/types.js");
        const { program } = require("commander");
        const table = [
            { group: "core", schema: { name: "list_orders", description: "Lists orders.", inputSchema: { type: "object" } } },
            { group: "core", hidden: true, schema: { name: "ship", description: "Ships.", inputSchema: { type: "object" } } },
            { group: "admin", schema: { name: "refund", description: "Refunds.", inputSchema: { type: "object" } } },
        ];
        function size(text) {
            if (!text)
                return void 0;
            if (text.includes("x")) {
                const [width] = text.split("x").map((part) => +part);
                if (isNaN(width)) throw new Error("no size");
                return { width };
            }
            throw new Error("no size");
        }
        function chosen(config) {
            return table.filter((tool) => tool.group.startsWith("core") || config.groups?.includes(tool.group))
                .filter((tool) => !tool.hidden);
        }
        program.option("--groups <groups>").action((options) => {
            const config = { groups: options.groups, size: size(process.env.SHOP_SIZE) };
            const server = new Server({ name: "shop", version: "1.0.0" }, {});
            server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: chosen(config).map((tool) => tool.schema) }));
        });
        program.parseAsync(process.argv);
        "#,
    )]);
    assert_eq!(names(&found), ["list_orders"]);
}

#[test]
fn objects_that_describe_tools_are_only_possible_where_an_sdk_lists_others() {
    let found = package(&[(
        "index.js",
        r#"
        const { Server } = require("@modelcontextprotocol/sdk/server/index.js");
        const { ListToolsRequestSchema } = require("@modelcontextprotocol/sdk/types.js");
        const { fetchTools } = require("shop-client");
        const refund = { name: "refund", description: "Refunds.", inputSchema: { type: "object" } };
        const request = "tools/list";
        const server = new Server({ name: "shop", version: "1.0.0" }, {});
        server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: await fetchTools() }));
        "#,
    )]);
    assert_eq!(names(&found), ["refund"]);
    assert_eq!(found.tools[0].gaps, [Gap::Conditional]);
    assert!(found.gaps.iter().any(|gap| gap.kind == ServerGapKind::FetchedTools), "{:?}", found.gaps);
}
