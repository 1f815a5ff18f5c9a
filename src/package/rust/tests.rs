//! Fixture crates, as small as what they show.

use serde_json::json;

use super::super::extraction::{Extraction, FoundTool, Gap, ServerGapKind};
use super::super::source_tree::SourceTree;
use super::super::stack::on_large_stack;
use super::extract;

fn read(files: &[(&str, &str)]) -> Extraction {
    let mut tree = SourceTree::default();
    tree.add("Cargo.toml", b"[package]\nname = 'shop'\nversion = '0.2.0'\n".to_vec());
    files.iter().for_each(|(path, text)| tree.add(path, text.as_bytes().to_vec()));
    on_large_stack(|| extract(&tree)).unwrap()
}

fn names(found: &Extraction) -> Vec<&str> {
    found.tools.iter().map(|tool| tool.name.as_str()).collect()
}

fn tool<'f>(found: &'f Extraction, name: &str) -> &'f FoundTool {
    found.tools.iter().find(|tool| tool.name == name).unwrap_or_else(|| panic!("no {name} in {:?}", names(found)))
}

#[test]
fn methods_of_a_router_are_tools_with_the_schema_of_their_parameters() {
    let server = r#"
use rmcp::{tool, tool_router, handler::server::wrapper::Parameters};
use crate::requests::{FindRequest, Kind};

const ABOUT: &str = concat!("Counts ", "items.");

#[tool_router]
impl Shop {
    /// Finds items.
    ///
    /// By their names.
    #[tool(annotations(title = "Find", read_only_hint = true))]
    async fn find_items(&self, Parameters(request): Parameters<FindRequest>) -> String { String::new() }

    #[tool(name = "count", description = ABOUT, annotations(read_only_hint = true, open_world_hint = false))]
    fn count_items(&self) -> String { String::new() }

    #[tool(description = "Adds two numbers")]
    fn add(&self, #[tool(param)] #[schemars(description = "The first")] a: i32, #[tool(param)] b: Option<u8>) -> String {}

    #[cfg(feature = "write")]
    #[tool(description = "Sets a price")]
    fn set_price(&self, #[tool(aggr)] Row { name, price }: Row) {}

    fn helper(&self) {}
}

#[derive(Deserialize, JsonSchema)]
struct Row { name: String, price: f64 }

impl ServerHandler for Shop {
    fn get_info(&self) -> ServerInfo {
        ServerInfo {
            instructions: Some("Sells things.".into()),
            server_info: Implementation { name: env!("CARGO_PKG_NAME").into(), version: "1.0".into() },
            ..Default::default()
        }
    }
}

#[cfg(test)]
mod tests {
    #[tool(description = "A test")]
    fn of_a_test(&self) {}
}
"#;
    let requests = r##"
/// A request.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindRequest {
    /// What to look for
    pub search_text: String,
    #[schemars(description = "At most", range(min = 1, max = 50))]
    #[serde(default = "ten")]
    pub limit: u32,
    #[serde(rename = "type")]
    pub kind: Option<Kind>,
    #[serde(skip)]
    pub cache: Vec<u8>,
    #[serde(flatten)]
    pub page: super::page::Page,
    pub labels: std::collections::HashMap<String, Vec<String>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind { FreshFruit, #[serde(rename = "loaf")] Bread }
"##;
    let page = "#[derive(JsonSchema)] pub struct Page { pub page: usize, #[serde(default)] pub size: Option<usize> }";
    let found = read(&[("src/server.rs", server), ("src/requests.rs", requests), ("src/page.rs", page)]);
    assert_eq!(names(&found), ["find_items", "count", "add", "set_price"]);
    assert_eq!((found.server_name.as_deref(), found.instructions.as_deref()), (Some("shop"), Some("Sells things.")));
    assert_eq!(found.gaps, []);
    let find = &found.tools[0];
    assert_eq!(find.description.as_deref(), Some("Finds items.\n\nBy their names."));
    assert_eq!((find.place.line, find.handler.as_ref().unwrap().line), (13, 13));
    assert_eq!(find.annotations.as_ref().unwrap()["readOnlyHint"], true);
    let schema = find.input_schema.as_ref().unwrap();
    assert_eq!(
        schema["properties"],
        json!({
            "searchText": {"type": "string", "description": "What to look for"},
            "limit": {"type": "integer", "minimum": 1, "maximum": 50, "description": "At most"},
            "type": {"type": ["string", "null"], "enum": ["fresh_fruit", "loaf", null]},
            "page": {"type": "integer", "minimum": 0},
            "size": {"type": ["integer", "null"], "minimum": 0},
            "labels": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        })
    );
    assert_eq!(schema["required"], json!(["searchText", "page", "labels"]));
    assert_eq!(found.tools[1].description.as_deref(), Some("Counts items."));
    let add = found.tools[2].input_schema.as_ref().unwrap();
    assert_eq!((&add["required"], &add["properties"]["a"]["description"]), (&json!(["a"]), &json!("The first")));
    assert_eq!(found.tools[3].gaps, [Gap::Conditional]);
    assert_eq!(found.tools[3].input_schema.as_ref().unwrap()["required"], json!(["name", "price"]));
}

#[test]
fn structs_of_rust_mcp_sdk_are_tools_if_they_are_listed() {
    let tools = r#"
use rust_mcp_sdk::macros::{mcp_tool, JsonSchema};

#[mcp_tool(
    name = "read_page",
    title = "Read a page",
    description = concat!("Reads ", "a page."),
    read_only_hint = true,
    icons = [(src = "https://example.org/a.png", sizes = ["16x16"])],
)]
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ReadPage {
    /// Where it is
    pub path: String,
    #[serde(rename = "maxLines", default)]
    pub max_lines: Option<u64>,
}

impl ReadPage {
    pub fn call_tool(&self) {}
}

#[mcp_tool(name = "left_out", description = "Not listed")]
#[derive(JsonSchema)]
pub struct LeftOut {}

tool_box!(Tools, [ReadPage]);
"#;
    let found = read(&[("src/tools.rs", tools)]);
    assert_eq!((names(&found), found.gaps.len()), (vec!["read_page"], 0));
    let page = &found.tools[0];
    assert_eq!((page.title.as_deref(), page.description.as_deref()), (Some("Read a page"), Some("Reads a page.")));
    assert_eq!(page.annotations.as_ref().unwrap()["readOnlyHint"], true);
    assert_eq!(page.handler.as_ref().unwrap().line, 20);
    let schema = page.input_schema.as_ref().unwrap();
    assert_eq!((&schema["required"], page.gaps.len()), (&json!(["path"]), 0));
    assert_eq!(schema["properties"]["maxLines"]["type"], json!(["integer", "null"]));
}

#[test]
fn tools_that_are_described_by_hand_are_found() {
    let server = r###"
use rmcp::model::{Tool, ToolAnnotations};

const PREFIX: &str = "shop";

fn list() -> Vec<Tool> {
    let schema = json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]});
    vec![
        Tool::new("get_item", r#"Gets an "item"."#, Arc::new(schema.as_object().unwrap().clone()))
            .annotate(ToolAnnotations::new().read_only(true)),
        Tool {
            name: format!("{PREFIX}_drop").into(),
            description: Some("Drops it.".into()),
            input_schema: rmcp::handler::server::tool::cached_schema_for_type::<Drop>(),
            annotations: None,
        },
        made("first", "The first."),
        made("second", "The second."),
    ]
}

