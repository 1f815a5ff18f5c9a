//! Fixture modules, as small as what they show.

use serde_json::json;

use super::super::extraction::{Extraction, FoundTool, Gap, ServerGapKind};
use super::super::source_tree::SourceTree;
use super::super::stack::on_large_stack;
use super::extract;

fn read(files: &[(&str, &str)]) -> Extraction {
    let mut tree = SourceTree::default();
    tree.add("go.mod", b"module example.org/shop\n\ngo 1.24\n".to_vec());
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
fn options_of_mark3labs_make_tools() {
    let main = r#"package main

import (
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

const limit = 20

var kinds = []string{"fruit", "bread"}

func main() {
	s := server.NewMCPServer("shop", "1.2.0", server.WithInstructions("Sells "+"things."))
	find := mcp.NewTool("find_items",
		mcp.WithDescription(fmt.Sprintf("Finds up to %d items.", limit)),
		mcp.WithReadOnlyHintAnnotation(true),
		mcp.WithString("query", mcp.Required(), mcp.Description(`What to look for`), mcp.Enum("a", "b")),
		mcp.WithNumber("limit", mcp.DefaultNumber(limit), mcp.Max(100)),
		mcp.WithArray("kinds", mcp.WithStringEnumItems(kinds)),
		mcp.WithObject("where", mcp.Properties(map[string]any{"city": map[string]any{"type": "string"}})),
	)
	s.AddTool(find, findItems)
	s.AddTools(
		server.ServerTool{Tool: mcp.NewToolWithRawSchema("raw", "Takes JSON.", []byte(`{"type":"object","properties":{"x":{"type":"string"}}}`)), Handler: raw},
		server.ServerTool{Tool: mcp.Tool{
			Name: "plain",
			InputSchema: mcp.ToolInputSchema{Type: "object", Properties: map[string]any{"a": map[string]any{"type": "string"}}, Required: []string{"a"}},
		}, Handler: raw},
	)
	server.ServeStdio(s)
}

func findItems() {}

func raw() {}
"#;
    let found = read(&[("main.go", main)]);
    assert_eq!(names(&found), ["find_items", "raw", "plain"]);
    assert_eq!((found.server_name.as_deref(), found.server_version.as_deref()), (Some("shop"), Some("1.2.0")));
    assert_eq!((found.instructions.as_deref(), found.gaps.len()), (Some("Sells things."), 0));
    let find = &found.tools[0];
    assert_eq!(find.description.as_deref(), Some("Finds up to 20 items."));
    assert_eq!((find.place.line, find.handler.as_ref().unwrap().line, find.gaps.len()), (16, 35, 0));
    assert_eq!(
        find.input_schema,
        Some(json!({"type": "object", "properties": {
            "query": {"type": "string", "description": "What to look for", "enum": ["a", "b"]},
            "limit": {"type": "number", "default": 20, "maximum": 100},
            "kinds": {"type": "array", "items": {"type": "string", "enum": ["fruit", "bread"]}},
            "where": {"type": "object", "properties": {"city": {"type": "string"}}},
        }, "required": ["query"]}))
    );
    let hints = find.annotations.as_ref().unwrap();
    assert_eq!((&hints["readOnlyHint"], &hints["destructiveHint"]), (&json!(true), &json!(true)));
    assert_eq!(found.tools[1].input_schema.as_ref().unwrap()["properties"], json!({"x": {"type": "string"}}));
    assert_eq!(found.tools[2].input_schema.as_ref().unwrap()["required"], json!(["a"]));
}

#[test]
fn the_official_sdk_makes_schemas_of_the_parameters_of_handlers() {
    let main = r#"package main

import (
	"context"

	"example.org/shop/internal/orders"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type page struct {
	Size int `json:"size,omitempty" jsonschema:"How many, at most"`
}

type listArgs struct {
	page
	Kind   string            `json:"kind" jsonschema:"The kind of items"`
	Labels map[string]string `json:"labels,omitempty"`
	secret string
	Hidden string `json:"-"`
}

func main() {
	server := mcp.NewServer(&mcp.Implementation{Name: "shop", Version: "2"}, &mcp.ServerOptions{Instructions: "Ask."})
	readOnly := &mcp.ToolAnnotations{ReadOnlyHint: true}
	mcp.AddTool(server, &mcp.Tool{Name: "list_items", Description: "Lists items.", Annotations: readOnly}, list)
	mcp.AddTool[orders.Args, any](server, &mcp.Tool{Name: "take_order"}, orders.Take(nil))
	orders.Register(server)
	server.Run(context.Background(), &mcp.StdioTransport{})
}

func list(ctx context.Context, req *mcp.CallToolRequest, args listArgs) (*mcp.CallToolResult, any, error) {
	return nil, nil, nil
}
"#;
    let orders = r#"package orders

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type Args struct {
	ID   string   `json:"id"`
	Tags []string `json:"tags,omitempty"`
}

func Take(store any) mcp.ToolHandlerFor[Args, any] {
	return func(ctx context.Context, req *mcp.CallToolRequest, args Args) (*mcp.CallToolResult, any, error) {
		return nil, nil, nil
	}
}

func Register(server *mcp.Server) {
	mcp.AddTool(server, &mcp.Tool{Name: "drop_order"}, func(ctx context.Context, _ *mcp.CallToolRequest, in struct{ ID int64 `json:"id"` }) (*mcp.CallToolResult, any, error) {
		return nil, nil, nil
	})
	mcp.AddTool(server, &mcp.Tool{Name: "ping"}, func(ctx context.Context, _ *mcp.CallToolRequest, _ map[string]any) (*mcp.CallToolResult, any, error) {
		return nil, nil, nil
	})
}
"#;
    let found = read(&[("cmd/shop/main.go", main), ("internal/orders/orders.go", orders)]);
    assert_eq!(names(&found), ["list_items", "take_order", "drop_order", "ping"]);
    assert_eq!((found.instructions.as_deref(), found.gaps.len()), (Some("Ask."), 0));
    assert!(found.tools.iter().all(|tool| tool.gaps.is_empty()), "{:?}", found.tools);
    assert_eq!(
        found.tools[0].input_schema,
        Some(json!({"type": "object", "properties": {
            "size": {"type": "integer", "description": "How many, at most"},
            "kind": {"type": "string", "description": "The kind of items"},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        }, "required": ["kind"], "additionalProperties": false}))
    );
    assert_eq!(found.tools[0].annotations.as_ref().unwrap()["readOnlyHint"], true);
    assert_eq!(found.tools[1].input_schema.as_ref().unwrap()["required"], json!(["id"]));
    assert_eq!(found.tools[2].input_schema.as_ref().unwrap()["properties"], json!({"id": {"type": "integer"}}));
    assert_eq!(found.tools[3].input_schema, Some(json!({"type": "object"})));
    assert_eq!(found.tools[2].handler.as_ref().unwrap().file, "internal/orders/orders.go");
}

#[test]
fn helpers_tables_translations_and_types_of_the_module_are_followed() {
    let api = r#"package api

import "github.com/google/jsonschema-go/jsonschema"

type Tool struct {
	Name        string
	Description string
	InputSchema *jsonschema.Schema
}

type ServerTool struct {
	Tool    Tool
	Handler func()
}
"#;
    let tools = r#"package tools

import (
	"example.org/shop/api"
	"github.com/google/jsonschema-go/jsonschema"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

type definition struct {
	name, text string
	write      bool
}

var table = []definition{{"read_stock", "Reads the stock.", false}, {name: "set_stock", text: "Sets the stock.", write: true}}

func withPage(schema *jsonschema.Schema) *jsonschema.Schema {
	schema.Properties["page"] = &jsonschema.Schema{Type: "integer"}
	return schema
}

func count(t func(string, string) string) (tool mcp.Tool, handler server.ToolHandlerFunc) {
	return newTool("count", t("TOOL_COUNT", "Counts items.")), func() {}
}

func newTool(name, text string, more ...mcp.ToolOption) mcp.Tool {
	options := []mcp.ToolOption{mcp.WithDescription(text)}
	options = append(options, mcp.WithString("shop"))
	options = append(options, more...)
	return mcp.NewTool("shop_"+name, options...)
}

func Register(s *server.MCPServer, translate func(string, string) string) {
	for _, one := range table {
		options := []mcp.ToolOption{}
		if one.write {
			options = append(options, mcp.WithNumber("amount", mcp.Required()))
		}
		s.AddTool(newTool(one.name, one.text, options...), nil)
	}
	s.AddTool(count(translate))
}

func own() []api.ServerTool {
	return []api.ServerTool{
		{Tool: api.Tool{Name: "own", Description: "Of the module.", InputSchema: withPage(&jsonschema.Schema{
			Type: "object", Properties: map[string]*jsonschema.Schema{"a": {Type: "string"}}, Required: []string{"a"},
		})}, Handler: handle},
	}
}

func handle() {}

func convert(tool api.ServerTool) mcp.Tool {
	return mcp.Tool{Name: tool.Tool.Name, Description: tool.Tool.Description}
}
"#;
    let found = read(&[("api/api.go", api), ("tools/tools.go", tools)]);
    assert_eq!(found.gaps, []);
    let read_stock = tool(&found, "shop_read_stock");
    assert_eq!(read_stock.description.as_deref(), Some("Reads the stock."));
    assert_eq!(read_stock.input_schema.as_ref().unwrap()["properties"], json!({"shop": {"type": "string"}}));
    assert_eq!(tool(&found, "shop_set_stock").input_schema.as_ref().unwrap()["required"], json!(["amount"]));
    let count = tool(&found, "shop_count");
    assert_eq!((count.description.as_deref(), count.handler.as_ref().unwrap().line), (Some("Counts items."), 23));
    let own = tool(&found, "own");
    assert_eq!(
        own.input_schema.as_ref().unwrap()["properties"],
        json!({"a": {"type": "string"}, "page": {"type": "integer"}})
    );
    assert_eq!((own.handler.as_ref().unwrap().line, found.tools.len()), (52, 4));
}

#[test]
fn a_helper_that_reflects_on_a_handler_gives_its_parameters() {
    let main = r#"package main

import (
	"reflect"

	"github.com/mark3labs/mcp-go/mcp"
)

type args struct {
	City string `json:"city" jsonschema:"required,description=The city"`
}

func weather(ctx any, in args) (string, error) { return "", nil }

var Weather = must("weather", weather, mcp.WithReadOnlyHintAnnotation(true))

func must(name string, handler any, options ...mcp.ToolOption) mcp.Tool {
	tool := mcp.Tool{Name: name, RawInputSchema: reflected(reflect.TypeOf(handler).In(1))}
	for _, option := range options {
		option(&tool)
	}
	return tool
}

func reflected(of reflect.Type) []byte { return library.Of(of) }
"#;
    let found = read(&[("main.go", main)]);
    assert_eq!((names(&found), found.gaps.len(), found.tools[0].gaps.len()), (vec!["weather"], 0, 0));
    let schema = found.tools[0].input_schema.as_ref().unwrap();
    assert_eq!(schema["properties"]["city"], json!({"type": "string", "description": "The city"}));
    assert_eq!(found.tools[0].annotations, Some([("readOnlyHint".to_owned(), json!(true))].into_iter().collect()));
    assert_eq!(found.tools[0].handler.as_ref().unwrap().line, 13);
}

#[test]
fn metoro_registers_by_name_and_tags_say_what_is_required() {
    let main = r#"package main

import mcp_golang "github.com/metoro-io/mcp-golang"

type Args struct {
	City string `json:"city" jsonschema:"required,description=The city, with its country"`
	Unit string `json:"unit" jsonschema:"enum=c,enum=f,default=c"`
}

func main() {
	server := mcp_golang.NewServer(nil)
	server.RegisterTool("weather", "Tells the weather", func(args Args) (*mcp_golang.ToolResponse, error) { return nil, nil })
}
"#;
    let found = read(&[("main.go", main)]);
    assert_eq!((names(&found), found.gaps.len()), (vec!["weather"], 0));
    let schema = found.tools[0].input_schema.as_ref().unwrap();
    assert_eq!(schema["required"], json!(["city"]));
    assert_eq!(schema["properties"]["city"]["description"], "The city, with its country");
    assert_eq!(schema["properties"]["unit"]["enum"], json!(["c", "f"]));
}

#[test]
fn what_is_not_known_is_a_gap_and_tests_and_examples_are_no_tools() {
    let main = r#"package main

import (
	"os"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

func register(s *server.MCPServer, remote []mcp.Tool, cfg config) {
	for _, tool := range remote {
		s.AddTool(mcp.NewTool(tool.Name), nil)
	}
	s.AddTool(mcp.NewTool(os.Getenv("NAME")), nil)
	s.AddTool(mcp.NewTool("known", mcp.WithDescription("Of "+os.Getenv("USER")), mcp.WithString("a", custom())), nil)
	if cfg.write {
		s.AddTool(mcp.NewTool("write", options()...), nil)
	}
}
"#;
    let example = main.replace("\"known\"", "\"of_an_example\"");
    let found = read(&[("main.go", main), ("examples/a/main.go", &example), ("main_test.go", &example)]);
    assert_eq!(names(&found), ["known", "write"]);
    let kinds: Vec<_> = found.gaps.iter().map(|gap| (gap.kind, gap.place.as_ref().unwrap().line)).collect();
    assert_eq!(kinds, [(ServerGapKind::ToolName, 14), (ServerGapKind::UnknownTable, 12)]);
    assert_eq!(found.tools[0].gaps, [Gap::DescriptionPart, Gap::Parameter("a".into())]);
    assert_eq!(found.tools[1].gaps, [Gap::MoreParameters, Gap::Conditional]);
    let found = read(&[("examples/a/main.go", &example)]);
    assert!(names(&found).contains(&"of_an_example"));
}

#[test]
fn hostile_code_ends_and_does_not_grow() {
    let import = "package main\nimport \"github.com/mark3labs/mcp-go/mcp\"\n";
    let deep = format!("{import}var a = {}1{}\nvar t = mcp.NewTool(\"deep\")", "(".repeat(20_000), ")".repeat(20_000));
    assert_eq!(names(&read(&[("main.go", &deep)])), ["deep"]);
    let doubled = "s = s + s\n".repeat(60);
    let doubled = format!(
        "{import}func f() {{\ns := \"0123456789\"\n{doubled}mcp.NewTool(\"doubled\", mcp.WithDescription(s))\n}}"
    );
    assert_eq!(names(&read(&[("main.go", &doubled)])), ["doubled"]);
    let circle = format!(
        "{import}type T struct {{ T *T `json:\"t\"`\n}}\nvar a = b\nvar b = a\nfunc f(x string) {{ g(x) }}\nfunc g(x string) {{ f(x + \"a\")\n\
         mcp.NewTool(\"circle\", mcp.WithInputSchema[T]()) }}"
    );
    assert_eq!(names(&read(&[("main.go", &circle)])), ["circle"]);
    let loops = "for _, x := range xs {\n".repeat(12);
    let xs = "1, ".repeat(40);
    let loops =
        format!("{import}var xs = []int{{{xs}}}\nfunc f() {{\n{loops} mcp.NewTool(\"loop\")\n{}}}", "}\n".repeat(12));
    let found = read(&[("main.go", &loops)]);
    assert_eq!((names(&found), found.gaps[0].kind), (vec!["loop"], ServerGapKind::Limit));
    for broken in ["package", "func (", "package a\nfunc f() { mcp.NewTool(", "\u{0}\u{ffff}{{{{"] {
        assert!(names(&read(&[("main.go", broken)])).is_empty());
    }
}
