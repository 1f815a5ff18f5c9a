//! Packages with code that would use up the evaluation before their tools are registered.

use super::super::extraction::{Extraction, ServerGapKind};
use super::super::manifest::{EntryPoint, Manifest};
use super::super::source_tree::SourceTree;
use super::super::stack::on_large_stack;
use super::extract;

fn program(text: &str) -> Extraction {
    let mut tree = SourceTree::default();
    tree.add("index.js", text.as_bytes().to_vec());
    let entry_points = vec![EntryPoint { command: "orders".to_owned(), target: "index.js".to_owned() }];
    let manifest = Manifest { name: "orders".to_owned(), version: None, entry_points };
    on_large_stack(|| extract(&tree, &manifest)).unwrap()
}

fn names(found: &Extraction) -> Vec<&str> {
    found.tools.iter().map(|tool| tool.name.as_str()).collect()
}

const SERVER: &str = r#"
    import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    const server = new McpServer({ name: "orders", version: "1" });
"#;

#[test]
fn a_long_loop_leaves_something_for_what_stands_behind_it() {
    let found = program(&format!(
        "{SERVER} const rows = [];
        for (let i = 0; i < 15000; i++) {{ for (let j = 0; j < 15000; j++) {{ rows.push(i * j); }} }}
        server.tool('ping', () => 1);"
    ));
    assert_eq!(names(&found), ["ping"]);
    // It is said that something was left out.
    assert!(found.gaps.iter().any(|gap| gap.kind == ServerGapKind::Limit));
}

#[test]
fn a_branch_that_may_not_be_taken_leaves_something() {
    let found = program(&format!(
        "{SERVER} import pattern from 'pattern';
        const expand = (text, depth) => {{ let all = text; for (let i = 0; i < 9000; i++) {{ all = [all, i]; if (depth < 3) expand(all, depth + 1); }} return all; }};
        if (pattern.matches('a')) {{ expand('a', 0); expand('b', 0); }}
        server.tool('ping', () => 1);"
    ));
    assert_eq!(names(&found), ["ping"]);
}

#[test]
fn a_compiler_of_schemas_in_the_bundle_is_not_run() {
    let found = program(&format!(
        "{SERVER}
        class Core {{
            addKeyword(word) {{ return this.compile(word); }}
            addMetaSchema(schema) {{ return this.compile(schema); }}
            compile(schema) {{ let code = ''; for (let i = 0; i < 9000; i++) {{ code = [code, i, schema]; }} return code; }}
        }}
        class Validator extends Core {{ constructor() {{ super(); for (let i = 0; i < 60; i++) this.addKeyword(i); }} }}
        const schemas = new Validator();
        for (const name of ['find', 'list', 'count']) {{
            const check = schemas.compile({{ type: 'object' }});
            server.tool(name, () => check(name));
        }}"
    ));
    assert_eq!(names(&found), ["find", "list", "count"]);
    assert_eq!(found.gaps, []);
}

#[test]
fn a_module_of_a_bundle_that_ends_in_an_error_does_not_end_the_program() {
    let found = program(
        r#"
        (() => {
            var modules = {
                1: (module, exports, load) => {
                    const version = load(3).read();
                    if (!version.known) throw new SyntaxError("no version");
                    exports.version = version;
                },
                2: (module, exports, load) => { load(1); exports.server = load(4); },
                3: (module, exports) => { exports.read = () => ({ known: false }); },
                4: (module, exports) => { module.exports = require("@modelcontextprotocol/sdk/server/mcp.js"); },
            }, loaded = {};
            function load(id) {
                if (loaded[id]) return loaded[id].exports;
                var module = loaded[id] = { exports: {} };
                modules[id](module, module.exports, load);
                return module.exports;
            }
            const { McpServer } = load(2).server;
            const server = new McpServer({ name: "orders", version: "1" });
            server.tool("ping", () => 1);
        })();
        "#,
    );
    assert_eq!(names(&found), ["ping"]);
}

#[test]
fn a_list_of_tools_to_offer_that_is_not_set_offers_all() {
    let found = program(
        r#"
        import { Server } from "@modelcontextprotocol/sdk/server/index.js";
        import { ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
        import { z } from "zod";
        const settings = z.object({ OFFERED: z.string().optional().transform((text) => text?.split(",") ?? ["find", "list"]) }).parse(process.env);
        const server = new Server({ name: "orders", version: "1" }, { capabilities: { tools: {} } });
        const tools = ["find", "list"].map((name) => ({ name, inputSchema: { type: "object", properties: {} } }));
        const isOffered = (name) => settings.OFFERED.includes(name);
        server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: tools.filter((tool) => isOffered(tool.name)) }));
        "#,
    );
    assert_eq!(names(&found), ["find", "list"]);
}
