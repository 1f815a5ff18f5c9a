//! Attributes and documentation comments.

use std::collections::HashMap;

use serde_json::Value as Json;
use tree_sitter::Node;

use super::source::{Item, arguments, children, last_word, parsed_arguments};
use super::value::{At, Evaluator, Value};

/// The deepest nesting of lists in attributes.
const MAX_DEPTH: usize = 6;
/// How many steps the parsing of an attribute counts as.
const STEPS_OF_PARSE: usize = 16;

/// A part of an attribute: `default`, `rename = "x"`, `annotations(read_only_hint = true)`.
#[derive(Debug, Clone)]
pub(super) struct Meta {
    pub(super) name: String,
    /// What follows `=`.
    pub(super) value: Option<Value>,
    /// The text of that.
    pub(super) text: String,
    /// What is in the brackets.
    pub(super) inner: Vec<Meta>,
}

impl Meta {
    pub(super) fn find<'m>(metas: &'m [Self], name: &str) -> Option<&'m Self> {
        metas.iter().find(|meta| meta.name == name)
    }

    pub(super) fn has(metas: &[Self], name: &str) -> bool {
        Self::find(metas, name).is_some()
    }

    /// The text after `name =`.
    pub(super) fn text_of(metas: &[Self], name: &str) -> Option<String> {
        Self::find(metas, name)?.value.as_ref()?.whole_text().map(str::to_owned)
    }
}

impl<'t> Evaluator<'t> {
    /// The parts of the attributes of these names before an item. `None` if there is none.
    pub(super) fn attributes(&self, item: &Item<'t>, names: &[&str]) -> Option<Vec<Meta>> {
        let owner = self.owner_name(item);
        let at = At { file: item.file, function: None, owner, given: &HashMap::new() };
        self.metas(&item.before, names, at)
    }

    /// The same, for attributes of a field or a variant.
    pub(super) fn metas(&self, before: &[Node<'t>], names: &[&str], at: At<'_, 't>) -> Option<Vec<Meta>> {
        let source = self.sources.files[at.file].text;
        let text = |node: Node<'t>| source.get(node.byte_range()).unwrap_or_default();
        let mut found: Option<Vec<Meta>> = None;
        for node in before.iter().filter(|node| node.kind() == "attribute_item") {
            let Some(attribute) = children(*node).into_iter().find(|child| child.kind() == "attribute") else {
                continue;
            };
            let Some(path) = children(attribute).first().copied() else { continue };
            if !names.contains(&last_word(text(path))) {
                continue;
            }
            let metas = found.get_or_insert_default();
            if let Some(tokens) = attribute.child_by_field_name("arguments") {
                let inner = text(tokens);
                metas.extend(self.parsed(inner.get(1..inner.len().saturating_sub(1)).unwrap_or_default(), at));
            }
        }
        found
    }

    /// The parts of the text of an attribute.
    pub(super) fn parsed(&self, text: &str, at: At<'_, 't>) -> Vec<Meta> {
        self.working(STEPS_OF_PARSE);
        if self.is_exhausted() {
            return Vec::new();
        }
        let Some((code, tree)) = parsed_arguments(text) else { return Vec::new() };
        arguments(&tree).into_iter().filter_map(|node| self.meta(node, &code, at, 0)).collect()
    }

    fn meta(&self, node: Node<'_>, text: &str, at: At<'_, 't>, depth: usize) -> Option<Meta> {
        let of = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
        if depth > MAX_DEPTH {
            return None;
        }
        Some(match node.kind() {
            "assignment_expression" => {
                let (left, right) = (node.child_by_field_name("left")?, node.child_by_field_name("right")?);
                let value = self.eval(right, text, at, 0);
                Meta {
                    name: of(left).trim_matches('"').to_owned(),
                    value: Some(value),
                    text: of(right).to_owned(),
                    inner: Vec::new(),
                }
            }
            "call_expression" => {
                let inner = children(node.child_by_field_name("arguments")?);
                let inner = inner.into_iter().filter_map(|inner| self.meta(inner, text, at, depth + 1)).collect();
                let name = node.child_by_field_name("function").map(of)?.to_owned();
                Meta { name, value: None, text: String::new(), inner }
            }
            _ => Meta { name: of(node).to_owned(), value: None, text: String::new(), inner: Vec::new() },
        })
    }

    /// The documentation before an item. `None` if there is none.
    pub(super) fn documentation(&self, before: &[Node<'t>], at: At<'_, 't>) -> Option<String> {
        let source = self.sources.files[at.file].text;
        let mut lines = Vec::new();
        for node in before {
            let text = source.get(node.byte_range()).unwrap_or_default();
            match node.kind() {
                "line_comment" => {
                    if let Some(doc) = text.strip_prefix("///").filter(|rest| !rest.starts_with('/')) {
                        lines.push(doc.trim().to_owned());
                    }
                }
                "block_comment" => {
                    if let Some(doc) = text.strip_prefix("/**").and_then(|rest| rest.strip_suffix("*/")) {
                        let clean = |line: &str| line.trim().trim_start_matches('*').trim().to_owned();
                        lines.extend(doc.lines().map(clean));
                    }
                }
                _ => {
                    // `#[doc = "..."]`
                    let inner = text.trim_start_matches("#[").trim_end_matches(']').trim();
                    if inner.starts_with("doc") && inner[3..].trim_start().starts_with('=') {
                        let metas = self.parsed(inner, at);
                        lines.extend(Meta::text_of(&metas, "doc"));
                    }
                }
            }
        }
        let text = lines.join("\n").trim().to_owned();
        (!text.is_empty()).then_some(text)
    }
}

/// The value as JSON, if it is known.
pub(super) fn known(value: Option<&Value>) -> Option<Json> {
    match value {
        Some(Value::Json(json)) => Some(json.clone()),
        _ => None,
    }
}
