//! Registrations of tools with servers.

use std::rc::Rc;

use tree_sitter::Node;

use super::calls::MARK;
use super::interpreter::Interpreter;
use super::server::{RegisteredTool, Server, ServerEntry, ServerLibrary, describe, server_of};
use super::value::{Args, Call, Function, Value};
use crate::package::extraction::{FoundTool, Gap, MAX_TOOL_BYTES, MAX_TOOLS, ServerGap, ServerGapKind};

/// How deep servers mount each other, and how many are mounted altogether.
const MAX_MOUNTS: usize = 8;
const MAX_MOUNTED: usize = 500;

impl<'t> Interpreter<'t> {
    /// A server made with `args`.
    pub(super) fn new_server(&mut self, kind: ServerLibrary, args: &Args<'t>, node: Node<'t>, module: usize) -> usize {
        let number = self.new_server_of(kind, args);
        match args.named("on_list_tools").map(Value::plain) {
            Some(Value::Function(handler)) => self.servers[number].list_handlers.push(handler),
            Some(Value::None) | None => {}
            Some(_) => self.server_gap(ServerGapKind::UnknownTable, node, module),
        }
        if let Some(tools) = args.named("tools").cloned() {
            let (tools, open) = self.items(&tools);
            for tool in tools {
                let args = Args { positional: vec![tool], ..Args::default() };
                self.add_tool(number, &args, node, module);
            }
            if open {
                self.server_gap(ServerGapKind::UnknownTable, node, module);
            }
        }
        if let Some(providers) = args.named("providers").cloned() {
            for provider in self.items(&providers).0 {
                self.provide(number, &provider, node, module);
            }
        }
        number
    }

    /// A server of this name and these instructions, without tools.
    pub(super) fn new_server_of(&mut self, kind: ServerLibrary, args: &Args<'t>) -> usize {
        let number = self.servers.len();
        let text = |value: Option<&Value<'t>>| value.and_then(Value::whole_text).map(|text| text.to_string());
        self.servers.push(Server {
            kind,
            name: text(args.get(0, "name")),
            version: text(args.named("version")),
            instructions: args
                .named("instructions")
                .or(args.positional.get(1).filter(|_| kind != ServerLibrary::LowLevel))
                .cloned(),
            entries: Vec::new(),
            list_handlers: Vec::new(),
            runs: false,
            is_mounted: false,
        });
        number
    }

    /// What a tool whose name is not known is a part of.
    fn unknown_tool(&self) -> ServerGapKind {
        if self.unknown_loops > 0 { ServerGapKind::UnknownTable } else { ServerGapKind::ToolName }
    }

    pub(super) fn server_gap(&mut self, kind: ServerGapKind, node: Node<'t>, module: usize) {
        let gap = ServerGap { kind, place: Some(self.place(node, module)) };
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// A call of a method of a server.
    pub(super) fn call_server(
        &mut self,
        server: usize,
        method: &str,
        args: Args<'t>,
        node: Node<'t>,
        module: usize,
    ) -> Value<'t> {
        match method {
            "tool" => match args.positional.first().map(Value::plain) {
                Some(Value::Function(function)) => {
                    let mut rest = args.clone();
                    rest.positional.remove(0);
                    self.register(server, &function, &rest);
                    Value::Function(function)
                }
                _ => Value::ToolDecorator(Rc::new((server, args))),
            },
            "add_tool" | "add_tool_fn" => {
                self.add_tool(server, &args, node, module);
                added_tool(args, (module, node.start_position().row + 1))
            }
            "list_tools" => Value::ListDecorator(server),
            "add_request_handler" | "set_request_handler" | "request_handler" => {
                self.handle_request(server, &args.positional);
                Value::None
            }
            "remove_tool" => {
                if let Some(name) = args.get(0, "name").and_then(Value::whole_text) {
                    self.remove_tool(server, &name);
                }
                Value::None
            }
            "add_provider" => {
                if let Some(provider) = args.get(0, "provider").cloned() {
                    self.provide(server, &provider, node, module);
                }
                Value::None
            }
            "mount" | "import_server" => {
                self.mount(server, &args, node, module);
                Value::None
            }
            "run"
            | "run_async"
            | "run_stdio_async"
            | "run_http_async"
            | "run_sse_async"
            | "run_streamable_http_async"
            | "http_app"
            | "sse_app"
            | "streamable_http_app" => {
                self.servers[server].runs = true;
                Value::None
            }
            _ => Value::Unknown,
        }
    }

