//! Fixture packages, as small as what they show.

use super::super::extraction::{Extraction, Gap, ServerGapKind};
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

fn names(found: &Extraction) -> Vec<&str> {
    found.tools.iter().map(|tool| tool.name.as_str()).collect()
}

#[test]
fn decorated_functions_are_tools_with_the_schema_of_their_signature() {
    let found = read(&[(
        "shop/server.py",
        r#"
from typing import Annotated, Literal
from mcp.server.fastmcp import FastMCP, Context
from pydantic import BaseModel, Field
mcp = FastMCP("shop", instructions="Sells " + "things.")
LIMIT = 5
class Row(BaseModel):
    name: str = Field(description="Its name")
    price: float = 1.5
@mcp.tool()
async def add_row(row: Row, ctx: Context, table: Annotated[str, Field(description="The table")] = "main") -> str:
    """Adds a row."""
@mcp.tool(name="list_rows", description=f"Lists up to {LIMIT} rows.")
def rows(kind: Literal["a", "b"], limit: int | None = LIMIT): ...
def main():
    mcp.run()
"#,
    )]);
    assert_eq!((names(&found), found.instructions.as_deref()), (vec!["add_row", "list_rows"], Some("Sells things.")));
    let [add, list] = &found.tools[..] else { panic!() };
    assert_eq!((add.description.as_deref(), add.place.line), (Some("Adds a row."), 11));
    let schema = add.input_schema.as_ref().unwrap();
    assert_eq!(schema["required"], serde_json::json!(["row"]));
    assert_eq!(schema["properties"]["table"]["description"], "The table");
    assert_eq!(schema["$defs"]["Row"]["required"], serde_json::json!(["name"]));
    assert!(schema["properties"].get("ctx").is_none());
    assert_eq!(list.description.as_deref(), Some("Lists up to 5 rows."));
    let schema = list.input_schema.as_ref().unwrap();
    assert_eq!(schema["properties"]["kind"]["enum"], serde_json::json!(["a", "b"]));
    assert_eq!(schema["properties"]["limit"]["default"], 5);
    assert!(found.gaps.is_empty() && found.tools.iter().all(|tool| tool.gaps.is_empty()));
}

#[test]
fn tools_of_a_handler_a_table_and_another_module_are_found() {
    let found = read(&[
        (
            "shop/server.py",
            r#"
from mcp.server import Server
from mcp import types
from .models import Query, NAMES
def build():
    server = Server("shop")
    @server.list_tools()
    async def listed():
        tools = [types.Tool(name=name, description=f"Reads {name}.", inputSchema={"type": "object", "properties": {}}) for name in NAMES]
        tools.append(types.Tool(name="query", description="Runs a query.", inputSchema=Query.model_json_schema()))
        return tools
    return server
async def serve():
    await build().run()
def main():
    import asyncio
    asyncio.run(serve())
"#,
        ),
        (
            "shop/models.py",
            "from pydantic import BaseModel\nNAMES = ('rows', 'tables')\nclass Query(BaseModel):\n    sql: str\n    limit: int = 3\n",
        ),
    ]);
    assert_eq!(names(&found), ["rows", "tables", "query"]);
    assert_eq!(found.tools[0].description.as_deref(), Some("Reads rows."));
    assert_eq!(found.tools[2].input_schema.as_ref().unwrap()["required"], serde_json::json!(["sql"]));
}

#[test]
fn registering_functions_prefixes_and_wrappers_are_followed() {
    let found = read(&[
        (
            "shop/server.py",
            r#"
import functools
from fastmcp import FastMCP
from shop import parts
mcp = FastMCP("shop")
inner = FastMCP("inner")
def logged(fn):
    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        return fn(*args, **kwargs)
    return wrapper
@inner.tool
@logged
def count(of: str):
    """Counts.

    Args:
        of: What to count.
    """
class Tools:
    def __init__(self, mcp):
        self.mcp = mcp
        self.mcp.tool()(self.remove)
    def remove(self, id: int):
        "Removes."
def main():
    parts.register(mcp)
    Tools(mcp)
    mcp.mount(inner, prefix="in")
    mcp.run()
"#,
        ),
        (
            "shop/parts.py",
            "def register(app):\n    for name in ['a', 'b']:\n        @app.tool(name='get_' + name)\n        def get(): 'Gets.'\n",
        ),
    ]);
    assert_eq!(names(&found), ["get_a", "get_b", "remove", "in_count"]);
    let count = &found.tools[3];
    assert_eq!(count.description.as_deref(), Some("Counts."));
    assert_eq!(count.input_schema.as_ref().unwrap()["properties"]["of"]["description"], "What to count.");
    assert_eq!(found.tools[2].input_schema.as_ref().unwrap()["required"], serde_json::json!(["id"]));
}

