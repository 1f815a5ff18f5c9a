//! Tools of a server: of functions by their signatures, and of `Tool(...)` that a handler lists.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value as Json, json};

use super::docstring::{self, Documented};
use super::interpreter::Interpreter;
use super::literal;
use super::schema::Schemas;
use super::server::{ServerLibrary, describe};
use super::signature::Parameter;
use super::value::{Args, Call, Dict, Function, Value};
use crate::package::extraction::{FoundTool, Gap, ServerGap, ServerGapKind, SourcePlace};

impl<'t> Interpreter<'t> {
    /// What a docstring says, as the library of the server reads it.
    pub(super) fn documented(&mut self, function: &Rc<Function<'t>>, kind: ServerLibrary) -> Documented {
        let Some(text) = self.docstring(function) else { return Documented::default() };
        match kind {
            ServerLibrary::Fast => docstring::parsed(&literal::cleandoc(&text), self.modules.cut),
            ServerLibrary::Official | ServerLibrary::LowLevel => {
                Documented { description: Some(text.to_string()), ..Documented::default() }
            }
        }
    }

    /// Sets the input schema of a tool to that of the signature of `function`.
    pub(super) fn parameters(
        &mut self,
        tool: &mut FoundTool,
        function: &Rc<Function<'t>>,
        described: &BTreeMap<String, String>,
        args: &Args<'t>,
        kind: ServerLibrary,
    ) {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        let mut made = Schemas::default();
        let excluded = args.named("exclude_args").cloned();
        let excluded = excluded.map(|names| self.items(&names).0).unwrap_or_default();
        let parameters = self.listed_parameters(function).unwrap_or_else(|| {
            // A decorator put another signature in place of this one.
            tool.gaps.push(Gap::InputSchema);
            self.declared_parameters(&function.signature_of())
        });
        for Parameter { name, of, default } in parameters {
            let name = &*name;
            if excluded.iter().any(|value| value.whole_text().as_deref() == Some(name)) {
                continue;
            }
            if of.as_ref().is_some_and(is_injected) || default.as_ref().is_some_and(is_dependency) {
                continue;
            }
            made.unknown = false;
            let of = of.unwrap_or_else(|| Value::external("typing.Any"));
            let (key, mut schema, needed) = self.field_schema(name, &of, default.as_ref(), &mut made);
            if made.unknown {
                tool.gaps.push(Gap::Parameter(key.clone()));
            }
            if let Some(map) = schema.as_object_mut() {
                if kind == ServerLibrary::Fast {
                    map.shift_remove("title");
                }
                if let (Some(text), false) = (described.get(name), map.contains_key("description")) {
                    map.insert("description".into(), text.as_str().into());
                }
            }
            if needed {
                required.push(key.clone());
            }
            properties.insert(key, schema);
        }
        let mut schema = Map::new();
        made.finish(&mut schema);
        schema.insert("properties".into(), Json::Object(properties));
        if !required.is_empty() {
            schema.insert("required".into(), json!(required));
        }
        if kind != ServerLibrary::Fast {
            schema.insert("title".into(), format!("{}Arguments", function.signature_of().name).into());
        }
        schema.insert("type".into(), "object".into());
        tool.input_schema = Some(Json::Object(schema));
    }

