//! Tools while a program makes them.

use std::rc::Rc;

use tree_sitter::Node;

use super::calls::Args;
use super::draft::Draft;
use super::interpreter::Interpreter;
use super::sdk::{SCHEMA_FIELDS, Sdk};
use super::value::{Function, Scope, Value};

/// How deep a handler is looked for in the calls that wrap it.
const MAX_WRAPPERS: usize = 4;

impl<'t> Interpreter<'t> {
    pub(super) fn new_draft(
        &mut self,
        sdk: Sdk,
        node: Node<'t>,
        file: usize,
        fields: Vec<(Rc<str>, Value<'t>)>,
    ) -> Value<'t> {
        self.copying(size_of::<Draft<'t>>() * 2);
        self.drafts.push(Draft {
            sdk,
            of: "".into(),
            file,
            node,
            fields,
            options: None,
            applied: Vec::new(),
            passed: self.passed(),
            open: false,
            handler: None,
            input: None,
            is_conditional: self.conditions > 0,
            in_unknown_loop: self.unknown_loops > 0,
        });
        Value::Tool(self.drafts.len() - 1)
    }

    /// True for the type of a tool: of an SDK, or one of the module with the same fields.
    pub(super) fn is_tool_type(&self, full: &str) -> bool {
        let name = full.rsplit('.').next().unwrap_or_default();
        match self.module_key(full) {
            Some(key) => name.contains("Tool") && self.index.is_wrapper(self.sources, key),
            None => name == "Tool" && Sdk::of_name(full).is_some(),
        }
    }

    /// A literal of the type of a tool.
    pub(super) fn tool_literal(
        &mut self,
        node: Node<'t>,
        file: usize,
        of: Rc<str>,
        fields: Vec<(Rc<str>, Value<'t>)>,
    ) -> Value<'t> {
        let sdk = Sdk::of_name(&of).unwrap_or(Sdk::Own);
        let fields = match of.is_empty() {
            true => fields.into_iter().map(|(key, value)| (of_json_key(&key).into(), value)).collect(),
            false => fields,
        };
        let handler = fields.iter().find_map(|(_, value)| handler_of(value, MAX_WRAPPERS));
        let tool = self.new_draft(sdk, node, file, fields);
        if let Some(draft) = self.drafts.last_mut() {
            draft.of = of;
            draft.handler = handler;
        }
        tool
    }

    /// Where a tool stands beside a function, that is its handler.
    pub(super) fn attach(&mut self, values: &[Value<'t>]) {
        let tool = values.iter().find_map(|value| match value {
            Value::Tool(tool) => Some(*tool),
            _ => None,
        });
        let Some(tool) = tool else { return };
        let handler = values.iter().filter(|value| !matches!(value, Value::Tool(_)));
        let handler = handler.filter_map(|value| handler_of(value, MAX_WRAPPERS)).next_back();
        let is_conditional = self.conditions > 0;
        let draft = &mut self.drafts[tool];
        draft.is_conditional |= is_conditional;
        if draft.handler.is_none() {
            draft.handler = handler;
        }
    }

    /// A call of a function of an SDK that makes a tool or a server. `None` for any other function.
    pub(super) fn sdk_call(
        &mut self,
        sdk: Sdk,
        full: &str,
        args: &Args<'t>,
        node: Node<'t>,
        scope: &Rc<Scope<'t>>,
    ) -> Option<Value<'t>> {
        let arg = |at: usize| args.values.get(at).cloned().unwrap_or(Value::Unknown);
        match full.rsplit('.').next()? {
            "NewTool" | "NewToolWithRawSchema" if sdk == Sdk::Mark3labs => {
                let is_raw = full.ends_with("RawSchema");
                let mut fields: Vec<(Rc<str>, Value<'t>)> = vec![("Name".into(), arg(0))];
                if is_raw {
                    fields.extend([("Description".into(), arg(1)), ("RawInputSchema".into(), arg(2))]);
                }
                let tool = self.new_draft(sdk, node, scope.file, fields);
                if let Some(draft) = self.drafts.last_mut() {
                    draft.options = (!is_raw).then(|| args.values.iter().skip(1).cloned().collect());
                    draft.open = args.open;
                }
                Some(tool)
            }
            "NewServerTool" => {
                let fields = vec![("Name".into(), arg(0)), ("Description".into(), arg(1))];
                let tool = self.new_draft(sdk, node, scope.file, fields);
                self.attach(&[tool.clone(), arg(2)]);
                Some(tool)
            }
            "AddTool" => {
                let tool = args.values.iter().find_map(|value| match value {
                    Value::Tool(tool) => Some(*tool),
                    _ => None,
                });
                if let (Some(tool), Some(of)) = (tool, args.types.first()) {
                    self.drafts[tool].input = Some((*of, scope.file));
                }
                Some(Value::Unknown)
            }
            "NewMCPServer" => {
                self.name_server(&arg(0), &arg(1));
                for option in &args.values {
                    if let Value::Call(call) = option
                        && call.callee.ends_with(".WithInstructions")
                    {
                        self.instructions = self.instructions.take().or(call.args.first().cloned());
                    }
                }
                Some(Value::Unknown)
            }
            "NewServer" => {
                if let Value::Object(about) = arg(0) {
                    let field = |name: &str| about.borrow().get(name).cloned().unwrap_or(Value::Nil);
                    self.name_server(&field("Name"), &field("Version"));
                }
                if let Value::Object(options) = arg(1)
                    && let Some(text) = options.borrow().get("Instructions")
                {
                    self.instructions = self.instructions.take().or(Some(text.clone()));
                }
                Some(Value::Unknown)
            }
            _ => None,
        }
    }

    fn name_server(&mut self, name: &Value<'t>, version: &Value<'t>) {
        let text = |value: &Value<'t>| value.whole_text().filter(|text| !text.is_empty()).map(|text| text.to_string());
        if self.server_name.is_none() {
            (self.server_name, self.server_version) = (text(name), text(version));
        }
    }
}

/// The function that a value is, or that the calls around it get.
fn handler_of<'t>(value: &Value<'t>, depth: usize) -> Option<Rc<Function<'t>>> {
    match value {
        Value::Function(function) => Some(function.clone()),
        Value::Call(call) => {
            let depth = depth.checked_sub(1)?;
            call.args.iter().rev().find_map(|arg| handler_of(arg, depth))
        }
        Value::Tuple(values) => handler_of(values.first()?, depth.checked_sub(1)?),
        _ => None,
    }
}

/// The field that a key of a tool as JSON stands for.
fn of_json_key(key: &str) -> String {
    match key {
        "inputSchema" => SCHEMA_FIELDS[0].to_owned(),
        key => {
            let mut letters = key.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        }
    }
}
