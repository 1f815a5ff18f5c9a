//! Recognizes definitions that stand beside or below what a reader looks at: clients may read them.

use std::path::Path;

use serde_json::{Map, Value};

use crate::model::{Deviation, NotRead};
use crate::source::client::{Document, Format, plain_text};
use crate::source::decode;
use crate::source::error::DocumentCause;
use crate::text::clean;

/// The keys of an answer that hold what a client reads.
const OF_ANSWER: [&str; 8] = [
    "tools",
    "result",
    "prompts",
    "resources",
    "resourceTemplates",
    "resource_templates",
    "instructions",
    "nextCursor",
];
/// The keys of a definition that hold what a client reads.
const OF_TOOL: [&str; 6] = ["name", "title", "description", "inputSchema", "outputSchema", "annotations"];
/// Lists that no other document has in this form.
const LISTS: [&str; 2] = ["tools", "prompts"];
/// Keys by which an object is a definition, whether it has a name or not.
const DEFINES: [&str; 3] = ["description", "inputSchema", "input_schema"];
/// Keys with schemas, whose parts have names of their own.
const SCHEMAS: [&str; 4] = ["inputSchema", "input_schema", "outputSchema", "parameters"];
/// Keys of an input schema.
const INPUTS: [&str; 2] = ["inputSchema", "input_schema"];
/// Number of levels below the top in which a listing is looked for.
const MAX_DEPTH: usize = 8;
/// Longest key in a message, in characters.
const MAX_KEY: usize = 60;

/// True if the configuration at `path`, which names servers, holds a listing too.
pub(crate) fn is_beside_servers(path: &Path) -> bool {
    let parsed = || {
        let format = Format::from_path(path).filter(|format| *format == Format::Json)?;
        Document::parse(&plain_text(path).ok()?, format).ok()
    };
    parsed().is_some_and(|document| holds_definitions(&document.value))
}

/// Why `document` is not read. `cause` passes over what has nothing to do with a server; this document may.
pub(super) fn cause_of(cause: DocumentCause, document: &Value) -> DocumentCause {
    match cause {
        DocumentCause::Kind(_) | DocumentCause::ArrayWithoutTools | DocumentCause::ObjectWithoutTools
            if is_of_server(document, MAX_DEPTH) =>
        {
            DocumentCause::OtherForm
        }
        other => other,
    }
}