    /// Notes the function that handles a request, if it is the one that lists the tools.
    pub(super) fn handle_request(&mut self, server: usize, args: &[Value<'t>]) {
        let lists_tools = |value: &Value<'t>| match value {
            Value::External(name) => name.ends_with("ListToolsRequest"),
            value => value.whole_text().is_some_and(|method| &*method == "tools/list"),
        };
        if !args.first().is_some_and(lists_tools) || self.switched_off > 0 {
            return;
        }
        let handler = args.iter().rev().find_map(|value| match value.plain() {
            Value::Function(handler) => Some(handler),
            _ => None,
        });
        self.servers[server].list_handlers.extend(handler);
    }

    /// Removes a tool, unless it depends on a condition that is not known.
    fn remove_tool(&mut self, server: usize, name: &str) {
        if self.conditions == 0 && self.switched_off == 0 {
            self.servers[server].entries.retain(|entry| match entry {
                ServerEntry::Tool(tool) => tool.tool.name != name,
                ServerEntry::Mounted { .. } => true,
            });
        }
    }

    fn mount(&mut self, server: usize, args: &Args<'t>, node: Node<'t>, module: usize) {
        let is_server = |value: &&Value<'t>| server_of(value).is_some();
        let mounted = args.positional.iter().chain(args.named.iter().map(|(_, value)| value)).find(is_server);
        let Some(mounted) = mounted.and_then(server_of) else {
            return self.server_gap(ServerGapKind::FetchedTools, node, module);
        };
        let named = args.named("prefix").or(args.named("namespace"));
        let text = named.or(args.positional.iter().find(|value| value.as_text().is_some()));
        let prefix = text.and_then(Value::whole_text).map(|text| text.to_string()).filter(|prefix| !prefix.is_empty());
        if mounted != server {
            self.servers[mounted].is_mounted = true;
            self.servers[server].entries.push(ServerEntry::Mounted { server: mounted, prefix });
        }
    }

    fn add_tool(&mut self, server: usize, args: &Args<'t>, node: Node<'t>, module: usize) {
        match args.positional.first().or(args.named("fn")).or(args.named("tool")).map(Value::plain) {
            Some(Value::Function(function)) => {
                let mut rest = args.clone();
                if !rest.positional.is_empty() {
                    rest.positional.remove(0);
                }
                self.register(server, &function, &rest);
            }
            Some(Value::Call(call)) if call.callee.ends_with(".from_function") || call.callee.ends_with(".tool") => {
                match call.args.get(0, "fn").map(Value::plain) {
                    Some(Value::Function(function)) => {
                        let mut rest = call.args.clone();
                        if !rest.positional.is_empty() {
                            rest.positional.remove(0);
                        }
                        self.register(server, &function, &rest);
                    }
                    _ => self.server_gap(self.unknown_tool(), node, module),
                }
            }
            Some(tool) => match self.described_tool(&tool, (module, node.start_position().row + 1)) {
                Some(tool) => self.record(server, tool),
                None => self.server_gap(self.unknown_tool(), node, module),
            },
            None => self.server_gap(self.unknown_tool(), node, module),
        }
    }

    /// Registers `function` with the arguments of `tool(...)`.
    pub(super) fn register(&mut self, server: usize, function: &Rc<Function<'t>>, args: &Args<'t>) {
        let marked = function.attributes.borrow().get(MARK).cloned();
        let marked = match marked {
            Some(Value::Call(call)) if args.positional.is_empty() && args.named.is_empty() => Some(call),
            _ => None,
        };
        let args = marked.as_ref().map_or(args, |call| &call.args);
        if args.named("enabled").and_then(Value::truth) == Some(false) {
            return;
        }
        let signature = function.signature_of();
        let node = signature.node;
        let named = args.named("name").or(args.positional.first()).map(Value::plain);
        let mut tool = FoundTool { place: self.place(node, signature.module), ..FoundTool::default() };
        tool.handler = Some(tool.place.clone());
        tool.name = match named {
            None | Some(Value::None) => {
                let renamed = function.attributes.borrow().get("__name__").and_then(Value::whole_text);
                renamed.unwrap_or(signature.name.clone()).to_string()
            }
            Some(name) => match name.whole_text() {
                Some(name) => name.to_string(),
                None => return self.server_gap(self.unknown_tool(), node, signature.module),
            },
        };
        if args.open {
            tool.gaps.push(Gap::Description);
        }
        let kind = self.servers[server].kind;
        let title = args.named("title").map(Value::plain).filter(|title| !matches!(title, Value::None));
        tool.title = title.as_ref().and_then(Value::whole_text).map(|title| title.to_string());
        if title.is_some() && tool.title.is_none() {
            tool.gaps.push(Gap::Title);
        }
        let described =
            args.named("description").or(args.positional.get(if kind == ServerLibrary::Official { 2 } else { 1 }));
        let documented = self.documented(function, kind);
        match described.map(Value::plain) {
            None | Some(Value::None) => tool.description = documented.description,
            Some(value) => describe(&mut tool, &value),
        }
        self.annotate(&mut tool, args.named("annotations"));
        self.parameters(&mut tool, function, &documented.parameters, args, kind);
        self.record(server, tool);
    }

