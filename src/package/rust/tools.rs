//! Tools of methods and structs with an attribute.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value as Json, json};
use tree_sitter::Node;

use super::attributes::{Meta, known};
use super::schema::Making;
use super::source::{Item, children, last_word};
use super::value::{At, Evaluator, Value};
use crate::package::extraction::{FoundTool, Gap, ServerGap, ServerGapKind, SourcePlace};

/// Hints in attributes, and their keys in a listing.
const HINTS: [(&str, &str); 5] = [
    ("title", "title"),
    ("read_only_hint", "readOnlyHint"),
    ("destructive_hint", "destructiveHint"),
    ("idempotent_hint", "idempotentHint"),
    ("open_world_hint", "openWorldHint"),
];
/// Methods that set hints.
const SETTERS: [(&str, &str); 8] = [
    ("read_only", "readOnlyHint"),
    ("destructive", "destructiveHint"),
    ("idempotent", "idempotentHint"),
    ("open_world", "openWorldHint"),
    ("title", "title"),
    ("with_title", "title"),
    ("read_only_hint", "readOnlyHint"),
    ("destructive_hint", "destructiveHint"),
];

/// What the source shows.
#[derive(Default)]
pub(super) struct Found {
    pub(super) tools: Vec<FoundTool>,
    pub(super) gaps: Vec<ServerGap>,
}

impl<'t> Evaluator<'t> {
    pub(super) fn text(&self, node: Node<'_>, file: usize) -> &'t str {
        self.sources.files[file].text.get(node.byte_range()).unwrap_or_default()
    }

    pub(super) fn place(&self, node: Node<'_>, file: usize) -> SourcePlace {
        SourcePlace { file: self.sources.files[file].path.to_owned(), line: node.start_position().row + 1 }
    }

    /// Adds the tools of methods with `#[tool]` and of structs with `#[mcp_tool]`.
    pub(super) fn marked(&self, found: &mut Found) {
        let listed = self.listed_structs();
        for item in &self.index.marked {
            let tool = match item.node.kind() {
                "function_item" => self.tool_of_method(item),
                "struct_item" => {
                    let name = item.node.child_by_field_name("name").map(|name| self.text(name, item.file));
                    let is_listed = listed.is_empty() || name.is_some_and(|name| listed.contains(name));
                    if is_listed { self.tool_of_struct(item) } else { None }
                }
                _ => None,
            };
            match tool {
                Some(Ok(tool)) => found.tools.push(tool),
                Some(Err(place)) => found.gaps.push(ServerGap { kind: ServerGapKind::ToolName, place: Some(place) }),
                None => {}
            }
        }
    }

    /// The structs in `tool_box!(Name, [A, B])`.
    fn listed_structs(&self) -> BTreeSet<&'t str> {
        let mut names = BTreeSet::new();
        for item in &self.index.macros {
            let of = item.node.child_by_field_name("macro").map(|name| self.text(name, item.file)).unwrap_or_default();
            let Some(tokens) = children(item.node).into_iter().find(|child| child.kind() == "token_tree") else {
                continue;
            };
            if last_word(of) != "tool_box" {
                continue;
            }
            let lists = children(tokens).into_iter().filter(|child| child.kind() == "token_tree");
            names.extend(
                lists
                    .flat_map(children)
                    .filter(|token| token.kind() == "identifier")
                    .map(|token| self.text(token, item.file)),
            );
        }
        names
    }

    fn tool_of_method(&self, item: &Item<'t>) -> Option<Result<FoundTool, SourcePlace>> {
        let metas = self.attributes(item, &["tool"])?;
        let place = self.place(item.node, item.file);
        let at = At { file: item.file, function: None, owner: self.owner_name(item), given: &HashMap::new() };
        let own_name = self.text(item.node.child_by_field_name("name")?, item.file).trim_start_matches("r#").to_owned();
        let name = match Meta::find(&metas, "name").and_then(|meta| meta.value.as_ref()) {
            None => own_name,
            Some(value) => match value.whole_text() {
                Some(name) => name.to_owned(),
                None => return Some(Err(place)),
            },
        };
        let mut gaps = Vec::new();
        let described = Meta::find(&metas, "description").and_then(|meta| meta.value.as_ref());
        let description = match described {
            Some(value) => text_of(value, Gap::Description, &mut gaps),
            None => self.documentation(&item.before, at),
        };
        let title = Meta::find(&metas, "title").and_then(|meta| text_of(meta.value.as_ref()?, Gap::Title, &mut gaps));
        let annotations = Meta::find(&metas, "annotations").map(|meta| match &meta.value {
            // `annotations = ToolAnnotations::new().read_only(true)`
            Some(_) => setters(&meta.text, &mut gaps),
            None => hints(&meta.inner, &mut gaps),
        });
        let input_schema = match Meta::find(&metas, "input_schema").and_then(|meta| meta.value.as_ref()) {
            Some(value) => self.schema(value, item.file, &mut gaps),
            None => self.schema_of_parameters(item, &mut gaps),
        };
        if let Some(value) = Meta::find(&metas, "output_schema").and_then(|meta| meta.value.as_ref())
            && !matches!(value, Value::SchemaOf(_))
        {
            gaps.push(Gap::OutputSchema);
        }
        self.note_condition(item, &mut gaps);
        let handler = Some(place.clone());
        Some(Ok(FoundTool {
            name,
            title,
            description,
            input_schema,
            annotations,
            place,
            handler,
            gaps,
            ..FoundTool::default()
        }))
    }

