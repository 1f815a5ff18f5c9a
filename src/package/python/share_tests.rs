//! Programs with code that would use up the evaluation before their tools are listed.

use super::super::extraction::Extraction;
use super::super::manifest::{EntryPoint, Manifest};
use super::super::source_tree::SourceTree;
use super::super::stack::on_large_stack;
use super::extract;

fn program(text: &str) -> Extraction {
    let mut tree = SourceTree::default();
    tree.add("shop/server.py", text.as_bytes().to_vec());
    let entry = EntryPoint { command: "shop".into(), target: "shop.server:main".into() };
    let manifest = Manifest { name: "shop".into(), version: None, entry_points: vec![entry] };
    on_large_stack(|| extract(&tree, &manifest)).unwrap()
}

fn names(found: &Extraction) -> Vec<&str> {
    found.tools.iter().map(|tool| tool.name.as_str()).collect()
}

/// Functions that take many steps, and that no run of the server calls.
const REPORT: &str = "
def row(at):
    return [at + 1, at + 2, at + 3, at + 4, at + 5, at + 6, at + 7, at + 8]
def table():
    for at in range(1900):
        row(at)
def report():
    for at in range(1900):
        table()
";

#[test]
fn other_commands_leave_something_for_the_server() {
    let found = program(&format!(
        r#"
import sys
from mcp.server.fastmcp import FastMCP
{REPORT}
def main():
    if sys.argv[1] == "report":
        report()
    if sys.argv[1] == "status":
        report()
    mcp = FastMCP("shop")
    mcp.add_tool(row)
    mcp.run()
"#
    ));
    assert_eq!(names(&found), ["row"]);
}

#[test]
fn the_program_leaves_something_for_the_function_that_lists_its_tools() {
    let found = program(&format!(
        r#"
from mcp.server import Server
from mcp.types import Tool, ToolAnnotations
{REPORT}
server = Server("shop")
@server.list_tools()
async def list_tools():
    return [Tool(name=name, description="Reads.", inputSchema={{"type": "object"}}) for name in ("find_row", "list_rows")]
def main():
    report()
"#
    ));
    assert_eq!(names(&found), ["find_row", "list_rows"]);
}

#[test]
fn a_copy_of_a_tool_has_what_it_is_updated_with() {
    let found = program(
        r#"
from mcp.server import Server
from mcp.types import Tool, ToolAnnotations
server = Server("shop")
def annotated(tools):
    every = []
    for tool in tools:
        if tool.annotations is None:
            tool = tool.model_copy(update={"annotations": ToolAnnotations(readOnlyHint=tool.name != "add_row")})
        every.append(tool)
    return every
@server.list_tools()
async def list_tools():
    return annotated([Tool(name=name, description="A row.", inputSchema={"type": "object"}) for name in ("find_row", "add_row")])
def main():
    server.run()
"#,
    );
    assert_eq!(names(&found), ["find_row", "add_row"]);
    let hints: Vec<_> =
        found.tools.iter().map(|tool| tool.annotations.as_ref().unwrap()["readOnlyHint"].clone()).collect();
    assert_eq!(hints, [true, false]);
    assert!(found.tools.iter().all(|tool| tool.gaps.is_empty()), "{:?}", found.tools);
}
