//! The parts of a definition or an answer that are not decoded: their digests, so that a change in them is detected, and
//! their texts, which finding rules search like any other.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::limits::MAX_NAME;
use crate::model::{LongText, Tool};
use crate::text::digest;

/// The name of the digest that covers all keys unknown to the protocol.
const OTHER_KEYS: &str = "other keys";
/// The field of texts under keys unknown to the protocol.
const OTHER_FIELDS: &str = "other fields";
/// The keys that are decoded into fields of `Tool`.
const READ: [&str; 5] = ["name", "title", "description", "inputSchema", "outputSchema"];
/// The protocol's keys that no rule checks. Each gets its own digest.
const KNOWN: [&str; 4] = ["icons", "annotations", "_meta", "execution"];
/// The hints in `annotations`, in camelCase and snake_case.
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

/// The digests of `definition`. An absent value, an empty list and an empty object count as equal; so do icons in a
/// different order.
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

/// Keys of answers that are decoded, or that hold a list whose items are.
const LISTS: [&str; 8] = [
    "tools",
    "prompts",
    "resources",
    "resourceTemplates",
    "resource_templates",
    "skills",
    "instructions",
    "nextCursor",
];
/// A text of one word is read only if it is at least this long, in bytes: it may be code for other words.
const MIN_WORD: usize = 40;

/// The texts of a definition that are not decoded.
pub(crate) fn texts_of_definition(definition: &Map<String, Value>) -> Vec<LongText> {
    texts(definition.iter().filter(|(key, _)| !READ.contains(&key.as_str())))
}

/// Drops what came under keys unknown to the protocol: in a saved file they may be those of the program that saved it.
pub(crate) fn without_other_keys(tool: &mut Tool) {
    tool.other_fields.remove(OTHER_KEYS);
    tool.long_texts.retain(|long| long.field != OTHER_FIELDS);
}

/// The texts of an answer that are not decoded: those of the handshake, or those beside a list.
pub(crate) fn texts_of_answer(answer: &Value) -> Vec<LongText> {
    texts(answer.as_object().into_iter().flatten().filter(|(key, _)| !LISTS.contains(&key.as_str())))
}

/// The texts in the values of `fields` and in keys that nobody knows, those of each field together.
fn texts<'a>(fields: impl Iterator<Item = (&'a String, &'a Value)>) -> Vec<LongText> {
    let mut texts: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for (key, value) in fields {
        let field = match key.as_str() {
            "_meta" => "_meta",
            "annotations" => "annotations",
            "capabilities" => "capabilities",
            "execution" => "execution",
            "icons" => "icons",
            "serverInfo" => "serverInfo",
            _ => OTHER_FIELDS,
        };
        let name = Value::String(key.clone());
        let found = [&name, value].into_iter().map(sentences).filter(|text| !text.is_empty());
        texts.entry(field).or_default().extend(found);
    }
    let joined = texts.into_iter().filter(|(_, texts)| !texts.is_empty());
    joined.map(|(field, texts)| LongText { field, text: texts.join("\n\n").into() }).collect()
}

/// All strings in `value` that have more than one word or are long, keys as well, one per paragraph.
pub(crate) fn sentences(value: &Value) -> String {
    let is_read = |text: &str| text.trim().contains(char::is_whitespace) || !text.is_ascii() || text.len() >= MIN_WORD;
    let (mut texts, mut open) = (Vec::new(), vec![value]);
    while let Some(next) = open.pop() {
        match next {
            Value::String(text) if is_read(text) => texts.push(text.as_str()),
            Value::Array(items) => open.extend(items.iter().rev()),
            Value::Object(map) => {
                texts.extend(map.keys().map(String::as_str).filter(|key| is_read(key)));
                open.extend(map.values().rev());
            }
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    texts.join("\n\n")
}

/// The part of the field `key` that no rule checks, if any.
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

/// True for an annotation whose whole value is decoded.
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