#[test]
fn what_is_not_known_is_a_gap_and_never_invented() {
    let found = read(&[(
        "shop/server.py",
        r#"
import os, requests
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("shop")
@mcp.tool(description="Asks " + requests.get("https://x.example").text)
def ask(): ...
@mcp.tool(name=os.urandom(4).hex())
def unknown(): ...
for name in requests.get("https://x.example").json():
    mcp.add_tool(make(name))
if os.getenv("SHOP_WRITES") == "1":
    @mcp.tool()
    def remove(): "Removes."
def main():
    mcp.run()
"#,
    )]);
    assert_eq!(names(&found), ["ask"]);
    assert_eq!(found.tools[0].description.as_deref(), Some("Asks "));
    assert_eq!(found.tools[0].gaps, [Gap::DescriptionPart]);
    let kinds: Vec<ServerGapKind> = found.gaps.iter().map(|gap| gap.kind).collect();
    assert_eq!(kinds, [ServerGapKind::ToolName, ServerGapKind::UnknownTable, ServerGapKind::SwitchedOff]);
}

#[test]
fn hostile_source_costs_bounded_time() {
    let began = std::time::Instant::now();
    let nested =
        format!("from mcp.server.fastmcp import FastMCP\ntool = {}1{}\n", "(".repeat(20_000), ")".repeat(20_000));
    let endless = "from mcp import tool\ndef f(x):\n    for a in range(1000):\n        for b in range(1000):\n            for c in range(1000):\n                f(c)\ndef main():\n    f(1)\n";
    let growing = format!("import mcp.tool\nx = 'a'\n{}def main(): pass\n", "x = x + x\n".repeat(100));
    let paths = format!(
        "import mcp.tool\nimport os\nfrom pathlib import Path\np = Path('a')\nq = 'a'\n{}def main(): pass\n",
        "p = p / p\np = p.joinpath(p)\nq = os.path.join(q, q)\n".repeat(60)
    );
    for text in [nested.as_str(), endless, &growing, &paths] {
        read(&[("shop/server.py", text)]);
    }
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn a_server_class_that_wraps_tools_keeps_their_names() {
    let found = read(&[
        (
            "shop/base.py",
            r#"
import inspect
from functools import wraps
from typing import Generic, TypeVar
from fastmcp import FastMCP
T = TypeVar("T")
def careful(function):
    @wraps(function)
    async def wrapper(*args, **kwargs):
        return await function(*args, **kwargs)
    return wrapper
class Careful(FastMCP[T], Generic[T]):
    def tool(self, given=None, **options):
        if inspect.isroutine(given):
            return super().tool(careful(given), **options)
        if isinstance(given, str):
            options = {**options, "name": given}
        def decorator(function):
            return super(Careful, self).tool(careful(function), **options)
        return decorator
"#,
        ),
        (
            "shop/server.py",
            r#"
from .base import Careful
class Server(Careful[dict]):
    pass
orders = Careful("orders")
main_server = Server("shop")
main_server.mount(orders, namespace="orders")
@orders.tool(tags={"read"})
async def list_orders(customer: str) -> str:
    """Lists orders."""
@main_server.tool("close_shop")
async def close(now: bool) -> str: ...
def main():
    main_server.run()
"#,
        ),
    ]);
    assert_eq!(names(&found), ["orders_list_orders", "close_shop"]);
    let schema = found.tools[0].input_schema.as_ref().unwrap();
    assert_eq!(schema["required"], serde_json::json!(["customer"]));
}

#[test]
fn operations_of_an_openapi_file_are_tools() {
    let server = r#"
import json
from pathlib import Path
from fastmcp import FastMCP
from fastmcp.server.openapi import MCPType, RouteMap
HIDDEN = {"deleteAll"}
def without_notes(value):
    if isinstance(value, dict):
        return {key: without_notes(item) for key, item in value.items() if not key.startswith("x-")}
    if isinstance(value, list):
        return [without_notes(item) for item in value]
    return value
def select(route, default):
    return MCPType.EXCLUDE if route.operation_id in HIDDEN else default
def describe(route, component):
    if route.operation_id == "listOrders":
        component.description = "Lists " + "orders."
def main():
    api = without_notes(json.loads((Path(__file__).parent / "api" / "shop.json").read_text()))
    server = FastMCP.from_openapi(api, name="shop", mcp_names={"addOrder": "add_order"}, route_map_fn=select,
        mcp_component_fn=describe, route_maps=[RouteMap(methods=["GET"], pattern=r"^/internal/.*", mcp_type=MCPType.EXCLUDE)])
    server.run()
"#;
    let api = r##"{
"openapi": "3.0.0", "x-internal": 1,
"paths": {
  "/orders/{id}": {
    "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
    "get": {"operationId": "listOrders", "summary": "Orders", "parameters": [{"name": "page", "in": "query"}]},
    "post": {"operationId": "addOrder", "description": "Adds an order.", "requestBody": {"required": true, "content":
      {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}},
    "delete": {"operationId": "deleteAll"}
  },
  "/internal/state": {"get": {"operationId": "state"}}
},
"components": {"schemas": {
  "Order": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"item": {"$ref": "#/components/schemas/Item"}}, "required": ["item"]}]},
  "Base": {"type": "object", "properties": {"note": {"type": "string"}}},
  "Item": {"type": "object"}}}
}"##;
    let found = read(&[("shop/server.py", server), ("shop/api/shop.json", api)]);
    assert_eq!(names(&found), ["listOrders", "add_order"]);
    assert_eq!(found.tools[0].description.as_deref(), Some("Lists orders."));
    let schema = found.tools[1].input_schema.as_ref().unwrap();
    let parameters: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(
        (parameters, &schema["required"]),
        (vec![&"id".to_owned(), &"note".to_owned(), &"item".to_owned()], &serde_json::json!(["id", "item"]))
    );
    assert_eq!(schema["$defs"]["Item"]["type"], "object");
    assert!(found.gaps.is_empty() && found.tools.iter().all(|tool| tool.gaps.is_empty()));
}

