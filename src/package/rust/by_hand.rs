//! Tools that a program describes by hand: by calls, by literals, and as JSON.

use std::collections::HashMap;

use serde_json::Value as Json;
use tree_sitter::Node;

use super::protocol::SDKS;
use super::source::{Item, children, last_word};
use super::tools::{Found, setters, text_of};
use super::value::{At, Evaluator, Value};
use crate::package::extraction::{FoundTool, Gap, ServerGap, ServerGapKind};

/// The structs that describe a tool.
const TOOL_STRUCTS: [&str; 3] = ["Tool", "ToolDefinition", "McpTool"];
/// Fields that hold the schema of the parameters.
const SCHEMA_FIELDS: [&str; 3] = ["input_schema", "inputSchema", "parameters"];
/// The most calls of a helper that makes tools.
const MAX_CALLS: usize = 2_000;

impl<'t> Evaluator<'t> {
    /// Adds the tools that `Tool::new(...)`, `Tool { ... }` and JSON describe.
    pub(super) fn by_hand(&self, found: &mut Found) {
        let calls = ["new", "new_with_raw"].iter().filter_map(|name| self.index.calls.get(name)).flatten();
        let is_tool = |item: &&Item<'t>| {
            let function = item.node.child_by_field_name("function").map(|function| self.text(function, item.file));
            let path = function.unwrap_or_default();
            let of = path.rsplit_once("::").map_or("", |(of, _)| of);
            TOOL_STRUCTS.contains(&last_word(of)) && self.is_of_protocol(item, of)
        };
        for item in calls.filter(is_tool) {
            self.in_all_contexts(item, found, &|this, at| this.called_tool(item, at));
        }
        for item in &self.index.literals {
            let name = item.node.child_by_field_name("name").map(|name| self.text(name, item.file)).unwrap_or_default();
            let fields: Vec<&str> = self.literal_fields(item).into_iter().map(|(name, _)| name).collect();
            let has_schema = SCHEMA_FIELDS.iter().any(|field| fields.contains(field));
            let is_tool = TOOL_STRUCTS.contains(&last_word(name)) && self.is_of_protocol(item, name);
            if is_tool && fields.contains(&"name") && has_schema {
                self.in_all_contexts(item, found, &|this, at| this.literal_tool(item, at));
            }
        }
        // With an SDK nobody writes the answers of the protocol as JSON.
        let macros =
            self.index.macros.iter().filter(|item| !self.protocol.uses_sdk && self.protocol.is_mentioned(item.file));
        for item in macros {
            let name =
                item.node.child_by_field_name("macro").map(|name| self.text(name, item.file)).unwrap_or_default();
            let text = self.text(item.node, item.file);
            if last_word(name) == "json" && text.contains("\"inputSchema\"") && text.contains("\"name\"") {
                let at = At {
                    file: item.file,
                    function: item.function,
                    owner: self.owner_name(item),
                    given: &HashMap::new(),
                };
                let value = self.eval(item.node, self.sources.files[item.file].text, at, 0);
                match &value {
                    Value::Json(json) => self.tools_of_json(json, item, false, found, 0),
                    Value::PartialObject(json) => self.tools_of_json(json, item, true, found, 0),
                    Value::PartialText(_) | Value::Unknown | Value::SchemaOf(_) => {
                        let place = Some(self.place(item.node, item.file));
                        found.gaps.push(ServerGap { kind: ServerGapKind::ToolName, place });
                    }
                }
            }
        }
    }

    /// True if the type that `path` names is a tool of the protocol: of an SDK, or of the program if that has none.
    fn is_of_protocol(&self, item: &Item<'t>, path: &str) -> bool {
        if SDKS.iter().any(|name| path.trim_start_matches("::").starts_with(name)) {
            return true;
        }
        let name = last_word(path);
        if self.protocol.imports(item.file, name) {
            return true;
        }
        let is_own = self.index.types.contains_key(name);
        self.protocol.is_mentioned(item.file) && (!is_own || !self.protocol.uses_sdk)
    }

    /// The tools in JSON: objects with a name and a schema of parameters.
    fn tools_of_json(&self, json: &Json, item: &Item<'t>, is_partial: bool, found: &mut Found, depth: usize) {
        if depth > 8 {
            return;
        }
        match json {
            Json::Array(items) => {
                items.iter().for_each(|json| self.tools_of_json(json, item, is_partial, found, depth + 1));
            }
            Json::Object(map) => {
                let text = |key: &str| map.get(key).and_then(Json::as_str).map(str::to_owned);
                match (text("name"), map.get("inputSchema")) {
                    (Some(name), Some(schema)) => found.tools.push(FoundTool {
                        name,
                        title: text("title"),
                        description: text("description"),
                        input_schema: Some(schema.clone()).filter(Json::is_object),
                        annotations: map.get("annotations").and_then(Json::as_object).cloned(),
                        place: self.place(item.node, item.file),
                        gaps: if is_partial { vec![Gap::Description, Gap::MoreParameters] } else { Vec::new() },
                        ..FoundTool::default()
                    }),
                    _ => map.values().for_each(|json| self.tools_of_json(json, item, is_partial, found, depth + 1)),
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }

    /// Evaluates a tool as it stands and, where its name depends on parameters of the function, for each call of that.
    fn in_all_contexts(
        &self,
        item: &Item<'t>,
        found: &mut Found,
        make: &dyn Fn(&Self, At<'_, 't>) -> Option<FoundTool>,
    ) {
        let owner = self.owner_name(item);
        let nothing = HashMap::new();
        let at = At { file: item.file, function: item.function, owner, given: &nothing };
        if let Some(tool) = make(self, at) {
            found.tools.push(tool);
            return;
        }
        let gap = ServerGap { kind: ServerGapKind::ToolName, place: Some(self.place(item.node, item.file)) };
        let function = item.function.and_then(|function| {
            let name = self.text(function.child_by_field_name("name")?, item.file);
            let items = self.index.functions.get(name)?;
            self.working(items.len());
            items
                .iter()
                .find(|other| other.node.id() == function.id() && other.file == item.file)
                .map(|item| (name, item))
        });
        let Some((name, function)) = function else {
            found.gaps.push(gap);
            return;
        };
        let names = self.parameter_names(function);
        let calls = self.index.calls.get(name).map(Vec::as_slice).unwrap_or_default();
        let mut is_known = !calls.is_empty() && !names.is_empty();
        for call in calls.iter().take(MAX_CALLS) {
            let inner = At { file: call.file, function: call.function, owner: self.owner_name(call), given: &nothing };
            let args = call.node.child_by_field_name("arguments").map(children).unwrap_or_default();
            let source = self.sources.files[call.file].text;
            let given = args.into_iter().map(|arg| self.eval(arg, source, inner, 0));
            let given: HashMap<String, Value> = names.iter().cloned().zip(given).collect();
            match make(self, At { given: &given, ..at }) {
                Some(mut tool) => {
                    tool.place = self.place(call.node, call.file);
                    found.tools.push(tool);
                }
                None => is_known = false,
            }
        }
        if !is_known {
            found.gaps.push(gap);
        }
    }

    fn called_tool(&self, item: &Item<'t>, at: At<'_, 't>) -> Option<FoundTool> {
        let source = self.sources.files[item.file].text;
        let args = children(item.node.child_by_field_name("arguments")?);
        let value = |nth: usize| args.get(nth).map_or(Value::Unknown, |arg| self.eval(*arg, source, at, 0));
        let mut gaps = Vec::new();
        let name = value(0).whole_text()?.to_owned();
        let description = if args.len() > 2 { text_of(&value(1), Gap::Description, &mut gaps) } else { None };
        let input_schema = self.schema(&value(args.len().saturating_sub(1)), item.file, &mut gaps);
        // `.annotate(...)`, `.with_title(...)` and their kind follow.
        let (mut annotations, mut title) = (None, None);
        let mut outer = item.node;
        for _ in 0..8 {
            let Some(field) = outer.parent().filter(|parent| parent.kind() == "field_expression") else { break };
            let Some(call) = field.parent().filter(|parent| parent.kind() == "call_expression") else { break };
            let method = field.child_by_field_name("field").map(|name| self.text(name, item.file)).unwrap_or_default();
            let arg = call.child_by_field_name("arguments").and_then(|list| children(list).first().copied());
            match (method, arg) {
                ("annotate" | "with_annotations", Some(arg)) => {
                    annotations = Some(setters(self.text(arg, item.file), &mut gaps));
                }
                ("with_title", Some(arg)) => title = text_of(&self.eval(arg, source, at, 0), Gap::Title, &mut gaps),
                _ => {}
            }
            outer = call;
        }
        let place = self.place(item.node, item.file);
        Some(FoundTool { name, title, description, input_schema, annotations, place, gaps, ..FoundTool::default() })
    }

    fn literal_fields(&self, item: &Item<'t>) -> Vec<(&'t str, Node<'t>)> {
        let fields = item.node.child_by_field_name("body").map(children).unwrap_or_default();
        let parts = |field: Node<'t>| match field.kind() {
            "field_initializer" => {
                Some((self.text(field.child_by_field_name("field")?, item.file), field.child_by_field_name("value")?))
            }
            "shorthand_field_initializer" => {
                let name = field.named_child(0)?;
                Some((self.text(name, item.file), name))
            }
            _ => None,
        };
        fields.into_iter().filter_map(parts).collect()
    }

    fn literal_tool(&self, item: &Item<'t>, at: At<'_, 't>) -> Option<FoundTool> {
        let source = self.sources.files[item.file].text;
        let fields = self.literal_fields(item);
        let field = |name: &str| fields.iter().find(|(known, _)| *known == name).map(|(_, node)| *node);
        let value = |name: &str| field(name).map(|node| self.eval(node, source, at, 0));
        let mut gaps = Vec::new();
        let name = value("name")?.whole_text()?.to_owned();
        let description = value("description").and_then(|value| text_of(&value, Gap::Description, &mut gaps));
        let title = value("title").and_then(|value| text_of(&value, Gap::Title, &mut gaps));
        let schema = SCHEMA_FIELDS.iter().find_map(|name| value(name)).unwrap_or(Value::Unknown);
        let input_schema = self.schema(&schema, item.file, &mut gaps);
        let annotations = field("annotations").map(|node| self.text(node, item.file)).filter(|text| *text != "None");
        let annotations = annotations.map(|text| setters(text, &mut gaps));
        let place = self.place(item.node, item.file);
        Some(FoundTool { name, title, description, input_schema, annotations, place, gaps, ..FoundTool::default() })
    }
}
