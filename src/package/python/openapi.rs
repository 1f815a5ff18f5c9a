//! Tools that FastMCP makes of an OpenAPI description: one for each operation that its routes select.

use std::collections::BTreeMap;
use std::rc::Rc;

use regex::RegexBuilder;
use serde_json::Value as Json;
use tree_sitter::Node;

use super::interpreter::Interpreter;
use super::openapi_schema::Operation;
use super::server::ServerLibrary;
use super::value::{Args, Instance, Value};
use crate::package::extraction::{FoundTool, Gap, ServerGapKind};

/// The most operations of one description.
const MAX_OPERATIONS: usize = 2_000;
/// The longest name, in characters.
const MAX_NAME: usize = 56;
/// The largest compiled pattern, in bytes.
const MAX_PATTERN: usize = 1 << 20;
/// The methods of HTTP that are operations.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// What becomes of an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Route {
    Tool,
    /// A resource, or nothing.
    Other,
    Unknown,
}

impl<'t> Interpreter<'t> {
    /// The server that `FastMCP.from_openapi(...)` makes.
    pub(super) fn server_of_openapi(&mut self, args: &Args<'t>, node: Node<'t>, module: usize) -> Value<'t> {
        let own = Args { positional: Vec::new(), ..args.clone() };
        let server = self.new_server(ServerLibrary::Fast, &own, node, module);
        let description = args.get(0, "openapi_spec").map(Value::plain);
        let description = description.map(|value| self.json_of(&value, 64).0).unwrap_or_default();
        let Some(paths) = description.get("paths").and_then(Json::as_object) else {
            self.server_gap(ServerGapKind::FetchedTools, node, module);
            return Value::Server(server);
        };
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let operations = paths.iter().flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |method| Some((path, item, *method, item.get(*method)?)))
        });
        for (path, item, method, operation) in operations.take(MAX_OPERATIONS) {
            let operation = Operation { description: &description, path, method, item, operation };
            let route = self.route_of(&operation);
            let becomes = self.becomes(&route, &operation, args);
            let name = operation_name(&operation, args.named("mcp_names"));
            if becomes == Route::Other {
                continue;
            }
            let count = names.entry(name.clone()).or_default();
            *count += 1;
            let name = if *count == 1 { name } else { format!("{name}_{count}") };
            let mut tool = FoundTool {
                name,
                description: Some(operation.text()),
                input_schema: Some(operation.parameters()),
                place: self.place(node, module),
                ..FoundTool::default()
            };
            if becomes == Route::Unknown {
                tool.gaps.push(Gap::Conditional);
            }
            self.customize(&mut tool, &route, args);
            self.copying(tool.bytes());
            self.record(server, tool);
            if self.is_exhausted() || self.is_out_of_time() {
                self.server_gap(ServerGapKind::Limit, node, module);
                break;
            }
        }
        Value::Server(server)
    }

    /// The route that a function of the package gets of an operation.
    fn route_of(&mut self, operation: &Operation<'_>) -> Value<'t> {
        let text = |key: &str| match operation.operation.get(key).and_then(Json::as_str) {
            Some(text) => Value::text(text),
            None => Value::None,
        };
        let tags = operation.tags().iter().map(|tag| Value::text(tag)).collect();
        let fields = BTreeMap::from([
            (Rc::from("operation_id"), text("operationId")),
            (Rc::from("summary"), text("summary")),
            (Rc::from("description"), text("description")),
            (Rc::from("method"), Value::text(&operation.method.to_uppercase())),
            (Rc::from("path"), Value::text(operation.path)),
            (Rc::from("tags"), Value::list(tags)),
        ]);
        Value::Instance(Rc::new(Instance { class: None, fields: fields.into(), server: None, is_parser: false }))
    }

    /// What `route_maps` and `route_map_fn` make of an operation.
    fn becomes(&mut self, route: &Value<'t>, operation: &Operation<'_>, args: &Args<'t>) -> Route {
        let mut becomes = Route::Tool;
        if let Some(maps) = args.named("route_maps").map(Value::plain).filter(|maps| !matches!(maps, Value::None)) {
            let (maps, open) = self.items(&maps);
            let mapped = maps.iter().find_map(|map| self.mapped(map, operation));
            becomes = mapped.unwrap_or(if open { Route::Unknown } else { Route::Tool });
        }
        if let Some(Value::Function(function)) = args.named("route_map_fn").map(Value::plain) {
            let default = match becomes {
                Route::Tool => Value::external("fastmcp.server.openapi.MCPType.TOOL"),
                Route::Other => Value::external("fastmcp.server.openapi.MCPType.EXCLUDE"),
                Route::Unknown => Value::Unknown,
            };
            let given = Args { positional: vec![route.clone(), default], ..Args::default() };
            becomes = match self.call_function(&function, given) {
                Value::None => becomes,
                other => kind_of(&other),
            };
        }
        becomes
    }

    /// What one `RouteMap(...)` makes of an operation. `None` if it does not match.
    fn mapped(&mut self, map: &Value<'t>, operation: &Operation<'_>) -> Option<Route> {
        let Value::Call(map) = map.plain() else { return Some(Route::Unknown) };
        if let Some(methods) = map.args.named("methods").map(Value::plain).filter(|all| all.as_text().is_none()) {
            let method = Value::text(&operation.method.to_uppercase());
            let (methods, open) = self.items(&methods);
            if !open && !methods.iter().any(|other| other.equals(&method) == Some(true)) {
                return None;
            }
        }
        let pattern = match map.args.named("pattern").map(Value::plain) {
            Some(Value::Call(compiled)) => compiled.args.positional.first().and_then(Value::whole_text),
            Some(other) => other.whole_text(),
            None => Some(".*".into()),
        };
        let Some(pattern) = pattern.and_then(|text| RegexBuilder::new(&text).size_limit(MAX_PATTERN).build().ok())
        else {
            return Some(Route::Unknown);
        };
        if !pattern.is_match(operation.path) {
            return None;
        }
        if let Some(tags) = map.args.named("tags").cloned() {
            let own = operation.tags();
            let (tags, _) = self.items(&tags);
            if !tags.iter().all(|tag| tag.whole_text().is_some_and(|tag| own.contains(&&*tag))) {
                return None;
            }
        }
        Some(map.args.named("mcp_type").map_or(Route::Unknown, kind_of))
    }

    /// Applies `mcp_component_fn`, which may change the name and the description of a tool.
    fn customize(&mut self, tool: &mut FoundTool, route: &Value<'t>, args: &Args<'t>) {
        let Some(function) = args.named("mcp_component_fn").map(Value::plain) else { return };
        let Value::Function(function) = function else {
            if !matches!(function, Value::None) {
                tool.gaps.push(Gap::Description);
            }
            return;
        };
        let text = |text: Option<&String>| text.map_or(Value::None, |text| Value::text(text));
        let fields = BTreeMap::from([
            (Rc::from("name"), Value::text(&tool.name)),
            (Rc::from("description"), text(tool.description.as_ref())),
        ]);
        let component = Rc::new(Instance { class: None, fields: fields.into(), server: None, is_parser: false });
        let given = Args { positional: vec![route.clone(), Value::Instance(component.clone())], ..Args::default() };
        self.call_function(&function, given);
        let fields = component.fields.borrow();
        if let Some(name) = fields.get("name").and_then(Value::whole_text) {
            tool.name = name.to_string();
        }
        if let Some(value) = fields.get("description") {
            super::server::describe(tool, value);
        }
    }
}