    /// Adds a tool to a server, unless all tools together are too large.
    pub(super) fn record(&mut self, server: usize, mut tool: FoundTool) {
        self.tool_bytes = self.tool_bytes.saturating_add(tool.bytes());
        self.looking_through(self.servers[server].entries.len());
        if self.tool_bytes > MAX_TOOL_BYTES || self.servers[server].entries.len() >= MAX_TOOLS {
            let gap = ServerGap { kind: ServerGapKind::Limit, place: None };
            if !self.gaps.contains(&gap) {
                self.gaps.push(gap);
            }
            return;
        }
        if self.conditions > 0 {
            tool.gaps.push(Gap::Conditional);
        }
        let registered = RegisteredTool { tool, switched_off: self.switched_off > 0 };
        let is_same = |entry: &ServerEntry| match entry {
            ServerEntry::Tool(other) => other.tool.name == registered.tool.name,
            ServerEntry::Mounted { .. } => false,
        };
        let entries = &mut self.servers[server].entries;
        match entries.iter_mut().find(|entry| is_same(entry)) {
            // RegisteredTool again: under another condition, or in place of the first.
            Some(ServerEntry::Tool(first)) if first.switched_off && !registered.switched_off => **first = registered,
            Some(_) => {}
            None => entries.push(ServerEntry::Tool(Box::new(registered))),
        }
    }

    /// Sets the annotations of a tool.
    pub(super) fn annotate(&mut self, tool: &mut FoundTool, given: Option<&Value<'t>>) {
        let (json, whole) = match given.map(Value::plain) {
            None | Some(Value::None) => return,
            Some(Value::Call(call)) => {
                let entries = call.args.named.iter().map(|(key, value)| (Value::text(key), value.clone())).collect();
                let (json, whole) = self.json_of(&Value::dict(entries), 8);
                (json, whole && !call.args.open)
            }
            Some(other) => self.json_of(&other, 8),
        };
        let spelled = |key: String| match key.as_str() {
            "read_only_hint" => "readOnlyHint".to_owned(),
            "destructive_hint" => "destructiveHint".to_owned(),
            "idempotent_hint" => "idempotentHint".to_owned(),
            "open_world_hint" => "openWorldHint".to_owned(),
            _ => key,
        };
        if let serde_json::Value::Object(map) = json {
            let known = map.into_iter().filter(|(_, value)| !value.is_null());
            tool.annotations = Some(known.map(|(key, value)| (spelled(key), value)).collect());
        }
        if !whole {
            tool.gaps.push(Gap::Annotations);
        }
    }

    /// The tools of a server, with those of the servers that it mounts.
    pub(super) fn tools_of(&self, server: usize) -> Vec<RegisteredTool> {
        self.mounted_tools(server, MAX_MOUNTS, &mut { MAX_MOUNTED })
    }

    /// The tools of a server and of up to `left` others that it mounts, `depth` deep.
    fn mounted_tools(&self, server: usize, depth: usize, left: &mut usize) -> Vec<RegisteredTool> {
        let mut tools = Vec::new();
        if depth == 0 || *left == 0 {
            return tools;
        }
        *left -= 1;
        for entry in &self.servers[server].entries {
            if tools.len() >= MAX_TOOLS {
                break;
            }
            match entry {
                ServerEntry::Tool(tool) => tools.push((**tool).clone()),
                ServerEntry::Mounted { server, prefix } => {
                    for mut registered in self.mounted_tools(*server, depth - 1, left) {
                        if let Some(prefix) = prefix {
                            registered.tool.name = format!("{prefix}_{}", registered.tool.name);
                        }
                        tools.push(registered);
                    }
                }
            }
        }
        tools
    }
}

/// What `add_tool` returns: the tool that it was given, or the one that it made of a function.
fn added_tool<'t>(mut args: Args<'t>, place: (usize, usize)) -> Value<'t> {
    let given = args.positional.first().or(args.named("fn")).or(args.named("tool")).map(Value::plain);
    match given {
        Some(function @ Value::Function(_)) if !args.positional.is_empty() => {
            args.positional[0] = function;
            Value::Call(Rc::new(Call { callee: "fastmcp.tools.Tool.from_function".into(), args, place }))
        }
        other => other.unwrap_or(Value::Unknown),
    }
}