fn made(name: &'static str, text: &str) -> Tool {
    Tool::new(name, text.to_string(), rmcp::object!({"type": "object", "properties": {"n": {"type": "integer", "minimum": -1}}}))
}

struct Drop { id: u64 }
"###;
    let found = read(&[("src/main.rs", server)]);
    assert_eq!(found.gaps, []);
    let get = tool(&found, "get_item");
    assert_eq!(get.description.as_deref(), Some("Gets an \"item\"."));
    assert_eq!(get.input_schema.as_ref().unwrap()["required"], json!(["id"]));
    assert_eq!(get.annotations.as_ref().unwrap()["readOnlyHint"], true);
    assert_eq!(tool(&found, "shop_drop").input_schema.as_ref().unwrap()["required"], json!(["id"]));
    let second = tool(&found, "second");
    assert_eq!((second.description.as_deref(), second.place.line), (Some("The second."), 18));
    assert_eq!(second.input_schema.as_ref().unwrap()["properties"]["n"]["minimum"], -1);
    assert_eq!((found.tools.len(), found.tools.iter().all(|tool| tool.gaps.is_empty())), (4, true));
    let plain = r#"
fn handle(method: &str) -> Value {
    match method {
        "tools/list" => json!({"tools": [
            {"name": "ping", "description": "Pings.", "inputSchema": {"type": "object", "properties": {}}},
            {"name": "echo", "description": "Says it again.", "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}}}
        ]}),
        _ => mcp_error(),
    }
}
"#;
    assert_eq!(names(&read(&[("src/main.rs", plain)])), ["ping", "echo"]);
}

