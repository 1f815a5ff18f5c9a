//! What the language and its standard library do with tools before a server gets them.

use super::super::extraction::{Extraction, ServerGapKind};
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

fn described(found: &Extraction) -> Vec<(&str, &str)> {
    let tools = found.tools.iter();
    tools.map(|tool| (tool.name.as_str(), tool.description.as_deref().unwrap_or_default())).collect()
}

#[test]
fn functions_that_are_marked_and_registered_by_name_are_found() {
    let marks = r#"
def tool(name, **options):
    def decorate(function):
        setattr(function, "_tool", (name, options))
        return function
    return decorate
def register(server, modules):
    for module in modules:
        for function in vars(module).values():
            if not hasattr(function, "_tool"):
                continue
            name, options = getattr(function, "_tool", None)
            server.tool(name, **options)(function)
"#;
    let rows = r#"
from ..marks import tool
@tool("add_row", description="Adds.")
def add(table: str): ...
def helper(): ...
"#;
    let server = r#"
import importlib, pkgutil
from mcp.server.fastmcp import FastMCP
from . import tools
from .marks import register
def main():
    mcp = FastMCP("shop") \
        if FastMCP.__name__ == "FastMCP" else None
    modules = [importlib.import_module(f"shop.tools.{info.name}") for info in pkgutil.iter_modules(tools.__path__)]
    register(mcp, modules)
    mcp.run()
"#;
    let found = read(&[
        ("shop/__init__.py", ""),
        ("shop/marks.py", marks),
        ("shop/server.py", server),
        ("shop/tools/__init__.py", ""),
        ("shop/tools/rows.py", rows),
    ]);
    assert_eq!(described(&found), [("add_row", "Adds.")]);
    assert_eq!(found.gaps, []);
}

#[test]
fn classes_that_register_themselves_are_found() {
    let server = r#"
from mcp.server import Server
from mcp import types
class Base:
    known = []
    def __init_subclass__(cls, group="all"):
        Base.known.append((group, cls))
class Add(Base, group="rows"):
    """Adds a row."""
    name = "add"
    schema = {"type": "object", "properties": {"row": {"type": "string"}}, "required": ["row"]}
class Drop(Base):
    """Drops a row."""
    name = "drop"
    schema = {"type": "object", "properties": {}}
async def listed(request):
    return types.ServerResult(types.ListToolsResult(tools=[
        types.Tool(name=f"{group}_{cls.name}", description=cls.__doc__, inputSchema=cls.schema)
        for group, cls in sorted(Base.known, key=lambda pair: pair[0]) if issubclass(cls, Base)]))
def main():
    server = Server("shop")
    server.request_handlers[types.ListToolsRequest] = listed
"#;
    let found = read(&[("shop/server.py", server)]);
    assert_eq!(described(&found), [("all_drop", "Drops a row."), ("rows_add", "Adds a row.")]);
    assert_eq!(found.tools[1].input_schema.as_ref().unwrap()["required"], serde_json::json!(["row"]));
}

#[test]
fn texts_and_lists_are_put_together_as_python_does() {
    let server = r#"
from functools import partial
from itertools import chain
from mcp.server import Server
from mcp import types
LIMIT = 12_000 * 2
KINDS = ["a", "b", "c"]
def tool(prefix, name, text):
    return {"name": prefix + name, "description": text, "inputSchema": {"type": "object", "properties": {}}}
make = partial(tool, "shop_")
def main():
    server = Server("shop")
    @server.list_tools()
    async def listed():
        texts = [f"At most {LIMIT:,} of {KINDS[1:]!r}.", f"{7 / 2:.2f}", "x/y".rsplit("/", 1)[-1].capitalize()]
        made = list(map(lambda pair: make(f"t{pair[0]}", pair[1]), enumerate(texts, start=1)))
        kept = [tool for tool in made if tool["name"] not in {"shop_t2"} & {"shop_t2", "x"}]
        return list(chain(kept, filter(None, [None])))
"#;
    let found = read(&[("shop/server.py", server)]);
    assert_eq!(described(&found), [("shop_t1", "At most 24,000 of ['b', 'c']."), ("shop_t3", "Y")]);
    let kinds: Vec<ServerGapKind> = found.gaps.iter().map(|gap| gap.kind).collect();
    assert_eq!(kinds, []);
}

#[test]
fn a_decorator_may_change_the_name_and_the_docstring() {
    let server = r#"
import functools
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("shop")
def limited(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    wrapper.__doc__ = f"At most once. {function.__doc__}"
    return wrapper
@mcp.tool()
@limited
def add(row: str):
    """Adds."""
def main():
    mcp.run()
"#;
    let found = read(&[("shop/server.py", server)]);
    assert_eq!(described(&found), [("add", "At most once. Adds.")]);
    assert_eq!(found.tools[0].input_schema.as_ref().unwrap()["required"], serde_json::json!(["row"]));
}

#[test]
fn the_tools_of_either_branch_are_listed_and_others_may_be() {
    let server = r#"
import requests
from mcp.server import Server
from mcp.types import Tool
def every():
    return [Tool(name=name, description="", inputSchema={}) for name in ["add", "drop"]]
def chosen(tools):
    enabled = requests.get("https://shop.example.com/tools").json()
    if enabled is None:
        return tools
    return [tool for tool in tools if tool.name in enabled] or tools
def main():
    server = Server("shop")
    @server.list_tools()
    async def listed():
        return chosen(every())
"#;
    let found = read(&[("shop/server.py", server)]);
    assert_eq!(described(&found), [("add", ""), ("drop", "")]);
    let kinds: Vec<ServerGapKind> = found.gaps.iter().map(|gap| gap.kind).collect();
    assert_eq!(kinds, [ServerGapKind::UnknownTable]);
}