    /// Notes a feature of the package that the tool depends on.
    fn note_condition(&self, item: &Item<'t>, gaps: &mut Vec<Gap>) {
        let is_condition = |node: &Node<'t>| self.text(*node, item.file).starts_with("#[cfg(");
        if item.before.iter().any(is_condition) {
            gaps.push(Gap::Conditional);
        }
    }

    /// The schema of what a method takes: `Parameters<T>`, or parameters that are marked one by one.
    fn schema_of_parameters(&self, item: &Item<'t>, gaps: &mut Vec<Gap>) -> Option<Json> {
        let list = item.node.child_by_field_name("parameters")?;
        let at = At { file: item.file, function: None, owner: None, given: &HashMap::new() };
        let (mut properties, mut required) = (Map::new(), Vec::new());
        // The grammar takes only one attribute before a parameter.
        for parameter in split_parameters(self.text(list, item.file)) {
            let (attributes, rest) = leading_attributes(parameter);
            let metas: Vec<Meta> = attributes.into_iter().flat_map(|text| self.parsed(text, at)).collect();
            let Some((pattern, of)) = rest.split_once(": ").or_else(|| rest.split_once(':')) else { continue };
            let marks = Meta::find(&metas, "tool").map(|meta| &meta.inner[..]).unwrap_or_default();
            // A pattern such as `Parameters(Row { a, b })` may have colons too.
            let of = if pattern.contains(['(', '{']) {
                rest.rsplit_once("): ").or_else(|| rest.rsplit_once("}: ")).map_or(of, |(_, of)| of)
            } else {
                of
            };
            let is_wrapper = of.contains('<') && last_word(of.split('<').next().unwrap_or_default()) == "Parameters";
            if Meta::has(marks, "aggr") || is_wrapper {
                let (schema, more) = self.schema_of_type(of, item.file);
                gaps.extend(more);
                return schema;
            }
            if Meta::has(marks, "param") {
                let name = pattern.trim().trim_start_matches("mut ");
                let mut schema = self.type_schema(of, item.file, &mut Making::default(), 0).unwrap_or_else(|| {
                    gaps.push(Gap::Parameter(name.to_owned()));
                    json!({})
                });
                let about = Meta::find(&metas, "schemars").map(|meta| &meta.inner[..]).unwrap_or_default();
                if let (Some(text), Some(map)) = (Meta::text_of(about, "description"), schema.as_object_mut()) {
                    map.insert("description".into(), text.into());
                }
                if last_word(of.split('<').next().unwrap_or_default()) != "Option" {
                    required.push(name.into());
                }
                properties.insert(name.to_owned(), schema);
            }
        }
        let mut schema = Map::new();
        schema.insert("type".into(), "object".into());
        schema.insert("properties".into(), Json::Object(properties));
        if !required.is_empty() {
            schema.insert("required".into(), Json::Array(required));
        }
        Some(Json::Object(schema))
    }

    fn tool_of_struct(&self, item: &Item<'t>) -> Option<Result<FoundTool, SourcePlace>> {
        let metas = self.attributes(item, &["mcp_tool"])?;
        let place = self.place(item.node, item.file);
        let Some(name) = Meta::text_of(&metas, "name") else { return Some(Err(place)) };
        let mut gaps = Vec::new();
        let part =
            |name: &str, gap: Gap, gaps: &mut Vec<Gap>| text_of(Meta::find(&metas, name)?.value.as_ref()?, gap, gaps);
        let description = part("description", Gap::Description, &mut gaps);
        let title = part("title", Gap::Title, &mut gaps);
        let of_struct: Vec<Meta> = metas.iter().filter(|meta| meta.name != "title").cloned().collect();
        let annotations = Some(hints(&of_struct, &mut gaps)).filter(|hints| !hints.is_empty());
        let own_name = self.text(item.node.child_by_field_name("name")?, item.file);
        let (input_schema, more) = self.schema_of_type(own_name, item.file);
        gaps.extend(more);
        self.note_condition(item, &mut gaps);
        // The method of the struct that a call runs.
        let methods = ["run_tool", "call_tool", "run", "call", "execute"];
        let of = |name: &&str| {
            let found = self
                .index
                .functions
                .get(*name)?
                .iter()
                .find(|method| method.file == item.file && self.owner_name(method) == Some(own_name))?;
            Some(self.place(found.node, found.file))
        };
        let handler = methods.iter().find_map(of);
        Some(Ok(FoundTool {
            name,
            title,
            description,
            input_schema,
            annotations,
            place,
            handler,
            gaps,
            ..FoundTool::default()
        }))
    }

