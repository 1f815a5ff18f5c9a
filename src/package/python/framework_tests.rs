//! Packages of a few lines, one for each way in which a framework or a command line leads to tools.

use serde_json::json;

use super::super::extraction::{Extraction, Gap};
use super::super::manifest::{EntryPoint, Manifest};
use super::super::source_tree::SourceTree;
use super::super::stack::on_large_stack;
use super::extract;

fn read(files: &[(&str, &str)]) -> Extraction {
    let mut tree = SourceTree::default();
    files.iter().for_each(|(path, text)| tree.add(path, text.as_bytes().to_vec()));
    let entry = EntryPoint { command: "shop".into(), target: "shop.server:main".into() };
    let manifest = Manifest { name: "shop".into(), version: None, entry_points: vec![entry] };
    on_large_stack(|| extract(&tree, &manifest)).unwrap()
}

fn server(text: &str) -> Extraction {
    read(&[("shop/server.py", text)])
}

fn names(found: &Extraction) -> Vec<&str> {
    found.tools.iter().map(|tool| tool.name.as_str()).collect()
}

/// The names of the parameters of a tool, and those that are required.
fn parameters(found: &Extraction, at: usize) -> (Vec<&str>, serde_json::Value) {
    let schema = found.tools[at].input_schema.as_ref().unwrap();
    let names = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    (names, schema.get("required").cloned().unwrap_or(json!([])))
}

#[test]
fn a_command_that_nothing_calls_leads_to_the_server() {
    let text = r#"
import typer
from fastmcp import FastMCP
from .orders import orders
app = typer.Typer()
@app.command()
def version(): ...
@app.command()
def serve(read_only: bool = typer.Option(False)):
    mcp = FastMCP("shop")
    mcp.mount(orders, namespace="orders")
    if not read_only:
        @mcp.tool
        def pay(order: str) -> str:
            """Pays."""
    mcp.run()
def main():
    app()
"#;
    let orders = "from fastmcp import FastMCP\norders = FastMCP('orders')\n@orders.tool\ndef find(text: str) -> str:\n    '''Finds.'''\n";
    let found = read(&[("shop/server.py", text), ("shop/orders.py", orders)]);
    assert_eq!(names(&found), ["orders_find", "pay"]);
}

#[test]
fn a_part_of_the_server_holds_its_tools() {
    let text = r#"
from fastmcp import FastMCP
mcp = FastMCP("shop")
made = []
def tool(function):
    added = mcp.local_provider.add_tool(function)
    made.append((function.__name__, added))
    return added
@tool
def find(text: str):
    """Finds."""
@tool
def pay(order: str):
    """Pays."""
def main():
    for name, _ in made:
        mcp.local_provider.remove_tool(name)
    for name, added in made:
        if name != "pay":
            mcp.local_provider.add_tool(added)
    mcp.run()
"#;
    let found = server(text);
    assert_eq!(names(&found), ["find"]);
    assert_eq!(found.tools[0].description.as_deref(), Some("Finds."));
}

#[test]
fn another_signature_in_place_of_the_own_has_the_parameters() {
    let text = r#"
import functools, inspect
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("shop")
def without_client(function):
    signature = inspect.signature(function)
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        return await function(None, *args, **kwargs)
    kept = [one for name, one in signature.parameters.items() if name != "client"]
    wrapper.__signature__ = signature.replace(parameters=kept)
    return wrapper
@mcp.tool()
@without_client
async def find(client, text: str, deep: bool = False) -> str:
    """Finds."""
def reader(name, fields):
    async def read(**given): ...
    read.__name__ = name
    read.__doc__ = f"Reads {name}."
    read.__signature__ = inspect.Signature(
        [inspect.Parameter(one, inspect.Parameter.KEYWORD_ONLY, annotation=str) for one in fields]
    )
    return read
for name, fields in {"rows": ["table"], "cells": ["table", "row"]}.items():
    mcp.add_tool(reader(name, fields))
def unknown(function):
    async def wrapper(**given): ...
    wrapper.__name__ = function.__name__
    wrapper.__signature__ = made_when_it_runs(function)
    return wrapper
@mcp.tool()
@unknown
async def pay(order: str): ...
def main():
    mcp.run()
"#;
    let found = server(text);
    assert_eq!(names(&found), ["find", "rows", "cells", "pay"]);
    assert_eq!(parameters(&found, 0), (vec!["text", "deep"], json!(["text"])));
    assert_eq!(parameters(&found, 2), (vec!["table", "row"], json!(["table", "row"])));
    assert!(found.tools[..3].iter().all(|tool| tool.gaps.is_empty()), "{:?}", found.tools);
    assert_eq!(found.tools[3].gaps, [Gap::InputSchema]);
}