    /// The tool that a value describes: `Tool(...)`, an instance of a class of the package, or a dictionary that the SDK
    /// makes a tool of. `None` if its name is not known.
    pub(super) fn described_tool(&mut self, value: &Value<'t>, place: (usize, usize)) -> Option<FoundTool> {
        let named = |dict: &Dict<'t>| {
            let named = dict.entries.iter().filter_map(|(key, value)| Some((key.whole_text()?, value.clone())));
            Args { named: named.collect(), open: dict.open, ..Args::default() }
        };
        let call = match value.plain() {
            Value::Call(call) if call.callee.ends_with(".model_validate") || call.callee.ends_with(".parse_obj") => {
                match call.args.positional.first().map(Value::plain) {
                    Some(Value::Dict(dict)) => {
                        Rc::new(Call { callee: call.callee.clone(), args: named(&dict.borrow()), place: call.place })
                    }
                    _ => return None,
                }
            }
            Value::Call(call) if call.callee.ends_with(".adk_to_mcp_tool_type") => return self.tool_of_adk(&call),
            Value::Call(call) => call,
            Value::Dict(dict) => Rc::new(Call { callee: "Tool".into(), args: named(&dict.borrow()), place }),
            Value::Instance(instance) => {
                let class = instance.class.clone()?;
                let fields =
                    ["name", "title", "description", "inputSchema", "input_schema", "parameters", "annotations"];
                let mut args = Args::default();
                for field in fields {
                    if self.has_attribute(value, field) == Some(false) {
                        continue;
                    }
                    let of_field = self.attribute(value, field);
                    if !matches!(of_field, Value::Unknown) {
                        let name = if field == "parameters" { "inputSchema" } else { field };
                        args.named.push((name.into(), of_field));
                    }
                }
                let place = (class.module, class.node.start_position().row + 1);
                Rc::new(Call { callee: class.name.clone(), args, place })
            }
            _ => return None,
        };
        self.listed_tool(&call)
    }

    /// The tool that the Agent Development Kit makes of a function. `None` if that is not known.
    fn tool_of_adk(&mut self, call: &Call<'t>) -> Option<FoundTool> {
        let function = match call.args.positional.first()?.plain() {
            Value::Call(tool) if tool.callee.ends_with("FunctionTool") => tool.args.get(0, "func")?.plain(),
            other => other,
        };
        let Value::Function(function) = function else { return None };
        let place = self.place(function.node, function.module);
        let mut tool = FoundTool { name: function.name.to_string(), place: place.clone(), ..FoundTool::default() };
        tool.handler = Some(place);
        tool.description = self.docstring(&function).map(|text| literal::cleandoc(&text));
        // It fills these in itself.
        let own = ["tool_context", "input_stream"].map(Value::text).to_vec();
        let args = Args { named: vec![("exclude_args".into(), Value::list(own))], ..Args::default() };
        self.parameters(&mut tool, &function, &BTreeMap::new(), &args, ServerLibrary::LowLevel);
        Some(tool)
    }

    /// The tool that `Tool(...)` describes. `None` if its name is not known.
    pub(super) fn listed_tool(&mut self, call: &Rc<Call<'t>>) -> Option<FoundTool> {
        let name = call.args.named("name").or(call.args.positional.first())?.whole_text()?;
        let (module, line) = call.place;
        let file = self.modules.all[module].path.to_owned();
        let mut tool = FoundTool { name: name.to_string(), place: SourcePlace { file, line }, ..FoundTool::default() };
        let given = |names: [&str; 2]| {
            let value = names.iter().find_map(|name| call.args.named(name)).map(Value::plain);
            value.filter(|value| !matches!(value, Value::None))
        };
        if let Some(title) = given(["title", "title"]) {
            tool.title = title.whole_text().map(|title| title.to_string());
            if tool.title.is_none() {
                tool.gaps.push(Gap::Title);
            }
        }
        if let Some(value) = given(["description", "description"]) {
            describe(&mut tool, &value);
        }
        match given(["inputSchema", "input_schema"]) {
            Some(value @ Value::Dict(_)) => {
                let (schema, whole) = self.json_of(&value, 24);
                tool.input_schema = Some(schema);
                if !whole {
                    tool.gaps.push(Gap::MoreParameters);
                }
            }
            _ => tool.gaps.push(Gap::InputSchema),
        }
        if let Some(value) = given(["outputSchema", "output_schema"]) {
            let (schema, whole) = self.json_of(&value, 24);
            tool.output_schema = Some(schema).filter(Json::is_object);
            if !whole {
                tool.gaps.push(Gap::OutputSchema);
            }
        }
        self.annotate(&mut tool, call.args.named("annotations"));
        if call.args.open {
            tool.gaps.push(Gap::Description);
        }
        Some(tool)
    }

    /// Runs the functions that list the tools of every server.
    pub(super) fn run_list_handlers(&mut self) {
        for server in 0..self.servers.len() {
            for handler in self.servers[server].list_handlers.clone() {
                let listed = self.call_function(&handler, Args { open: true, ..Args::default() });
                let (tools, open) = self.items(&tools_of_result(&listed));
                let place = Some(self.place(handler.node, handler.module));
                let line = handler.node.start_position().row + 1;
                for tool in tools {
                    match self.described_tool(&tool, (handler.module, line)) {
                        Some(tool) => self.record(server, tool),
                        None => self.gaps.push(ServerGap { kind: ServerGapKind::ToolName, place: place.clone() }),
                    }
                }
                if open {
                    self.gaps.push(ServerGap { kind: ServerGapKind::UnknownTable, place });
                }
            }
        }
    }
}

/// The tools of what a list handler returns: a list, `ListToolsResult(tools=...)`, or that in `ServerResult(...)`.
fn tools_of_result<'t>(listed: &Value<'t>) -> Value<'t> {
    let Value::Call(call) = listed else { return listed.clone() };
    match (call.args.named("tools"), call.args.positional.first()) {
        (Some(tools), _) => tools.clone(),
        (None, Some(Value::Call(inner))) => inner.args.named("tools").cloned().unwrap_or(Value::Unknown),
        (None, _) => Value::Unknown,
    }
}

/// True for the type of a parameter that the server fills in: the context of a call.
fn is_injected(of: &Value<'_>) -> bool {
    let is_context = |of: &Value<'_>| match of {
        Value::External(name) => name.ends_with(".Context") || name.ends_with("RequestContext"),
        _ => false,
    };
    // `Optional[Context]`, `Annotated[Context[A, B], Depends(...)]`
    let is_of = |of: &Value<'_>| match of {
        Value::Generic(generic) => is_context(&generic.base) || generic.args.iter().any(is_context),
        of => is_context(of),
    };
    match of {
        Value::Generic(generic) => is_of(of) || generic.args.iter().any(|arg| is_of(arg) || is_dependency(arg)),
        of => is_context(of),
    }
}

/// True for a default that the server fills in.
fn is_dependency(default: &Value<'_>) -> bool {
    matches!(default, Value::Call(call) if ["Depends", "CurrentContext", "Resolve"].iter().any(|name| call.callee.ends_with(name)))
}