    pub(super) fn schema(&self, value: &Value, file: usize, gaps: &mut Vec<Gap>) -> Option<Json> {
        match value {
            Value::Json(Json::String(text)) => {
                let parsed = serde_json::from_str(text).ok().filter(Json::is_object);
                if parsed.is_none() {
                    gaps.push(Gap::InputSchema);
                }
                parsed
            }
            Value::Json(json) if json.is_object() => Some(json.clone()),
            Value::PartialObject(json) => {
                gaps.push(Gap::MoreParameters);
                Some(json.clone())
            }
            Value::SchemaOf(of) => {
                let (schema, more) = self.schema_of_type(of, file);
                gaps.extend(more);
                schema
            }
            Value::Json(_) | Value::PartialText(_) | Value::Unknown => {
                gaps.push(Gap::InputSchema);
                None
            }
        }
    }
}

pub(super) fn text_of(value: &Value, gap: Gap, gaps: &mut Vec<Gap>) -> Option<String> {
    match value {
        Value::Json(Json::String(text)) => Some(text.clone()),
        Value::Json(Json::Null) => None,
        Value::PartialText(text) => {
            gaps.push(if gap == Gap::Description { Gap::DescriptionPart } else { gap });
            Some(text.clone())
        }
        Value::Json(_) | Value::PartialObject(_) | Value::SchemaOf(_) | Value::Unknown => {
            gaps.push(gap);
            None
        }
    }
}

fn hints(metas: &[Meta], gaps: &mut Vec<Gap>) -> Map<String, Json> {
    let mut map = Map::new();
    for (name, key) in HINTS {
        let Some(meta) = Meta::find(metas, name) else { continue };
        match known(meta.value.as_ref()) {
            Some(value) => {
                map.insert(key.to_owned(), value);
            }
            None => gaps.push(Gap::Annotations),
        }
    }
    map
}

/// The hints that an expression sets by methods or fields, one after another.
pub(super) fn setters(text: &str, gaps: &mut Vec<Gap>) -> Map<String, Json> {
    let mut map = Map::new();
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    for (name, key) in SETTERS.iter().chain(&HINTS) {
        for start in [format!(".{name}("), format!("{name}:Some("), format!("{name}=")] {
            let Some((_, rest)) = compact.split_once(&start) else { continue };
            let word: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
            match word.as_str() {
                "true" | "false" => {
                    map.insert((*key).to_owned(), (word == "true").into());
                }
                _ if *key != "title" => gaps.push(Gap::Annotations),
                _ => {}
            }
        }
    }
    if map.is_empty() && compact.len() > "ToolAnnotations::new()".len() {
        gaps.push(Gap::Annotations);
    }
    map
}

/// The parameters in the text of a list, divided at commas that are neither in brackets nor in texts.
fn split_parameters(list: &str) -> Vec<&str> {
    let inner = list.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(list);
    let (mut parts, mut start) = (Vec::new(), 0);
    let mut depth = 0_usize;
    let mut walk = Walk::default();
    for (at, letter) in inner.char_indices() {
        if walk.is_in_text(letter) {
            continue;
        }
        match letter {
            '(' | '[' | '{' | '<' => depth += 1,
            ')' | ']' | '}' | '>' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(inner[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(inner[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// What is in the attributes before a parameter, and the parameter.
fn leading_attributes(parameter: &str) -> (Vec<&str>, &str) {
    let (mut attributes, mut rest) = (Vec::new(), parameter);
    while let Some(inner) = rest.strip_prefix("#[") {
        let (mut depth, mut walk) = (1_usize, Walk::default());
        let end = inner.char_indices().find_map(|(at, letter)| {
            match letter {
                _ if walk.is_in_text(letter) => {}
                '[' => depth += 1,
                ']' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(at)
        });
        let Some(end) = end else { break };
        attributes.push(&inner[..end]);
        rest = inner[end + 1..].trim_start();
    }
    (attributes, rest)
}

/// Tells text in quotes from code.
#[derive(Default)]
struct Walk {
    in_text: bool,
    escaped: bool,
}

impl Walk {
    fn is_in_text(&mut self, letter: char) -> bool {
        let is_escaped = std::mem::take(&mut self.escaped);
        match letter {
            '"' if !is_escaped => {
                self.in_text = !self.in_text;
                return true;
            }
            '\\' if self.in_text && !is_escaped => self.escaped = true,
            _ => {}
        }
        self.in_text
    }
}