#[test]
fn methods_with_a_mark_and_files_of_a_folder_are_tools() {
    let text = r#"
from pathlib import Path
from fastmcp import FastMCP
from fastmcp.contrib.mcp_mixin import MCPMixin, mcp_tool
from fastmcp.server.providers import FileSystemProvider
class Orders(MCPMixin):
    @mcp_tool(name="find", description="Finds orders.")
    def find_orders(self, text: str): ...
    @mcp_tool()
    def pay(self):
        """Pays."""
    def other(self): ...
mcp = FastMCP("shop", providers=[FileSystemProvider(Path(__file__).parent / "more")])
Orders().register_all(mcp, prefix="orders")
def main():
    mcp.run()
"#;
    let more =
        "from fastmcp.tools import tool\n@tool\ndef greet(name: str) -> str:\n    '''Greets.'''\ndef helper(): ...\n";
    let found = read(&[("shop/server.py", text), ("shop/more/hello.py", more)]);
    assert_eq!(names(&found), ["greet", "orders_find", "orders_pay"]);
    assert_eq!(parameters(&found, 1), (vec!["text"], json!(["text"])));
}

#[test]
fn subclasses_made_models_and_functions_of_the_agent_kit_are_listed() {
    let text = r#"
from google.adk.tools.function_tool import FunctionTool
from google.adk.tools.mcp_tool.conversion_utils import adk_to_mcp_tool_type
from mcp.server import Server
from mcp.types import Tool
from pydantic import Field, create_model
class Handler: ...
class Find(Handler):
    name = "find"
class Pay(Handler):
    name = "pay"
def book(title: str, tool_context, limit: int = 3) -> dict:
    """Finds a book."""
Query = create_model("Query", text=(str, Field(description="Words")), limit=(int, 5))
server = Server("shop")
@server.list_tools()
async def listed():
    tools = [Tool(name=one.name, inputSchema={"type": "object", "properties": {}}) for one in Handler.__subclasses__()]
    tools.append(Tool(name="query", inputSchema=Query.model_json_schema()))
    tools.append(adk_to_mcp_tool_type(FunctionTool(book)))
    return tools
def main(): ...
"#;
    let found = server(text);
    assert_eq!(names(&found), ["find", "pay", "query", "book"]);
    assert_eq!(parameters(&found, 2), (vec!["text", "limit"], json!(["text"])));
    assert_eq!(parameters(&found, 3), (vec!["title", "limit"], json!(["title"])));
    assert_eq!(found.tools[3].description.as_deref(), Some("Finds a book."));
}

#[test]
fn a_copy_of_the_sdk_in_the_package_is_the_sdk() {
    let text = r#"
from shop._vendor.fastmcp import FastMCP
from ._vendor import fastmcp
mcp = FastMCP("shop")
@mcp.tool
def find(text: str) -> str:
    """Finds."""
more = fastmcp.FastMCP("more")
@more.tool
def pay(order: str) -> str:
    """Pays."""
mcp.mount(more)
def main():
    mcp.run()
"#;
    let copy = "class FastMCP:\n    def tool(self, function): ...\n    def run(self): ...\n";
    let files =
        [("shop/server.py", text), ("shop/_vendor/__init__.py", ""), ("shop/_vendor/fastmcp/__init__.py", copy)];
    assert_eq!(names(&read(&files)), ["find", "pay"]);
}

#[test]
fn the_case_that_is_taken_by_default_has_the_tools() {
    let text = r#"
import os
from pathlib import Path
from fastmcp import FastMCP
mcp = FastMCP("shop")
def find(text: str): ...
def pay(order: str): ...
def change(order: str): ...
match os.environ.get("MODE", "reads"):
    case "reads" | "all":
        mcp.tool(find)
    case "pays":
        mcp.tool(pay)
    case _:
        mcp.tool(change)
enabled = {"pay": False}
settings = Path.home() / ".shop.json"
if settings.exists():
    enabled = unknown(settings)
if enabled.get("pay", True):
    mcp.tool(pay)
def main():
    mcp.run()
"#;
    assert_eq!(names(&server(text)), ["find"]);
}

#[test]
fn modules_and_texts_of_folders_lead_to_tools() {
    let text = r#"
import importlib, json, os, pkgutil
from importlib import resources
from pathlib import Path
from mcp.server import Server
from mcp.types import Tool
server = Server("shop")
here = Path(__file__).parent
found = [json.loads(pkgutil.get_data("shop", "data/one.json"))]
with resources.open_text("shop.data", "two.json") as file:
    found.append(json.load(file))
for path in sorted((here / "more").glob("*.json")):
    found.append(json.loads(path.read_text()))
for info in pkgutil.iter_modules([str(here / "plugins")]):
    found.append(importlib.import_module(f"shop.plugins.{info.name}").TOOL)
names = [name for name in os.listdir(here / "plugins") if name.endswith(".py")]
@server.list_tools()
async def listed():
    return [Tool(**one) for one in found] + [Tool(name=f"has_{len(names)}", inputSchema={"type": "object"})]
def main(): ...
"#;
    let json =
        |name: &str| format!(r#"{{"name": "{name}", "description": "Reads.", "inputSchema": {{"type": "object"}}}}"#);
    let (one, two, three) = (json("one"), json("two"), json("three"));
    let plugin = "TOOL = {'name': 'four', 'inputSchema': {'type': 'object'}}\n";
    let found = read(&[
        ("shop/server.py", text),
        ("shop/data/one.json", &one),
        ("shop/data/two.json", &two),
        ("shop/more/three.json", &three),
        ("shop/plugins/four.py", plugin),
    ]);
    assert_eq!(names(&found), ["one", "two", "three", "four", "has_1"]);
}
