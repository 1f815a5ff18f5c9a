//! Registrations of tools: the calls that a package makes on its server.

use std::rc::Rc;

use super::interpreter::{Eval, Interpreter};
use super::registered::{Listing, RegisteredTool, ServerIdentity};
use super::schema::SchemaKind;
use super::syntax::Position;
use super::value::{External, Kind, Slot, Value};
use crate::package::extraction::{MAX_TOOL_BYTES, MAX_TOOLS, ServerGap, ServerGapKind, SourcePlace};

/// The most gaps that are noted.
const MAX_GAPS: usize = 200;

/// What a registration says of a tool.
#[derive(Default)]
pub(super) struct Definition {
    pub(super) name: Value,
    pub(super) title: Value,
    pub(super) description: Value,
    pub(super) input: Value,
    pub(super) output: Value,
    pub(super) annotations: Value,
    pub(super) handler: Value,
}

/// Whether a request is the one that lists tools.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ListsTools {
    Yes,
    No,
    Unknown,
}

impl Interpreter<'_> {
    /// Notes a registration. `None` if the call is another one.
    pub(super) fn registration(
        &mut self,
        object: &Value,
        name: &str,
        args: &[Value],
        place: Position,
    ) -> Eval<Option<Value>> {
        if !matches!(
            name,
            "tool"
                | "registerTool"
                | "registerToolTask"
                | "addTool"
                | "addTools"
                | "setRequestHandler"
                | "connect"
                | "start"
        ) {
            return Ok(None);
        }
        if !self.is_server(object, name)? {
            return Ok(None);
        }
        let first = args.first().cloned().unwrap_or(Value::Undefined);
        match name {
            // tmcp and others: the definition is one object.
            "tool" if first.as_object().is_some() && self.is_definition(&first)? => {
                let mut definition = self.defined(&first)?;
                if let Some(handler) = args.get(1) {
                    definition.handler = handler.clone();
                }
                self.register(definition, place).map(Some)
            }
            "tool" if args.len() >= 2 => match self.tool_arguments(args)? {
                Some(definition) => self.register(definition, place).map(Some),
                None => Ok(None),
            },
            "registerTool" | "registerToolTask" if args.len() >= 2 => {
                let definition =
                    self.configured(&args[0], &args[1], args.get(2).cloned().unwrap_or(Value::Undefined))?;
                self.register(definition, place).map(Some)
            }
            "registerTool" | "addTool" if self.is_definition(&first)? => {
                let definition = self.defined(&first)?;
                self.register(definition, place).map(Some)
            }
            "addTools" => {
                let Some((items, open)) = self.items(&first) else { return Ok(None) };
                for item in items {
                    let definition = self.defined(&item)?;
                    self.register(definition, place)?;
                }
                if open {
                    self.note_gap(ServerGapKind::UnknownTable, place);
                }
                Ok(Some(Value::Undefined))
            }
            "setRequestHandler" if args.len() >= 2 => {
                let handler = args[args.len() - 1].clone();
                if let Value::External(request) = &first
                    && request.path.last().is_some_and(|name| &**name == "InitializeRequestSchema")
                {
                    self.found.start_handlers.push(handler);
                    return Ok(Some(Value::Undefined));
                }
                let lists = self.lists_tools(&first)?;
                if lists != ListsTools::No && self.is_callable(&handler) && self.found.list_handlers.len() < 64 {
                    self.found.list_handlers.push(Listing { handler, place });
                }
                Ok(Some(Value::Undefined))
            }
            // What a bundled SDK does to speak registers nothing.
            "connect" if matches!(object, Value::Object(_)) => Ok(Some(Value::Undefined)),
            _ => Ok(None),
        }
    }

    /// A registration by a method that was taken from a server: `super.tool(...)`, or `server.tool.bind(server)`.
    pub(super) fn taken_registration(&mut self, method: &External, args: &[Value]) -> Eval<Option<Value>> {
        let Some((name, owner)) = method.path.split_last().filter(|(_, owner)| !owner.is_empty()) else {
            return Ok(None);
        };
        let owner = External { module: method.module.clone(), path: owner.to_vec() };
        let place = self.frames.last().map(|frame| frame.function).unwrap_or_default();
        self.registration(&Value::External(Rc::new(owner)), name, args, place)
    }

    /// Whether a method that is named like a registration is one: that of a dependency, or of an SDK in the bundle.
    fn is_server(&mut self, object: &Value, method: &str) -> Eval<bool> {
        match object {
            Value::External(external) => return Ok(!external.module.is_empty()),
            Value::Unknown(_) => return Ok(true),
            Value::Object(_) => {}
            _ => return Ok(false),
        }
        if !matches!(self.kind(object), Some(Kind::Plain)) {
            return Ok(false);
        }
        let own = self.get(object, method)?;
        if own.is_unknown() {
            return Ok(true);
        }
        for mark in ["setToolRequestHandlers", "assertRequestHandlerCapability"] {
            let method = self.get(object, mark)?;
            if self.is_callable(&method) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `tool(name, [description], [parameters], [annotations], handler)`.
    fn tool_arguments(&mut self, args: &[Value]) -> Eval<Option<Definition>> {
        let Some((handler, rest)) = args[1..].split_last() else { return Ok(None) };
        if !self.is_callable(handler) && !handler.is_unknown() {
            return Ok(None);
        }
        let mut definition = Definition { name: args[0].clone(), handler: handler.clone(), ..Definition::default() };
        let mut rest = rest.iter();
        let mut next = rest.next();
        if let Some(first) = next {
            let is_text = matches!(first, Value::String(_));
            // A text that is not known, before a schema.
            if is_text || (first.is_unknown() && rest.len() > 0) {
                definition.description = first.clone();
                next = rest.next();
            } else if first.is_unknown() {
                definition.description = first.clone();
                definition.input = Value::RUNTIME;
                return Ok(Some(definition));
            }
        }
        if let Some(part) = next {
            if self.is_parameters(part)? {
                definition.input = part.clone();
                next = rest.next();
            }
            if let Some(annotations) = next {
                definition.annotations = annotations.clone();
            }
        }
        Ok(Some(definition))
    }

    /// Whether an object is a shape or a schema, and not annotations.
    fn is_parameters(&mut self, value: &Value) -> Eval<bool> {
        if self.schema(value).is_some() || value.is_unknown() {
            return Ok(true);
        }
        let Some((names, _)) = self.own_names(value) else { return Ok(false) };
        if names.is_empty() {
            return Ok(true);
        }
        for name in names {
            let part = self.get(value, &name)?;
            if self.schema(&part).is_some() || part.is_unknown() {
                return Ok(true);
            }
            if matches!(self.kind(&part), Some(Kind::Plain)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `registerTool(name, config, handler)`.
    pub(super) fn configured(&mut self, name: &Value, config: &Value, handler: Value) -> Eval<Definition> {
        Ok(Definition {
            name: name.clone(),
            title: self.get(config, "title")?,
            description: self.get(config, "description")?,
            input: self.get(config, "inputSchema")?,
            output: self.get(config, "outputSchema")?,
            annotations: self.get(config, "annotations")?,
            handler,
        })
    }

    pub(super) fn is_definition(&mut self, value: &Value) -> Eval<bool> {
        Ok(value.as_object().is_some() && !self.get(value, "name")?.is_nullish())
    }

    /// A tool as one object: of a list, or of a framework.
    pub(super) fn defined(&mut self, value: &Value) -> Eval<Definition> {
        let name = self.get(value, "name")?;
        let mut definition = self.configured(&name, value, Value::Undefined)?;
        for other in ["parameters", "schema", "input_schema"] {
            if definition.input.is_nullish() {
                definition.input = self.get(value, other)?;
            }
        }
        for handler in ["execute", "handler", "callback", "cb", "run", "handle"] {
            if definition.handler.is_nullish() {
                definition.handler = self.get(value, handler)?;
            }
        }
        Ok(definition)
    }

    pub(super) fn register(&mut self, definition: Definition, place: Position) -> Eval {
        let Some(tool) = self.found_tool(definition, place)? else {
            self.note_gap(ServerGapKind::ToolName, place);
            return Ok(Value::RUNTIME);
        };
        self.found.tool_bytes += tool.bytes();
        if self.found.tools.len() >= MAX_TOOLS || self.found.tool_bytes > MAX_TOOL_BYTES {
            self.limit_reached = true;
            return Ok(Value::RUNTIME);
        }
        self.found.tools.push(RegisteredTool { tool, removed: false });
        Ok(self.new_object(Kind::Tool(self.found.tools.len() - 1)))
    }

    pub(super) fn note_gap(&mut self, kind: ServerGapKind, place: Position) {
        let gap = ServerGap { kind, place: Some(self.place(place)) };
        if self.found.gaps.len() < MAX_GAPS && !self.found.gaps.contains(&gap) {
            self.found.gaps.push(gap);
        }
    }

    pub(super) fn note_unread(&mut self, path: &str) {
        let place = Some(SourcePlace { file: path.to_owned(), line: 1 });
        let gap = ServerGap { kind: ServerGapKind::UnreadFile, place };
        if self.found.gaps.len() < MAX_GAPS && !self.found.gaps.contains(&gap) {
            self.found.gaps.push(gap);
        }
    }

    /// A method of the handle that a registration returns.
    pub(super) fn tool_method(&mut self, index: usize, name: &str, _args: &[Value]) -> Value {
        let certain = self.conditional == 0;
        if let Some(registered) = self.found.tools.get_mut(index).filter(|_| certain) {
            match name {
                "disable" | "remove" => registered.removed = true,
                "enable" => registered.removed = false,
                _ => {}
            }
        }
        Value::Undefined
    }

    fn lists_tools(&mut self, request: &Value) -> Eval<ListsTools> {
        let of_method = |method: &str| if method == "tools/list" { ListsTools::Yes } else { ListsTools::No };
        if let Value::External(external) = request {
            let last = external.path.last().map_or("", |name| name);
            return Ok(match last {
                "ListToolsRequestSchema" => ListsTools::Yes,
                last if last.ends_with("RequestSchema") || last.ends_with("NotificationSchema") => ListsTools::No,
                _ => ListsTools::Unknown,
            });
        }
        if let Some(method) = request.as_str() {
            return Ok(of_method(method));
        }
        let method = match self.schema(request).map(|schema| schema.kind.clone()) {
            Some(SchemaKind::Object { shape, .. }) => {
                shape.into_iter().find(|(name, _)| &**name == "method").map(|(_, value)| value)
            }
            _ => None,
        };
        if let Some(method) = method
            && let Some(SchemaKind::Literal(values)) = self.schema(&method).map(|schema| schema.kind.clone())
            && let Some(method) = values.first().and_then(Value::as_str)
        {
            return Ok(of_method(method));
        }
        Ok(ListsTools::Unknown)
    }

    /// Notes the server that a class of a dependency is constructed as.
    pub(super) fn note_server(&mut self, external: &External, args: &[Value]) -> Eval<()> {
        let class = external.path.last().map_or("", |name| name);
        if !matches!(class, "McpServer" | "Server" | "FastMCP" | "MCPServer") {
            return Ok(());
        }
        let info = args.first().cloned().unwrap_or(Value::Undefined);
        let options = if class == "FastMCP" { info.clone() } else { args.get(1).cloned().unwrap_or(Value::Undefined) };
        self.note_identity(&info, &options)
    }

    fn note_identity(&mut self, info: &Value, options: &Value) -> Eval<()> {
        if self.found.server.is_some() || info.as_object().is_none() {
            return Ok(());
        }
        let text = |value: Value| value.as_str().map(str::to_owned);
        let name = text(self.get(info, "name")?);
        let version = text(self.get(info, "version")?);
        let instructions = if options.is_nullish() { Value::Undefined } else { self.get(options, "instructions")? };
        self.found.server = Some(ServerIdentity { name, version, instructions });
        Ok(())
    }

    /// Notes the server that an SDK in the bundle was constructed as.
    pub(super) fn constructed(&mut self, _class: &Value, instance: &Value, _place: Position) -> Eval<()> {
        let Some(id) = instance.as_object() else { return Ok(()) };
        if let Some(Slot::Value(info)) = self.object(id).properties.get("_serverInfo").cloned() {
            let instructions = self.get(instance, "_instructions")?;
            let options = self.allocate(Kind::Plain);
            self.set_value(options, "instructions", instructions);
            self.note_identity(&info, &Value::Object(options))?;
        }
        Ok(())
    }
}
