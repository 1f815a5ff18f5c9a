//! Packages of a few lines, one for each framework that has its own way to tools.

use serde_json::json;

use super::super::extraction::Extraction;
use super::super::manifest::{EntryPoint, Manifest};
use super::super::source_tree::SourceTree;
use super::super::stack::on_large_stack;
use super::extract;

/// What is found in a package with these files, of which the first is its program.
fn package(files: &[(&str, &str)]) -> Extraction {
    let mut tree = SourceTree::default();
    files.iter().for_each(|(path, text)| tree.add(path, text.as_bytes().to_vec()));
    let entry_points = vec![EntryPoint { command: "orders".to_owned(), target: files[0].0.to_owned() }];
    let manifest = Manifest { name: "orders".to_owned(), version: None, entry_points };
    on_large_stack(|| extract(&tree, &manifest)).unwrap()
}

fn names(found: &Extraction) -> Vec<&str> {
    found.tools.iter().map(|tool| tool.name.as_str()).collect()
}

#[test]
fn classes_in_the_folder_of_tools_are_tools() {
    let fields = r#"
        import { MCPTool } from "mcp-framework";
        import { z } from "zod";
        export class FindTool extends MCPTool {
            name = "find_orders";
            description = "Finds orders.";
            schema = {
                customer: { type: z.string(), description: "Who ordered" },
                page: { type: z.number().optional(), description: "Which page" },
            };
            async execute(input) { return find(input); }
        }
        export default FindTool;
    "#;
    let schema = r#"
        import { MCPTool } from "mcp-framework";
        import { z } from "zod";
        export default class extends MCPTool {
            name = "pay_order";
            description = "Pays.";
            schema = z.object({ id: z.string() });
            async execute({ id }) { return pay(id); }
        }
    "#;
    let found = package(&[
        ("dist/index.js", "import { MCPServer } from 'mcp-framework';\nnew MCPServer({ name: 'orders' }).start();"),
        ("dist/tools/FindTool.js", fields),
        ("dist/tools/pay/PayTool.js", schema),
        ("dist/tools/BaseTool.js", "export default class { name = 'base'; }"),
        ("dist/tools/FindTool.test.js", "export default class { name = 'test'; }"),
        ("package.json", r#"{"dependencies": {"mcp-framework": "^0.2.0"}}"#),
    ]);
    assert_eq!(names(&found), ["find_orders", "pay_order"]);
    let schema = found.tools[0].input_schema.as_ref().unwrap();
    assert_eq!(schema["required"], json!(["customer"]));
    assert_eq!(schema["properties"]["page"], json!({"type": "number", "description": "Which page"}));
    assert!(found.tools.iter().all(|tool| tool.gaps.is_empty()), "{:?}", found.tools);
}

#[test]
fn functions_in_the_folder_of_tools_are_tools() {
    let found = package(&[
        (
            "src/tools/greet.ts",
            "import { z } from 'zod';\nexport const schema = { name: z.string() };\n\
            export const metadata = { name: 'greet_person', description: 'Greets.' };\n\
            export default async function greet({ name }) { return name; }",
        ),
        ("src/tools/now.ts", "export default () => Date.now();"),
        ("src/tools/helper.ts", "export const helper = 1;"),
        ("package.json", r#"{"dependencies": {"xmcp": "^1.0.0"}}"#),
    ]);
    assert_eq!(names(&found), ["greet_person", "now"]);
    assert_eq!(found.tools[0].input_schema.as_ref().unwrap()["required"], json!(["name"]));
}

#[test]
fn definitions_as_one_object_and_decorators_are_tools() {
    let found = package(&[(
        "index.js",
        r#"
        import { McpServer } from "tmcp";
        import { Tool } from "@orders/mcp-decorators";
        import { tool } from "ai";
        import { z } from "zod";
        const server = new McpServer({ name: "orders", version: "1" }, {});
        server.tool({ name: "find_orders", description: "Finds.", schema: z.object({ text: z.string() }) }, async () => find());
        const described = { pay_order: tool({ description: "Pays.", inputSchema: z.object({ id: z.string() }), execute: pay }) };
        for (const [name, one] of Object.entries(described)) {
            server.registerTool(name, { description: one.description, inputSchema: one.inputSchema }, one.execute);
        }
        class Orders { close() {} }
        __decorate([Tool({ name: "close_order", description: "Closes.", parameters: z.object({ id: z.string() }) })], Orders.prototype, "close", null);
        function* others() { yield "open"; yield* ["move", "split"]; }
        for (const name of others()) server.tool(`${name}_order`, async () => change(name));
        "#,
    )]);
    assert_eq!(names(&found), ["find_orders", "pay_order", "close_order", "open_order", "move_order", "split_order"]);
    assert_eq!(found.tools[1].description.as_deref(), Some("Pays."));
}

#[test]
fn what_a_copy_of_parsed_options_does_not_have_is_off() {
    let found = package(&[(
        "index.js",
        r#"
        import yargs from "yargs";
        import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
        const parsed = yargs(process.argv).options({ deletes: { type: "boolean" } }).parseSync();
        const given = { ...parsed };
        const options = { ...given, name: "orders" };
        const server = new McpServer({ name: options.name, version: "1" });
        for (const [name, flag] of [["find_orders"], ["delete_orders", "deletes"]]) {
            if (flag && !options[flag]) continue;
            server.tool(name, async () => run(name));
        }
        "#,
    )]);
    assert_eq!(names(&found), ["find_orders"]);
}

#[test]
fn a_long_bundle_is_read_without_the_functions_that_it_does_not_call() {
    let unused: String = (0..400)
        .map(|at| format!("function unused{at}(a) {{ if (a) {{ return `${{a}}`; }} {} }}\n", "work(/[}]/);".repeat(30)))
        .collect();
    let program = format!(
        "{unused}
        import {{ McpServer }} from '@modelcontextprotocol/sdk/server/mcp.js';
        class Orders {{
            constructor(server) {{ this.server = server; this.note = '{long}'; }}
            register() {{ const note = '{long}'; this.server.tool('find_orders', 'Finds.', async () => note); }}
        }}
        (() => {{ const server = new McpServer({{ name: 'orders', version: '1' }}); new Orders(server).register(); const note = '{long}'; }})();",
        long = "x".repeat(300)
    );
    assert!(program.len() > 100_000);
    assert_eq!(names(&package(&[("index.js", &program)])), ["find_orders"]);
}

#[test]
fn helpers_of_the_compiler_are_known() {
    let found = package(&[
        (
            "index.js",
            r#"
            "use strict";
            const tslib_1 = require("tslib");
            const mcp = require("@modelcontextprotocol/sdk/server/mcp.js");
            const all = tslib_1.__importStar(require("./tools"));
            let Orders = class Orders {
                constructor() { this.server = new mcp.McpServer({ name: "orders", version: "1" }); }
                start() {
                    return tslib_1.__awaiter(this, void 0, void 0, function* () {
                        for (const one of Object.values(all)) {
                            if (one.name) this.server.registerTool(one.name, { description: one.description }, one.run);
                        }
                        yield this.server.connect(transport());
                    });
                }
            };
            Orders = tslib_1.__decorate([injectable()], Orders);
            new Orders().start();
            "#,
        ),
        (
            "tools.js",
            r#"
            "use strict";
            const tslib_1 = require("tslib");
            Object.defineProperty(exports, "__esModule", { value: true });
            exports.find = { name: "find_orders", description: "Finds.", run: () => 1 };
            exports.pay = tslib_1.__assign(tslib_1.__assign({}, exports.find), { name: "pay_order" });
            tslib_1.__exportStar(require("./more"), exports);
            "#,
        ),
        ("more.js", "exports.close = { name: 'close_order', description: 'Closes.', run: () => 1 };"),
    ]);
    assert_eq!(names(&found), ["find_orders", "pay_order", "close_order"]);
    assert_eq!(found.tools[1].description.as_deref(), Some("Finds."));
}

#[test]
fn a_text_that_is_made_of_a_schema_is_known() {
    let found = package(&[
        (
            "index.js",
            r#"
            import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
            import { z, ZodDefault, ZodNumber, ZodObject, ZodOptional, ZodString } from "zod";
            const inner = (type) => type instanceof ZodOptional || type instanceof ZodDefault ? inner(type.unwrap()) : type;
            const named = (type) => {
                if (inner(type) instanceof ZodString) return "text";
                return inner(type) instanceof ZodNumber ? "number" : inner(type).def.type;
            };
            const listed = (schema) => schema instanceof ZodObject
                ? Object.entries(schema.shape).map(([name, type]) => `${name}: ${named(type)}${type instanceof ZodOptional ? "?" : ""}`).join(", ")
                : "none";
            const schema = z.object({ customer: z.string(), page: z.number().optional(), open: z.boolean().default(true) });
            const server = new McpServer({ name: "orders", version: "1" });
            server.registerTool("find_orders", { description: listed(schema), inputSchema: schema }, async () => find());
            "#,
        ),
        ("package.json", r#"{"dependencies": {"zod": "^4.0.0"}}"#),
    ]);
    assert_eq!(found.tools[0].description.as_deref(), Some("customer: text, page: number?, open: boolean"));
}

#[test]
fn a_command_line_in_the_bundle_calls_its_actions() {
    let found = package(&[(
        "index.js",
        r#"
        import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
        class Command {
            constructor() { this.listeners = []; }
            option() { return this; }
            action(listener) { this.listeners.push(listener); return this; }
            parse(words) { const found = words.find((word) => this.known(word)); if (found) this.listeners[0](found); }
        }
        new Command().option("--more").action(async (options) => {
            const server = new McpServer({ name: "orders", version: "1" });
            server.tool("find_orders", async () => find());
            if (options.values.more) server.tool("pay_order", async () => pay());
        }).parse([]);
        "#,
    )]);
    assert_eq!(names(&found), ["find_orders"]);
}

#[test]
fn a_default_that_is_unset_makes_no_parameter_optional_in_zod_3() {
    let program = r#"
        import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
        import { z } from "zod";
        const server = new McpServer({ name: "orders", version: "1" });
        server.tool("pay_order", { key: z.string().default(process.env.KEY), page: z.number().default(1) }, async () => pay());
    "#;
    let required = |manifest: &str| {
        let found = package(&[("index.js", program), ("package.json", manifest)]);
        found.tools[0].input_schema.as_ref().unwrap().get("required").cloned()
    };
    assert_eq!(required(r#"{"dependencies": {"zod": "^3.24.0"}}"#), Some(json!(["key"])));
    assert_eq!(required(r#"{"dependencies": {"zod": "^4.0.0"}}"#), None);
}

#[test]
fn a_listener_runs_when_its_event_is_emitted() {
    let found = package(&[(
        "index.js",
        r#"
        import { EventEmitter } from "node:events";
        import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
        const server = new McpServer({ name: "orders", version: "1" });
        class Options extends EventEmitter {
            values = {};
            option(name) { this.on(`option:${name}`, (value) => { this.values[name] = value; }); return this; }
            start() { this.on("start", () => server.tool("find_orders", async () => find())); this.emit("start"); return this; }
        }
        const options = new Options().option("more").start();
        if (options.values.more) server.tool("pay_order", async () => pay());
        "#,
    )]);
    assert_eq!(names(&found), ["find_orders"]);
}