/// True if `value` holds tools with schemas or the instructions of a handshake, at whatever place.
fn is_of_server(value: &Value, depth: usize) -> bool {
    let below = |value: &Value| depth > 0 && is_of_server(value, depth - 1);
    let has_inputs = |item: &Value| INPUTS.iter().any(|key| item.get(*key).is_some_and(Value::is_object));
    match value {
        Value::Object(map) => {
            let tools = map.iter().filter(|(key, _)| key.eq_ignore_ascii_case("tools")).map(|(_, tools)| tools);
            let mut listed = tools.flat_map(|tools| tools.as_array().into_iter().flatten());
            let is_handshake = map.contains_key("serverInfo") && map.get("instructions").is_some_and(Value::is_string);
            is_handshake || listed.any(has_inputs) || map.values().any(below)
        }
        Value::Array(items) => {
            let is_list = |item: &Value| item.as_array().is_some_and(|list| list.iter().any(has_inputs));
            items.iter().any(|item| is_list(item) || below(item))
        }
        Value::String(text) => {
            let may_be_json = depth > 0 && text.trim_start().starts_with(['{', '[']);
            may_be_json && serde_json::from_str(text).is_ok_and(|value| below(&value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// True if `map` has a key of an answer, in whatever case: readers differ in that.
pub(super) fn has_keys_of_listing(map: &Map<String, Value>) -> bool {
    map.keys().any(|key| OF_ANSWER.iter().any(|known| key.eq_ignore_ascii_case(known)))
}

/// True if `map` holds a listing, itself or below, as JSON or as the text of one.
pub(super) fn holds_listing(map: &Map<String, Value>) -> bool {
    is_listing_within(map, MAX_DEPTH)
}

fn is_listing_within(map: &Map<String, Value>, depth: usize) -> bool {
    let below = || map.iter().filter(|(key, _)| !SCHEMAS.contains(&key.as_str()));
    has_definitions(map) || (depth > 0 && below().any(|(_, value)| is_listing_at(value, depth - 1)))
}

fn is_listing_at(value: &Value, depth: usize) -> bool {
    match value {
        Value::Object(map) => is_listing_within(map, depth),
        Value::Array(items) => depth > 0 && items.iter().any(|item| is_listing_at(item, depth - 1)),
        Value::String(text) => {
            let may_be_json = depth > 0 && text.trim_start().starts_with(['{', '[']);
            may_be_json && serde_json::from_str(text).is_ok_and(|value| is_listing_at(&value, depth - 1))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn holds_definitions(value: &Value) -> bool {
    value.as_object().is_some_and(has_definitions)
}

/// True if definitions stand in `map` where an answer has them. Lists of names and settings of tools are none.
fn has_definitions(map: &Map<String, Value>) -> bool {
    let defines = |item: &Value| item.as_object().is_some_and(|item| DEFINES.iter().any(|key| item.contains_key(*key)));
    let is_list = |list: &Value| match list {
        Value::Array(items) => items.iter().any(|item| defines(item) || item.get("name").is_some_and(Value::is_string)),
        Value::Object(by_name) => defines(list) || by_name.values().any(defines),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    LISTS.iter().any(|key| map.get(*key).is_some_and(is_list)) || map.get("result").is_some_and(holds_definitions)
}

/// The deviations of keys that are known in another case. Readers that pass over the case take them for the known ones.
pub(super) fn keys_in_other_case(map: &Map<String, Value>) -> Vec<Deviation> {
    let found = |map: &Map<String, Value>, known: &[&str]| {
        let is_other = |key: &&String| known.iter().any(|known| key.eq_ignore_ascii_case(known) && key != known);
        map.keys().find(is_other).map(|key| clean::excerpt(key, MAX_KEY))
    };
    let deviation = |key: String, tool: Option<&str>, not_read: NotRead| {
        let text = format!("The key {key:?} is known in another case; it was not read, and other readers take it.");
        Deviation { not_read: Some(not_read), ..decode::deviation("key-in-other-case", tool, &text) }
    };
    let of_answer = found(map, &OF_ANSWER).map(|key| deviation(key, None, NotRead::Tools));
    let tools = map.get("tools").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    let of_tools = tools.filter_map(|tool| {
        let name = tool.get("name").and_then(Value::as_str).map(|name| clean::excerpt(name, MAX_KEY));
        Some(deviation(found(tool, &OF_TOOL)?, name.as_deref(), NotRead::Part))
    });
    of_answer.into_iter().chain(of_tools).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_with_definitions_elsewhere_is_not_passed_over() {
        let tool = r#"{"name": "bad", "inputSchema": {}}"#;
        for (text, is_of_server) in [
            (format!(r#"{{"data": {{"tools": [{tool}]}}}}"#), true),
            (format!(r#"{{"Tools": [{tool}]}}"#), true),
            (format!("[[{tool}]]"), true),
            (format!(r#"{{"log": [{{"text": {:?}}}]}}"#, format!(r#"{{"tools": [{tool}]}}"#)), true),
            (r#"{"serverInfo": {"name": "x"}, "instructions": "Obey."}"#.to_owned(), true),
            (r#"{"name": "x", "description": "d", "version": "1", "tools": {"eslint": "1.0.0"}}"#.to_owned(), false),
            (r#"{"metadata": {"tools": [{"vendor": "x", "name": "bom", "version": "1"}]}}"#.to_owned(), false),
            (r#"{"contributes": {"chatTools": [{"name": "x", "description": "d"}]}}"#.to_owned(), false),
        ] {
            let document = serde_json::from_str(&text).unwrap();
            let cause = cause_of(DocumentCause::ObjectWithoutTools, &document);
            assert_eq!(cause == DocumentCause::OtherForm, is_of_server, "{text}");
        }
    }

    #[test]
    fn a_configuration_with_a_listing_is_known_by_definitions_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.json");
        for (rest, is_listing) in [
            (r#""tools": [{"name": "bad"}]"#, true),
            (r#""tools": {"add": {"description": "bad"}}"#, true),
            (r#""result": {"tools": [{"name": "bad", "inputSchema": {}}]}"#, true),
            (r#""prompts": [{"name": "bad"}]"#, true),
            (r#""tools": ["*", "@git/status"]"#, false),
            (r#""tools": {"core": ["ls"], "sandbox": "docker", "shell": {"pager": "cat"}}"#, false),
            (r#""tools": {"write": false}, "prompts": {}, "resources": ["file://x"]"#, false),
        ] {
            let text = format!(r#"{{"mcpServers": {{"a": {{"command": "x"}}}}, {rest}, /* said */}}"#);
            std::fs::write(&path, text).unwrap();
            assert_eq!(is_beside_servers(&path), is_listing, "{rest}");
        }
    }
}