#[test]
fn a_type_of_the_program_is_no_tool_of_the_protocol_where_an_sdk_is_used() {
    let own = "// Reads what an mcp server lists.\nuse crate::model::Tool;\nfn sample() -> Tool {\n    \
               Tool { name: \"sample\".into(), input_schema: json!({\"type\": \"object\"}) }\n}\n\
               const OTHER: Value = json!({\"name\": \"json\", \"inputSchema\": {}});\n";
    let model = "pub struct Tool { name: String, input_schema: Value }";
    let client = "use rmcp::model::{CallToolResult, Tool as Listed};\nfn list() { rmcp::serve(); }";
    assert!(names(&read(&[("src/sample.rs", own), ("src/model.rs", model), ("src/client.rs", client)])).is_empty());
    assert_eq!(names(&read(&[("src/sample.rs", own), ("src/model.rs", model)])), ["sample", "json"]);
}

#[test]
fn what_is_not_known_is_a_gap_and_examples_are_no_tools() {
    let server = r#"
use rmcp::model::Tool;
fn all(remote: Vec<Remote>) -> Vec<Tool> {
    remote.into_iter().map(|tool| Tool::new(tool.name, tool.text, tool.schema)).collect()
}
#[tool_router]
impl Shop {
    #[tool(description = about())]
    fn one(&self, Parameters(args): Parameters<elsewhere::Args>) {}
    #[tool(description = format!("Of {}", user()))]
    fn two(&self, Parameters(args): Parameters<Row>) {}
    #[tool(name = NAMES[0])]
    fn three(&self) {}
}
#[derive(JsonSchema)]
struct Row { a: elsewhere::Thing, #[serde(flatten)] rest: elsewhere::More }
"#;
    let example = server.replace("fn one", "fn of_an_example");
    let found = read(&[("src/main.rs", server), ("examples/a.rs", &example)]);
    assert_eq!(names(&found), ["one", "two"]);
    let kinds: Vec<_> = found.gaps.iter().map(|gap| (gap.kind, gap.place.as_ref().unwrap().line)).collect();
    assert_eq!(kinds, [(ServerGapKind::ToolName, 4), (ServerGapKind::ToolName, 13)]);
    assert_eq!(found.tools[0].gaps, [Gap::Description, Gap::InputSchema]);
    assert_eq!(found.tools[1].gaps, [Gap::DescriptionPart, Gap::MoreParameters, Gap::Parameter("a".into())]);
    assert!(names(&read(&[("examples/a.rs", &example)])).contains(&"of_an_example"));
}

#[test]
fn hostile_code_ends() {
    let attribute = format!("#[tool(description = {}1{})] fn deep() {{}}", "(".repeat(20_000), ")".repeat(20_000));
    let circle = "struct A { b: B, a: Box<A> }\nstruct B { a: Option<A> }\nconst X: &str = Y;\nconst Y: &str = X;\n\
                  #[tool(description = X)]\nfn circle(Parameters(a): Parameters<A>) {}\n";
    let nested = format!("{}#[tool] fn nested() {{}}{}", "mod a { ".repeat(5_000), "}".repeat(5_000));
    let json = format!("fn f() {{ json!({}{}) }} // \"inputSchema\" \"name\"", "[".repeat(20_000), "]".repeat(20_000));
    for (text, wanted) in [(&*attribute, "deep"), (circle, "circle"), (&*nested, "nested")] {
        assert_eq!(names(&read(&[("src/main.rs", &format!("// mcp\n{text}"))])), [wanted]);
    }
    for broken in [&*json, "#[tool(", "impl {", "#[tool(name = \"a\" fn", "\u{0}json!({{{"] {
        assert!(names(&read(&[("src/main.rs", &format!("// mcp\n{broken}"))])).is_empty());
    }
}
