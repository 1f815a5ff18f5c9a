//! From the tools that a program makes to what is found of them.

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use super::draft::Draft;
use super::interpreter::Interpreter;
use super::sdk::{SCHEMA_FIELDS, Sdk};
use super::source::children;
use super::types::Style;
use super::value::{Function, Value};
use crate::package::extraction::{
    Extraction, FoundTool, Gap, MAX_TOOL_BYTES, MAX_TOOLS, ServerGap, ServerGapKind, SourcePlace,
};

/// Parameters of a handler that are not the tool's.
const CONTEXTS: [&str; 5] = ["Context", "CallToolRequest", "CallToolParams", "ServerSession", "Server"];

/// The hints that a tool of mark3labs/mcp-go has by default, if it is made with options.
const DEFAULT_HINTS: [&str; 4] = ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"];

impl<'t> Interpreter<'t> {
    /// All that was found.
    pub(super) fn found(mut self) -> Extraction {
        let (mut tools, mut bytes): (Vec<FoundTool>, usize) = (Vec::new(), 0);
        let mut by_name: HashMap<String, usize> = HashMap::new();
        let mut unnamed = Vec::new();
        for draft in self.drafts.iter().filter(|draft| !draft.fields.is_empty()) {
            let Some(tool) = self.tool(draft) else {
                unnamed.push(draft);
                continue;
            };
            bytes += tool.bytes();
            if tools.len() >= MAX_TOOLS || bytes > MAX_TOOL_BYTES {
                self.gaps.push(ServerGap { kind: ServerGapKind::Limit, place: None });
                break;
            }
            match by_name.get(&tool.name) {
                Some(at) => better(&mut tools[*at], tool),
                None => {
                    by_name.insert(tool.name.clone(), tools.len());
                    tools.push(tool);
                }
            }
        }
        let mut gaps = std::mem::take(&mut self.gaps);
        if self.reached_limit() {
            gaps.push(ServerGap { kind: ServerGapKind::Limit, place: None });
        }
        for draft in unnamed {
            // One place can make several tools, one after another.
            let is_named = |other: &&Draft<'t>| other.node.id() == draft.node.id() && name_of(other).is_some();
            let is_copy = draft.of.is_empty() || draft.sdk != Sdk::Own;
            let copies = is_copy && self.drafts.iter().any(|other| other.sdk == Sdk::Own && name_of(other).is_some());
            if self.drafts.iter().any(|other| is_named(&other)) || copies {
                continue;
            }
            let kind = if draft.in_unknown_loop { ServerGapKind::UnknownTable } else { ServerGapKind::ToolName };
            gaps.push(ServerGap { kind, place: Some(self.place(draft.node, draft.file)) });
        }
        if tools.iter().all(|tool| tool.gaps.contains(&Gap::Conditional)) {
            tools.iter_mut().for_each(|tool| tool.gaps.retain(|gap| *gap != Gap::Conditional));
        }
        let instructions = match self.instructions.clone().map(Value::single) {
            Some(Value::Text(text)) if !text.text.is_empty() => {
                if text.partial {
                    gaps.push(ServerGap { kind: ServerGapKind::Instructions, place: None });
                }
                Some(text.text.to_string())
            }
            None | Some(Value::Nil | Value::Text(_)) => None,
            Some(_) => {
                gaps.push(ServerGap { kind: ServerGapKind::Instructions, place: None });
                None
            }
        };
        if let Some(path) = self.sources.left_out.filter(|_| !tools.is_empty()) {
            gaps.push(ServerGap {
                kind: ServerGapKind::Limit,
                place: Some(SourcePlace { file: path.to_owned(), line: 1 }),
            });
        }
        gaps.sort();
        gaps.dedup();
        Extraction {
            server_name: self.server_name.take(),
            server_version: self.server_version.take(),
            instructions,
            tools,
            gaps,
            ..Extraction::default()
        }
    }

    fn tool(&self, draft: &Draft<'t>) -> Option<FoundTool> {
        let mut tool = FoundTool {
            name: name_of(draft)?,
            place: self.place(draft.node, draft.file),
            handler: draft.handler.as_ref().map(|handler| self.place(handler.node, handler.file)),
            ..FoundTool::default()
        };
        let mut gaps = Vec::new();
        tool.title = text(draft.field("Title"), Gap::Title, &mut gaps);
        let mut description = draft.field("Description").cloned();
        let annotations = draft.field("Annotations").cloned();
        if let Some(options) = &draft.options {
            let mut made = self.of_options(draft, options);
            description = description.or(made.description.take());
            tool.title = tool.title.or_else(|| text(made.title.as_ref(), Gap::Title, &mut gaps));
            (tool.input_schema, tool.output_schema) = (made.input, made.output);
            tool.annotations = Some(made.annotations);
            gaps.extend(made.gaps);
        }
        if !draft.applied.is_empty() {
            let mut made = self.of_options(draft, &draft.applied);
            description = made.description.take().or(description);
            tool.title = text(made.title.as_ref(), Gap::Title, &mut gaps).or(tool.title);
            for default in DEFAULT_HINTS {
                if !draft.applied.iter().any(|option| sets(option, default)) {
                    made.annotations.shift_remove(default);
                }
            }
            tool.annotations.get_or_insert_default().extend(made.annotations);
            gaps.extend(made.gaps);
        }
        tool.description = text(description.as_ref(), Gap::Description, &mut gaps);
        match annotations {
            None | Some(Value::Nil) => {}
            Some(value) => tool.annotations = Some(self.annotations(&value, &mut gaps)),
        }
        let schema =
            SCHEMA_FIELDS.iter().find_map(|name| draft.field(name)).filter(|value| !matches!(value, Value::Nil));
        match schema {
            Some(value) => {
                let mut unknown = Vec::new();
                tool.input_schema = self.schema_of(value, &mut unknown);
                let reflected = tool.input_schema.is_none().then(|| self.reflected(draft)).flatten();
                if let Some((schema, more, place)) = reflected {
                    (tool.input_schema, tool.handler, unknown) = (Some(schema), Some(place), more);
                }
                gaps.extend(unknown);
            }
            None if draft.options.is_none() => tool.input_schema = self.schema_of_handler(draft, &mut gaps),
            None => {}
        }
        if let Some(value) = draft.field("OutputSchema").filter(|value| !matches!(value, Value::Nil)) {
            let mut unknown = Vec::new();
            tool.output_schema = self.schema_of(value, &mut unknown);
            if !unknown.is_empty() {
                gaps.push(Gap::OutputSchema);
            }
        }
        if tool.input_schema.is_none() && !gaps.contains(&Gap::InputSchema) {
            gaps.push(Gap::InputSchema);
        }
        if draft.is_conditional {
            gaps.push(Gap::Conditional);
        }
        gaps.sort();
        gaps.dedup();
        tool.gaps = gaps;
        Some(tool)
    }