#[test]
fn shared_values_and_schemas_that_combine_themselves_are_read_up_to_a_limit() {
    let began = std::time::Instant::now();
    let shared = format!(
        "    x = [1]\n{}    api = {{'paths': {{'/a': {{'get': {{'operationId': 'one'}}}}}}, 'x': x}}\n",
        "    x = [x, x]\n".repeat(60)
    );
    let circle = "    order = {'$ref': '#/components/schemas/Order'}\n    \
                  body = {'content': {'application/json': {'schema': order}}}\n    \
                  paths = {'/a': {'post': {'operationId': 'one', 'requestBody': body}}}\n    \
                  all = {'Order': {'allOf': [order, order], 'properties': {'item': {'type': 'string'}}}}\n    \
                  api = {'paths': paths, 'components': {'schemas': all}}\n";
    for api in [shared.as_str(), circle] {
        let server = format!(
            "from fastmcp import FastMCP\ndef main():\n{api}    server = FastMCP.from_openapi(api, name='shop')\n    \
             server.run()\n"
        );
        assert_eq!(names(&read(&[("shop/server.py", &server)])), ["one"]);
    }
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn a_large_table_is_read_up_to_a_limit() {
    let table: Vec<String> = (0..20_000).map(|at| format!("\"k{at}\": {at}")).collect();
    let server = "import json\nfrom pathlib import Path\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP('shop')\n\
                  table = json.loads((Path(__file__).parent / 'table.json').read_text())\nmade = {}\nfor key in table:\n    \
                  made[key] = table.get(key)\n@mcp.tool()\ndef one(): ...\nif made.get('none'):\n    mcp.tool()(lambda: 1)\n\
                  def main():\n    mcp.run()\n";
    let found = read(&[("shop/server.py", server), ("shop/table.json", &format!("{{{}}}", table.join(",")))]);
    assert!(names(&found).contains(&"one"));
}

#[test]
fn a_server_that_other_code_gets_is_not_seen_whole() {
    let found = read(&[(
        "shop/server.py",
        r#"
from mcp.server.fastmcp import FastMCP
from more_tools import register_all
mcp = FastMCP("shop")
@mcp.tool()
def one(): ...
register_all(mcp)
def main():
    mcp.run()
"#,
    )]);
    assert_eq!(names(&found), ["one"]);
    assert!(found.gaps.iter().any(|gap| gap.kind == ServerGapKind::PassedOn));
    let gets_server: Vec<&str> =
        found.outside.iter().filter(|module| module.gets_server).map(|module| module.name.as_str()).collect();
    assert_eq!(gets_server, ["more_tools"]);
}

#[test]
fn what_grows_without_end_stops_at_a_limit() {
    let loops = |body: &str| format!("for i in range(1000):\n    for j in range(1000):\n        {body}\n");
    for body in [
        format!("t = 'a'\n{}", loops("t = t.replace('a', 'aaaa')")),
        format!("t = 'a' * 100000\nall = []\n{}", loops("all.append([t.join([t, t, t])])")),
        format!("t = 'a' * 900000\nall = []\n{}", loops("all.append(['{0}'.format(t)])")),
        format!("d = {{}}\nfor i in range(1000):\n    d[str(i)] = i\n{}", loops("d.copy()")),
        format!("class K:\n    def __init__(self):\n        self.a = 'x' * 9999\nx = 1\n{}", loops("x = [x, K()]")),
        "from typing import *\nA = str\n".to_owned()
            + &"A = Dict[str, Union[List[A], Dict[str, A], A]]\n".repeat(20)
            + "@mcp.tool()\ndef g(a: A):\n    pass\n",
        "def g(a: int):\n    pass\n".to_owned() + &loops("mcp.add_tool(g, name='g' + str(i) + '_' + str(j))"),
    ] {
        let text = format!("from fastmcp import FastMCP\nmcp = FastMCP('shop')\n{body}\ndef main():\n    mcp.run()\n");
        let found = read(&[("shop/server.py", &text)]);
        let is_limited = found.gaps.iter().any(|gap| gap.kind == ServerGapKind::Limit);
        let is_partial = found.tools.iter().any(|tool| !tool.gaps.is_empty());
        assert!(is_limited || is_partial, "{body}: {} tools", found.tools.len());
        assert!(found.tools.len() <= 5_000);
    }
}

#[test]
fn an_option_of_the_command_line_has_its_default() {
    let start = "from fastmcp import FastMCP\nmcp = FastMCP('shop')\n";
    let tools = "
    def pay(order: str):
        pass
    def find(text: str):
        pass
    mcp.add_tool(find)
    if allow_writes:
        mcp.add_tool(pay)
    mcp.run()
";
    for main in [
        format!(
            "import click\n@click.command()\n@click.option('--allow-writes/--no-writes', is_flag=True)\ndef main(allow_writes):{tools}"
        ),
        format!("import typer\ndef main(allow_writes: bool = typer.Option(False, '--writes')):{tools}"),
        format!(
            "import argparse\ndef main():\n    p = argparse.ArgumentParser()\n    p.add_argument('-w', '--allow-writes', action='store_true')\n    allow_writes = p.parse_args().allow_writes{tools}"
        ),
    ] {
        let found = read(&[("shop/server.py", &(start.to_owned() + &main))]);
        assert_eq!(names(&found), ["find"], "{main}");
        assert!(found.tools[0].gaps.is_empty(), "{main}");
        assert!(found.gaps.iter().any(|gap| gap.kind == ServerGapKind::SwitchedOff), "{main}");
    }
}

#[test]
fn a_decorator_of_the_package_takes_its_own_options_out() {
    let text = r#"
import inspect
from mcp.server.mcpserver import MCPServer
mcp = MCPServer("shop")
def tool(**options):
    options.setdefault("structured_output", False)
    server = options.pop("server", None) or mcp
    def register(function):
        server.add_tool(function, **options)
        return function
    return register
@tool(title="Find")
def find(text: str):
    """Finds orders."""
def main():
    mcp.run()
"#;
    let found = read(&[("shop/server.py", text)]);
    assert_eq!(names(&found), ["find"]);
    assert_eq!(found.tools[0].title.as_deref(), Some("Find"));
}

#[test]
fn a_server_that_a_dependency_makes_has_tools() {
    let text = "from shop_mcp_core import create_server, serve\nmcp = create_server('shop')\n\
        @mcp.tool()\ndef find(text: str) -> str:\n    '''Finds.'''\n\
        def main():\n    serve(mcp)\n";
    let found = read(&[("shop/server.py", text)]);
    assert_eq!(names(&found), ["find"]);
    let other = text.replace("shop_mcp_core", "agents").replace("create_server", "Agent");
    assert!(read(&[("shop/server.py", &other)]).tools.is_empty());
}

#[test]
fn a_server_without_an_sdk_has_the_tools_that_it_describes() {
    let text = r#"
import json, sys
LIMIT = 5
class Server:
    def tools(self):
        return [
            {"name": "find", "description": f"Finds {LIMIT}.",
             "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}},
            {"name": "pay", "description": "Pays.", "inputSchema": {"type": "object", "properties": {}}},
        ]
    def handle(self, request):
        if request["method"] == "tools/list":
            return {"tools": self.tools()}
def main():
    for line in sys.stdin:
        print(json.dumps(Server().handle(json.loads(line))))
"#;
    let found = read(&[("shop/server.py", text)]);
    assert_eq!(names(&found), ["find", "pay"]);
    assert_eq!(found.tools[0].description.as_deref(), Some("Finds 5."));
    assert!(found.tools.iter().all(|tool| tool.gaps.is_empty()));
    assert!(found.gaps.iter().any(|gap| gap.kind == ServerGapKind::Unreached));
}
