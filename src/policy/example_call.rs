//! The least that a call must give: arguments that fit a tool's schema, made from the schema alone.

use serde_json::{Map, Value, json};

use crate::model::{Schema, Tool};

/// Deepest nesting that is followed.
const MAX_DEPTH: usize = 12;
/// Most values made for one tool.
const MAX_VALUES: usize = 500;
/// Longest text made to reach a `minLength`, and longest list to reach a `minItems`.
const MAX_LENGTH: u64 = 200;

/// Arguments with which `tool` can be called: what its schema requires, and nothing else.
pub(crate) fn arguments(tool: &Tool) -> Value {
    let Some(schema) = tool.input_schema.as_ref().map(Schema::value) else { return json!({}) };
    let made = Maker { root: &schema, made: 0 }.value(&schema, 0);
    if made.is_object() { made } else { json!({}) }
}

struct Maker<'s> {
    root: &'s Value,
    made: usize,
}

impl<'s> Maker<'s> {
    fn value(&mut self, schema: &'s Value, depth: usize) -> Value {
        self.made += 1;
        let Some(map) = schema.as_object().filter(|_| depth <= MAX_DEPTH && self.made <= MAX_VALUES) else {
            return json!("text");
        };
        if let Some(given) = given(map) {
            return given;
        }
        if let Some(target) = self.target(map) {
            return self.value(target, depth + 1);
        }
        let mut parts = self.parts(map, depth);
        match json_type(map) {
            Some("object") => self.object(map, parts, depth),
            None if map.contains_key("properties") => self.object(map, parts, depth),
            Some("array") => self.array(map, depth),
            Some("integer" | "number") => number(map),
            Some("boolean") => json!(false),
            Some("null") => Value::Null,
            Some(_) => text(map),
            None if parts.is_empty() => json!("text"),
            None => parts.swap_remove(0),
        }
    }

    /// What a local `$ref` points at.
    fn target(&self, map: &Map<String, Value>) -> Option<&'s Value> {
        self.root.pointer(map.get("$ref")?.as_str()?.strip_prefix('#')?)
    }

    /// The values of what the schema is combined of: all of `allOf`, one of the others.
    fn parts(&mut self, map: &'s Map<String, Value>, depth: usize) -> Vec<Value> {
        let list = |key: &str| map.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let is_null = |part: &&Value| part.get("type").is_some_and(|json_type| json_type == "null");
        let one = |key: &str| list(key).iter().find(|part| !is_null(part));
        let chosen = list("allOf").iter().chain(one("anyOf")).chain(one("oneOf"));
        chosen.collect::<Vec<_>>().into_iter().map(|part| self.value(part, depth + 1)).collect()
    }

    fn object(&mut self, map: &'s Map<String, Value>, parts: Vec<Value>, depth: usize) -> Value {
        let mut made = Map::new();
        for part in parts {
            if let Value::Object(part) = part {
                made.extend(part);
            }
        }
        let required = map.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for name in required {
            let property = map.get("properties").and_then(|properties| properties.get(name));
            let value = property.map_or_else(|| json!("text"), |property| self.value(property, depth + 1));
            made.insert(name.to_owned(), value);
        }
        Value::Object(made)
    }

    fn array(&mut self, map: &'s Map<String, Value>, depth: usize) -> Value {
        let least = map.get("minItems").and_then(Value::as_u64).unwrap_or(1).clamp(1, MAX_LENGTH);
        let item = map.get("items").map_or_else(|| json!("text"), |items| self.value(items, depth + 1));
        (0..least).map(|_| item.clone()).collect()
    }
}

/// The value that the schema names itself.
fn given(map: &Map<String, Value>) -> Option<Value> {
    let first = |key: &str| map.get(key)?.as_array()?.iter().find(|value| !value.is_null());
    let default = map.get("default").filter(|value| !value.is_null());
    map.get("const").or_else(|| first("enum")).or(default).or_else(|| first("examples")).cloned()
}

/// The first type that is not `null`.
fn json_type(map: &Map<String, Value>) -> Option<&str> {
    match map.get("type")? {
        Value::Array(types) => types.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        json_type => json_type.as_str(),
    }
}

fn number(map: &Map<String, Value>) -> Value {
    let least = map.get("minimum").or_else(|| map.get("exclusiveMinimum").filter(|value| value.is_number()));
    match least.and_then(Value::as_f64) {
        Some(least) if least >= 1.0 => map.get("minimum").cloned().unwrap_or_else(|| json!(least.floor() + 1.0)),
        _ => match map.get("maximum").filter(|value| value.as_f64().is_some_and(|most| most < 1.0)) {
            Some(most) => most.clone(),
            None => json!(1),
        },
    }
}

fn text(map: &Map<String, Value>) -> Value {
    let least = map.get("minLength").and_then(Value::as_u64).unwrap_or(0).min(MAX_LENGTH);
    match map.get("format").and_then(Value::as_str) {
        Some("uri" | "url" | "uri-reference" | "iri") => json!("https://example.com/"),
        Some("date") => json!("2026-01-01"),
        Some("date-time") => json!("2026-01-01T00:00:00Z"),
        Some("email") => json!("someone@example.com"),
        Some("uuid") => json!("00000000-0000-4000-8000-000000000000"),
        _ => json!("text".repeat(usize::try_from(least.div_ceil(4).max(1)).unwrap_or(1))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(schema: Value) -> Value {
        arguments(&Tool { name: "t".into(), input_schema: Some((&schema).into()), ..Tool::default() })
    }

    #[test]
    fn what_is_required_is_given_as_the_schema_asks() {
        let schema = json!({
            "type": "object",
            "required": ["kind", "when", "size", "tags", "deep", "free", "null_or"],
            "properties": {
                "kind": {"enum": ["a", "b"]}, "when": {"type": "string", "format": "date"},
                "size": {"type": "integer", "minimum": 7}, "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2},
                "deep": {"$ref": "#/$defs/deep"}, "free": {}, "optional": {"type": "string"},
                "null_or": {"anyOf": [{"type": "null"}, {"type": "boolean"}]}
            },
            "$defs": {"deep": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "minLength": 6}}}}
        });
        let wanted = json!({
            "kind": "a", "when": "2026-01-01", "size": 7, "tags": ["text", "text"], "deep": {"id": "texttext"},
            "free": "text", "null_or": false
        });
        assert_eq!(made(schema), wanted);
    }

    #[test]
    fn odd_schemas_end() {
        for odd in [json!(7), json!({"$ref": "#"}), json!({"required": "x"}), json!({"type": "array"})] {
            assert!(made(odd).is_object());
        }
        let parts: Vec<Value> = (0..9).map(|_| json!({"$ref": "#"})).collect();
        made(json!({"type": "object", "allOf": parts}));
    }

    #[test]
    fn made_arguments_fit_their_schema() {
        let text = include_str!("../../fixtures/listings/example-shop.json");
        let listing: Value = serde_json::from_str(text).unwrap();
        for tool in listing["tools"].as_array().unwrap() {
            let schema = &tool["inputSchema"];
            let validator = jsonschema::validator_for(schema).unwrap();
            let made = made(schema.clone());
            // What a pattern asks for, nobody can guess.
            let mut errors = validator.iter_errors(&made);
            assert!(errors.all(|e| e.schema_path().to_string().ends_with("/pattern")), "{}: {made}", tool["name"]);
        }
    }
}