/// The kind that a member of `MCPType` names.
fn kind_of(value: &Value<'_>) -> Route {
    match value.plain() {
        Value::External(name) if name.ends_with("Type.TOOL") => Route::Tool,
        Value::External(name) if name.contains("Type.") => Route::Other,
        _ => Route::Unknown,
    }
}

/// The name of the tool of an operation, before it is made unique.
fn operation_name(operation: &Operation<'_>, names: Option<&Value<'_>>) -> String {
    let method_and_path = format!("{}_{}", operation.method.to_uppercase(), operation.path);
    let id = operation.operation.get("operationId").and_then(Json::as_str);
    let name = match id {
        Some(id) => {
            let given = match names.map(Value::plain) {
                Some(Value::Dict(names)) => super::collections::find(&names.borrow().entries, &Value::text(id)),
                _ => None,
            };
            let given = given.and_then(|name| name.whole_text());
            given.map_or_else(|| id.split("__").next().unwrap_or(id).to_owned(), |name| name.to_string())
        }
        None => operation.operation.get("summary").and_then(Json::as_str).unwrap_or(&method_and_path).to_owned(),
    };
    let name = slug(&name);
    let name = if name.is_empty() { slug(&method_and_path) } else { name };
    name.chars().take(MAX_NAME).collect()
}

/// `text` with separators as single underscores and without other signs.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => slug.push(c),
            '_' | '-' | '.' if !slug.ends_with('_') => slug.push('_'),
            c if c.is_whitespace() && !slug.ends_with('_') => slug.push('_'),
            _ => {}
        }
    }
    slug.trim_matches('_').to_owned()
}
