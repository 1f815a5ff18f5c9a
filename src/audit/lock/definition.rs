//! Decides whether two definitions are equal. Words and values count. The order of keys, of tools and of unordered JSON
//! Schema lists does not count, nor does the amount of white space between words.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::{Annotations, Schema, Tool};
use crate::text::digest::{canonical, of_json, sha256};
use crate::text::json::plain;

/// Keywords whose value is human-readable text.
pub(super) const TEXTS: [&str; 3] = ["title", "description", "$comment"];
/// Keywords whose value is data and not a schema. It is compared exactly.
const DATA: [&str; 2] = ["const", "default"];
/// Keywords whose list is unordered.
const SETS: [&str; 7] = ["required", "enum", "type", "examples", "allOf", "anyOf", "oneOf"];
/// Keywords whose keys are names and not keywords.
pub(super) const NAMES: [&str; 6] =
    ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependentRequired"];

/// `text` with one space between words. `None` if it has no words.
pub(crate) fn collapse_spaces(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The digest of each field of `tool`, by the field name in the protocol. The tool name is not included: it identifies
/// the tool.
pub(crate) fn digests(tool: &Tool) -> BTreeMap<String, String> {
    let text = |text: &Option<String>| text.as_deref().and_then(collapse_spaces).map(|text| sha256([text]));
    let of_schema = |value: &Option<Schema>| value.as_ref().map(|value| of_json(&schema(&value.value())));
    // Known hints and unknown keys of `annotations` form one field.
    let mut other = tool.other_fields.clone();
    let more = other.remove("annotations");
    let hints = (!hints_of(tool).is_empty() || more.is_some()).then(|| {
        let hints = serde_json::to_string(&hints_of(tool)).unwrap_or_default();
        sha256([hints, more.unwrap_or_default()])
    });
    let error = tool.error.as_ref().map(|error| sha256([error]));
    let fields = [
        ("title", text(&tool.title)),
        ("description", text(&tool.description)),
        ("inputSchema", of_schema(&tool.input_schema)),
        ("outputSchema", of_schema(&tool.output_schema)),
        ("annotations", hints),
        ("error", error),
    ];
    // For a field that was too long to keep, the tool already has the digest of the whole value.
    for (key, digest) in fields.into_iter().filter_map(|(key, digest)| Some((key, digest?))) {
        other.entry(key.to_owned()).or_insert(digest);
    }
    other
}

/// The hints, with white space in the title normalized.
pub(crate) fn hints_of(tool: &Tool) -> Annotations {
    Annotations { title: tool.annotations.title.as_deref().and_then(collapse_spaces), ..tool.annotations.clone() }
}

/// The normal form of a schema: schemas with the same meaning are equal. The depth is bounded by the JSON parser.
pub(super) fn schema(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), keyword(key, value))).collect(),
        Value::Array(items) => items.iter().map(schema).collect(),
        plain => plain.clone(),
    }
}

fn keyword(key: &str, value: &Value) -> Value {
    match value {
        Value::String(text) if TEXTS.contains(&key) => collapse_spaces(text).unwrap_or_default().into(),
        value if DATA.contains(&key) => value.clone(),
        Value::Array(items) if SETS.contains(&key) => {
            let data = matches!(key, "enum" | "examples");
            set(items.iter().map(|item| if data { item.clone() } else { schema(item) }).collect())
        }
        Value::Object(map) if NAMES.contains(&key) => Value::Object(named(map)),
        value => schema(value),
    }
}

fn named(map: &Map<String, Value>) -> Map<String, Value> {
    let named = |value: &Value| match value {
        // The required names in `dependentRequired`.
        Value::Array(items) => set(items.clone()),
        value => schema(value),
    };
    map.iter().map(|(name, value)| (name.clone(), named(value))).collect()
}

fn set(mut items: Vec<Value>) -> Value {
    items.sort_by_cached_key(canonical);
    Value::Array(items)
}

/// Keywords that restrict arguments, except those that `AcceptedValues` covers.
pub(super) const BOUNDS: [&str; 12] = [
    "pattern",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "additionalProperties",
];
/// Most restrictions recorded per schema.
const MAX_BOUNDS: usize = 200;

/// The restrictions on the arguments that `value` describes, by path and keyword: `files[].path pattern`.
pub(crate) fn bounds(value: &Value) -> BTreeMap<String, String> {
    let mut bounds = BTreeMap::new();
    add_bounds(&schema(value), "", &mut bounds);
    bounds
}

fn add_bounds(schema: &Value, place: &str, out: &mut BTreeMap<String, String>) {
    let below = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    for (key, value) in schema.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            (bound, Value::Bool(_) | Value::Number(_) | Value::String(_))
                if BOUNDS.contains(&bound) && out.len() < MAX_BOUNDS =>
            {
                out.insert(format!("{place} {bound}").trim_start().to_owned(), plain(value));
            }
            ("additionalProperties", inner) => add_bounds(inner, &below("*"), out),
            ("items", inner) => add_bounds(inner, &format!("{place}[]"), out),
            ("properties", Value::Object(map)) => {
                map.iter().for_each(|(name, inner)| add_bounds(inner, &below(name), out));
            }
            (names, Value::Object(map)) if NAMES.contains(&names) => {
                map.iter().for_each(|(name, inner)| add_bounds(inner, &below(&format!("{names}.{name}")), out));
            }
            (list @ ("allOf" | "anyOf" | "oneOf" | "prefixItems"), Value::Array(items)) => {
                let inner = |(at, inner): (usize, &Value)| add_bounds(inner, &below(&format!("{list}[{at}]")), out);
                items.iter().enumerate().for_each(inner);
            }
            _ => {}
        }
    }
}