    /// The schema that the SDK makes of the parameters of a handler.
    fn schema_of_handler(&self, draft: &Draft<'t>, gaps: &mut Vec<Gap>) -> Option<Json> {
        let style = match draft.sdk {
            Sdk::Mark3labs => return Some(json!({"type": "object", "properties": {}})),
            Sdk::Metoro => Style::RequiredByTag,
            Sdk::Official => Style::Plain,
            Sdk::Own => Style::Tagged,
        };
        let named = draft.input.filter(|(of, file)| !self.is_type_parameter(*of, *file));
        let (of, file) = named.or_else(|| self.arguments_of(draft.handler.as_deref()?))?;
        Some(self.schema_of_type(of, file, style, gaps))
    }

    /// The schema that the module makes by reflection of the parameters of a function, and where that stands.
    fn reflected(&self, draft: &Draft<'t>) -> Option<(Json, Vec<Gap>, SourcePlace)> {
        let handler = draft.passed.as_deref()?;
        if !self.sources.files[draft.file].imports.values().any(|path| path == "reflect") {
            return None;
        }
        let (of, file) = self.arguments_of(handler)?;
        let mut gaps = Vec::new();
        let schema = self.schema_of_type(of, file, Style::Tagged, &mut gaps);
        schema.get("properties")?;
        Some((schema, gaps, self.place(handler.node, handler.file)))
    }

    fn is_type_parameter(&self, of: tree_sitter::Node<'t>, file: usize) -> bool {
        let name = self.sources.text(of, file);
        name.len() < 3 || self.sources.text(of, file).chars().all(char::is_uppercase)
    }

    /// The type of the parameter of a handler that the arguments of a call come in.
    fn arguments_of(&self, handler: &Function<'t>) -> Option<(tree_sitter::Node<'t>, usize)> {
        let mut parameters = children(handler.node.child_by_field_name("parameters")?);
        let last = parameters.pop()?;
        let of = last.child_by_field_name("type")?;
        let text = self.sources.text(of, handler.file);
        // Older handlers get the arguments within a generic type.
        if let Some(inner) = generic_argument(of) {
            return Some((inner, handler.file));
        }
        let name = text.rsplit(['.', '*']).next().unwrap_or_default();
        let is_context = CONTEXTS.contains(&name) || self.is_type_parameter(of, handler.file);
        (!is_context).then_some((of, handler.file))
    }
}

/// True for an option that sets this hint.
fn sets(option: &Value<'_>, hint: &str) -> bool {
    let Value::Call(call) = option else { return false };
    let name = call.callee.rsplit('.').next().unwrap_or_default();
    name == "WithToolAnnotation" || name.to_lowercase().contains(&hint.to_lowercase())
}

/// `T` of `*mcp.CallToolParamsFor[T]`.
fn generic_argument(of: tree_sitter::Node<'_>) -> Option<tree_sitter::Node<'_>> {
    let of = if of.kind() == "pointer_type" { of.named_child(0)? } else { of };
    if of.kind() != "generic_type" {
        return None;
    }
    let argument = of.child_by_field_name("type_arguments")?.named_child(0)?;
    if argument.kind() == "type_elem" { argument.named_child(0) } else { Some(argument) }
}

fn name_of(draft: &Draft<'_>) -> Option<String> {
    draft.field("Name")?.whole_text().filter(|name| !name.is_empty()).map(|name| name.to_string())
}

/// Keeps what two definitions of one tool show together: a program may copy a tool from its own type to that of an SDK.
fn better(known: &mut FoundTool, other: FoundTool) {
    let weight = |tool: &FoundTool| {
        let kept = tool.gaps.iter().filter(|gap| **gap != Gap::Conditional).count();
        (kept, tool.description.is_none(), tool.input_schema.is_none())
    };
    let handler = known.handler.take().or_else(|| other.handler.clone());
    if weight(&other) < weight(known) {
        *known = other;
    }
    known.handler = handler;
}

fn text(value: Option<&Value<'_>>, gap: Gap, gaps: &mut Vec<Gap>) -> Option<String> {
    match value {
        None | Some(Value::Nil) => None,
        Some(Value::Text(text)) if text.text.is_empty() && !text.partial => None,
        Some(Value::Text(text)) => {
            if text.partial {
                gaps.push(if gap == Gap::Description { Gap::DescriptionPart } else { gap });
            }
            Some(text.text.to_string())
        }
        Some(_) => {
            gaps.push(gap);
            None
        }
    }
}
