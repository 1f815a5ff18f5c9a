//! Rust: tools of rmcp and rust-mcp-sdk by their attributes, and those that a program describes by hand.

mod attributes;
mod by_hand;
mod macros;
mod protocol;
mod schema;
mod source;
#[cfg(test)]
mod tests;
mod tools;
mod value;

use std::collections::HashMap;

use serde_json::Value as Json;

use source::{Index, grammar, last_word};
use tools::Found;
use value::{At, Evaluator, Value};

use super::extraction::{Extraction, Gap, MAX_TOOL_BYTES, MAX_TOOLS, ServerGap, ServerGapKind, SourcePlace};
use super::parsed_files::{Choice, ParsedFiles, own_before_all};
use super::source_tree::SourceTree;

/// The server that the Rust of a package would be.
pub(crate) fn extract(tree: &SourceTree) -> Extraction {
    let is_rust = |path: &str| path.ends_with(".rs") && tree.text(path).is_some_and(|text| text.contains("mcp"));
    if !tree.contains("Cargo.toml") || !tree.paths().any(is_rust) {
        return Extraction::default();
    }
    own_before_all(|choice| read(tree, choice))
}

fn read(tree: &SourceTree, choice: Choice) -> Extraction {
    let sources = ParsedFiles::new(tree, choice, &grammar());
    let index = Index::new(&sources);
    let evaluator = Evaluator::new(tree, &sources, &index);
    let mut found = Found::default();
    evaluator.marked(&mut found);
    evaluator.by_hand(&mut found);
    let mut extraction = Extraction::default();
    let (mut bytes, mut at) = (0, HashMap::new());
    for mut tool in found.tools {
        tool.gaps.sort();
        tool.gaps.dedup();
        bytes += tool.bytes();
        if extraction.tools.len() >= MAX_TOOLS || bytes > MAX_TOOL_BYTES {
            found.gaps.push(ServerGap { kind: ServerGapKind::Limit, place: None });
            break;
        }
        if !at.contains_key(&tool.name) {
            at.insert(tool.name.clone(), extraction.tools.len());
            extraction.tools.push(tool);
        }
    }
    if evaluator.is_exhausted() {
        found.gaps.push(ServerGap { kind: ServerGapKind::Limit, place: None });
    }
    if let Some(path) = sources.left_out.filter(|_| !extraction.tools.is_empty()) {
        let place = Some(SourcePlace { file: path.to_owned(), line: 1 });
        found.gaps.push(ServerGap { kind: ServerGapKind::Limit, place });
    }
    if extraction.tools.iter().all(|tool| tool.gaps.contains(&Gap::Conditional)) {
        extraction.tools.iter_mut().for_each(|tool| tool.gaps.retain(|gap| *gap != Gap::Conditional));
    }
    if !extraction.tools.is_empty() {
        about_server(&evaluator, &mut extraction, &mut found.gaps);
    }
    found.gaps.sort();
    found.gaps.dedup();
    extraction.gaps = found.gaps;
    extraction
}

/// Adds the name, the version and the instructions that the server gives itself.
fn about_server(evaluator: &Evaluator<'_>, extraction: &mut Extraction, gaps: &mut Vec<ServerGap>) {
    let index = evaluator.index;
    let source = |file: usize| evaluator.sources.files[file].text;
    let nothing = HashMap::new();
    for item in &index.literals {
        let text = source(item.file);
        let name = item.node.child_by_field_name("name").and_then(|name| text.get(name.byte_range()));
        let is_about = matches!(name.map(last_word), Some("Implementation" | "ServerInfo" | "InitializeResult"));
        if !is_about {
            continue;
        }
        let at = At { file: item.file, function: item.function, owner: evaluator.owner_name(item), given: &nothing };
        let value = match evaluator.eval(item.node, text, at, 0) {
            Value::Json(Json::Object(map)) | Value::PartialObject(Json::Object(map)) => map,
            Value::Json(_) | Value::PartialObject(_) | Value::PartialText(_) | Value::SchemaOf(_) | Value::Unknown => {
                continue;
            }
        };
        let text = |key: &str| value.get(key).and_then(Json::as_str).map(str::to_owned);
        if name.map(last_word) == Some("Implementation") {
            if extraction.server_name.is_none() {
                (extraction.server_name, extraction.server_version) = (text("name"), text("version"));
            }
        } else if let Some(text) = text("instructions") {
            extraction.instructions = extraction.instructions.take().or(Some(text));
        }
    }
    for item in index.calls.get("with_instructions").into_iter().flatten() {
        let at = At { file: item.file, function: item.function, owner: evaluator.owner_name(item), given: &nothing };
        let arg = item.node.child_by_field_name("arguments").and_then(|list| list.named_child(0));
        match arg.map(|arg| evaluator.eval(arg, source(item.file), at, 0)) {
            Some(Value::Json(Json::String(text))) => {
                extraction.instructions = extraction.instructions.take().or(Some(text));
            }
            Some(Value::PartialText(text)) => {
                extraction.instructions = extraction.instructions.take().or(Some(text));
                gaps.push(ServerGap { kind: ServerGapKind::Instructions, place: None });
            }
            _ => gaps.push(ServerGap { kind: ServerGapKind::Instructions, place: None }),
        }
    }
}
