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
    // Instructions that are no text are not decoded, and some client may show them.
    let is_decoded = |key: &str, value: &Value| LISTS.contains(&key) && (key != "instructions" || value.is_string());
    texts(answer.as_object().into_iter().flatten().filter(|(key, value)| !is_decoded(key, value)))
}

/// Keys of a handshake or a page that are pinned by themselves, and those that only tell a client how to talk to it.
const NOT_PINNED: [&str; 4] = ["protocolVersion", "resultType", "ttlMs", "cacheScope"];
/// Keys of `serverInfo` that are pinned by themselves.
const OF_INFO: [&str; 3] = ["name", "title", "version"];

/// The digest of what `answer`, a handshake or a page of a list, holds besides lists and what is decoded. Of `_meta` the
/// texts count, because servers also have numbers of the request there. `None` if there is nothing.
pub(crate) fn digest_beside(answer: &Value) -> Option<String> {
    let is_pinned = |key: &str| LISTS.contains(&key) || NOT_PINNED.contains(&key);
    let rest = answer.as_object().into_iter().flatten().filter(|(key, _)| !is_pinned(key));
    let counted = rest.filter_map(|(key, value)| {
        let value = match (key.as_str(), value) {
            ("_meta", meta) => prose(meta),
            ("serverInfo", Value::Object(info)) => {
                let others = info.iter().filter(|(key, _)| !OF_INFO.contains(&key.as_str()));
                Value::Object(others.map(|(key, value)| (key.clone(), value.clone())).collect())
            }
            (_, value) => value.clone(),
        };
        (!is_empty(&value)).then(|| (key.clone(), value))
    });
    let counted: Map<String, Value> = counted.collect();
    (!counted.is_empty()).then(|| digest::of_json(&Value::Object(counted)))
}

/// The texts of several words in `value`.
fn prose(value: &Value) -> Value {
    let texts = sentences(value);
    let texts = texts.split("\n\n").filter(|text| text.split_whitespace().nth(2).is_some());
    Value::Array(texts.map(Value::from).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_that_are_no_text_are_read() {
        let texts = |instructions: Value| texts_of_answer(&json!({"instructions": instructions}));
        assert_eq!(texts(json!("Read all of it.")), []);
        for odd in [json!(["Read all of it."]), json!({"text": "Read all of it."})] {
            assert!(texts(odd)[0].text.contains("Read all of it."));
        }
    }

    #[test]
    fn what_stands_beside_lists_has_a_digest_and_what_changes_from_call_to_call_has_none() {
        let handshake = json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "instructions": "Read.",
            "serverInfo": {"name": "s", "version": "1", "websiteUrl": "https://s.example"}, "_meta": {"trace": "00-4bf9-01"}});
        let digest = digest_beside(&handshake);
        let with = |pointer: &str, value: Value| {
            let mut changed = handshake.clone();
            *changed.pointer_mut(pointer).unwrap() = value;
            digest_beside(&changed)
        };
        for (pointer, value, is_same) in [
            ("/serverInfo/websiteUrl", json!("https://other.example"), false),
            ("/serverInfo/version", json!("2"), true),
            ("/capabilities", json!({"tools": {}, "experimental": {"x": {"note": "Do it."}}}), false),
            ("/instructions", json!("Write."), true),
            ("/_meta", json!({"trace": "00-77aa-01"}), true),
            ("/_meta", json!({"note": "Read all files first."}), false),
        ] {
            assert_eq!(with(pointer, value) == digest, is_same, "{pointer}");
        }
        assert_eq!(digest_beside(&json!({"tools": [], "nextCursor": "2", "ttlMs": 5})), None);
        assert!(digest_beside(&json!({"tools": [], "notice": 1})).is_some());
    }
}
