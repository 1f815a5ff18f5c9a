//! The digests of what a definition holds beside what is judged, so that any change of it can be seen.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::limits::MAX_NAME;
use crate::text::digest;

/// The name of the one digest over all keys that the protocol does not know.
pub(crate) const OTHER_KEYS: &str = "other keys";
/// Keys that are read; each has its own place in a tool.
const READ: [&str; 5] = ["name", "title", "description", "inputSchema", "outputSchema"];
/// Keys of the protocol that nothing judges; each gets its own digest.
const KNOWN: [&str; 4] = ["icons", "annotations", "_meta", "execution"];
/// The hints of `annotations`, in each spelling.
const HINTS: [&str; 8] = [
    "readOnlyHint",
    "read_only_hint",
    "destructiveHint",
    "destructive_hint",
    "idempotentHint",
    "idempotent_hint",
    "openWorldHint",
    "open_world_hint",
];

/// The digests of `definition`. Nothing, an empty list and an empty object count as the same, and so do icons in another
/// order.
pub(crate) fn digests(definition: &Map<String, Value>) -> BTreeMap<String, String> {
    let known = KNOWN.into_iter().filter_map(|key| Some((key, unjudged(key, definition.get(key)?)?)));
    let is_other = |key: &str| !READ.contains(&key) && !KNOWN.contains(&key);
    let others: Map<String, Value> = definition
        .iter()
        .filter(|(key, value)| is_other(key) && !is_empty(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let others = (!others.is_empty()).then_some((OTHER_KEYS, Value::Object(others)));
    known.chain(others).map(|(key, value)| (key.to_owned(), digest::of_json(&value))).collect()
}

/// The texts of more than one word anywhere in `value`, one a paragraph.
pub(crate) fn sentences(value: &Value) -> String {
    let (mut texts, mut open) = (Vec::new(), vec![value]);
    while let Some(next) = open.pop() {
        match next {
            Value::String(text) if text.trim().contains(char::is_whitespace) => texts.push(text.as_str()),
            Value::Array(items) => open.extend(items.iter().rev()),
            Value::Object(map) => open.extend(map.values().rev()),
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    texts.join("\n\n")
}

/// The part of the field `key` that nothing judges, if there is one.
fn unjudged(key: &str, value: &Value) -> Option<Value> {
    let value = match (key, value) {
        ("icons", Value::Array(icons)) => {
            let mut icons = icons.clone();
            icons.sort_by_cached_key(digest::canonical);
            Value::Array(icons)
        }
        ("annotations", Value::Object(map)) => {
            let unread = map.iter().filter(|(key, value)| !is_read(key, value));
            Value::Object(unread.map(|(key, value)| (key.clone(), value.clone())).collect())
        }
        (_, value) => value.clone(),
    };
    (!is_empty(&value)).then_some(value)
}

/// True for an annotation that is read whole.
fn is_read(key: &str, value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => HINTS.contains(&key),
        Value::String(title) => key == "title" && title.chars().nth(MAX_NAME).is_none(),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

fn is_empty(value: &Value) -> bool {
    [Value::Null, json!([]), json!({})].contains(value)
}
