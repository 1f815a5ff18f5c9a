//! What an input schema allows at an argument's path. In doubt, everything is allowed: a valid condition must never be
//! reported.

use serde_json::{Map, Value};

use crate::model::{Condition, Op, Schema, Tool};
use crate::policy::decider::compares;
use crate::policy::re2;

/// Deepest nesting of schemas that is followed, and most schemas that are visited per query.
const MAX_DEPTH: usize = 32;
const MAX_STEPS: usize = 2_000;

pub(crate) struct InputSchema {
    root: Value,
}

/// The schemas at a path, from the same branch or from different ones. An empty list allows everything.
pub(crate) struct At<'s> {
    root: &'s Value,
    schemas: Vec<&'s Value>,
    /// True if a branch leaves the value at the path open.
    is_open: bool,
}

impl InputSchema {
    /// The schema of `tool`; a missing schema allows everything.
    pub(crate) fn new(tool: &Tool) -> Self {
        Self { root: tool.input_schema.as_ref().map_or(Value::Bool(true), Schema::value) }
    }

    /// The schemas at the dotted `path`; `None` if the schema has no such path. Names may contain dots.
    pub(crate) fn at(&self, path: &str) -> Option<At<'_>> {
        let mut at = At { root: &self.root, schemas: Vec::new(), is_open: false };
        let mut steps = 0;
        at.find(&self.root, path, true, 0, &mut steps);
        (at.is_open || !at.schemas.is_empty()).then_some(at)
    }
}

impl<'s> At<'s> {
    /// Collects the schemas at `path` below `schema`. `is_whole`: `schema` is not just a part of a combination such as
    /// `allOf`.
    fn find(&mut self, schema: &'s Value, path: &str, is_whole: bool, depth: usize, steps: &mut usize) {
        *steps += 1;
        if depth > MAX_DEPTH || *steps > MAX_STEPS {
            self.is_open = true;
            return;
        }
        let Some(map) = schema.as_object() else {
            self.is_open |= schema != &Value::Bool(false);
            return;
        };
        let branches = branches(self.root, map);
        for branch in &branches {
            self.find(branch, path, false, depth + 1, steps);
        }
        // Array items are not a step in a path.
        if let Some(items) = map.get("items") {
            self.find(items, path, is_whole, depth + 1, steps);
        }
        let mut is_named = false;
        for (name, property) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let Some(rest) = path.strip_prefix(name.as_str()) else { continue };
            if rest.is_empty() {
                is_named = true;
                self.schemas.push(property);
            } else if let Some(rest) = rest.strip_prefix('.') {
                is_named = true;
                self.find(property, rest, true, depth + 1, steps);
            }
        }
        self.is_open |= !is_named && is_open(map, path, is_whole && branches.is_empty());
    }

    /// True if the schema may allow a value that compares as equal to `value`.
    pub(crate) fn admits(&self, value: &Value) -> bool {
        self.some(&|own| admits(own, value))
    }

    /// True if the schema may allow a number beyond the bound of `condition`; always true for other comparisons.
    pub(crate) fn reaches(&self, condition: &Condition) -> bool {
        let Some(bound) = condition.value.as_f64() else { return true };
        let limit = |own: &Map<String, Value>, key: &str| own.get(key).and_then(Value::as_f64);
        let least = |own: &Map<String, Value>, test: &dyn Fn(f64) -> bool| {
            limit(own, "minimum").is_none_or(test) && limit(own, "exclusiveMinimum").is_none_or(|least| least < bound)
        };
        let most = |own: &Map<String, Value>, test: &dyn Fn(f64) -> bool| {
            limit(own, "maximum").is_none_or(test) && limit(own, "exclusiveMaximum").is_none_or(|most| most > bound)
        };
        self.some(&|own| match condition.op {
            Op::Lt => least(own, &|least| least < bound),
            Op::Lte => least(own, &|least| least <= bound),
            Op::Gt => most(own, &|most| most > bound),
            Op::Gte => most(own, &|most| most >= bound),
            Op::Eq | Op::Neq | Op::In | Op::NotIn | Op::Regex | Op::Contains | Op::Exists => true,
        })
    }

    /// True if every branch has an enum, so that all values are known.
    pub(crate) fn is_closed(&self) -> bool {
        !self.some(&|own| !own.contains_key("enum") && !own.contains_key("const"))
    }

    /// True if one of the schemas passes `test`, with its own keywords and those of its parts.
    fn some(&self, test: &dyn Fn(&Map<String, Value>) -> bool) -> bool {
        let mut steps = 0;
        self.is_open || self.schemas.iter().any(|schema| passes(self.root, schema, test, 0, &mut steps))
    }
}

/// True if `schema` passes `test`: its own keywords, all of `allOf`, and one of the other branches.
fn passes(
    root: &Value,
    schema: &Value,
    test: &dyn Fn(&Map<String, Value>) -> bool,
    depth: usize,
    steps: &mut usize,
) -> bool {
    *steps += 1;
    if depth > MAX_DEPTH || *steps > MAX_STEPS {
        return true;
    }
    let Some(map) = schema.as_object() else { return schema != &Value::Bool(false) };
    let list = |key: &str| map.get(key).and_then(Value::as_array).filter(|parts| !parts.is_empty());
    let mut part = |part: &Value| passes(root, part, test, depth + 1, steps);
    test(map)
        && target(root, map).is_none_or(&mut part)
        && list("allOf").is_none_or(|parts| parts.iter().all(&mut part))
        && list("anyOf").is_none_or(|parts| parts.iter().any(&mut part))
        && list("oneOf").is_none_or(|parts| parts.iter().any(&mut part))
}

/// The parts that a schema combines.
fn branches<'s>(root: &'s Value, map: &'s Map<String, Value>) -> Vec<&'s Value> {
    let parts = ["allOf", "anyOf", "oneOf"].iter().filter_map(|key| map.get(*key)?.as_array()).flatten();
    parts.chain(target(root, map)).collect()
}

/// The target of a local `$ref`.
fn target<'s>(root: &'s Value, map: &'s Map<String, Value>) -> Option<&'s Value> {
    root.pointer(map.get("$ref")?.as_str()?.strip_prefix('#')?)
}

/// True if an object may have a property at `path` that is not listed. JSON Schema allows whatever is not forbidden.
/// But if properties are listed and others are not mentioned, an unknown name is most likely a mistake. A part of a
/// schema (not `is_whole`) leaves this to the whole, unless it is an object by itself.
fn is_open(map: &Map<String, Value>, path: &str, is_whole: bool) -> bool {
    let name = path.split('.').next().unwrap_or_default();
    let mut patterns = map.get("patternProperties").and_then(Value::as_object).into_iter().flatten();
    let fits = |pattern: &str| re2::compile(pattern).map_or(true, |pattern| pattern.is_match(name));
    let is_empty = |key: &str| map.get(key).is_none_or(|value| value.as_object().is_some_and(Map::is_empty));
    let types: Vec<&str> = match map.get("type") {
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
        one => one.and_then(Value::as_str).into_iter().collect(),
    };
    let holds_others = types.iter().any(|one| ["object", "array"].contains(one));
    if !types.is_empty() && !holds_others {
        return false;
    }
    let is_open = match map.get("additionalProperties") {
        Some(allowed) => allowed != &Value::Bool(false),
        None => (is_whole || holds_others) && is_empty("properties") && is_empty("items"),
    };
    is_open || patterns.any(|(pattern, _)| fits(pattern))
}

/// True if the keywords of `schema` itself allow a value that compares as equal to `value`. Numbers and booleans equal
/// their text forms.
fn admits(schema: &Map<String, Value>, value: &Value) -> bool {
    let is_equal = |other: &Value| compares(Op::Eq, other, value);
    let listed = match (schema.get("enum").and_then(Value::as_array), schema.get("const")) {
        (Some(values), _) => values.iter().any(is_equal),
        (None, Some(value)) => is_equal(value),
        (None, None) => true,
    };
    let types = match schema.get("type") {
        Some(Value::Array(types)) => types.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => return listed,
    };
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    let limit = |key: &str| schema.get(key).and_then(Value::as_f64);
    let is_within = |number: f64| {
        limit("minimum").is_none_or(|least| number >= least)
            && limit("exclusiveMinimum").is_none_or(|least| number > least)
            && limit("maximum").is_none_or(|most| number <= most)
            && limit("exclusiveMaximum").is_none_or(|most| number < most)
    };
    let fits = |name: &Value| match name.as_str() {
        Some("integer") => number.is_some_and(|number| number.fract() == 0.0 && is_within(number)),
        Some("number") => number.is_some_and(is_within),
        Some("boolean") => value.is_boolean() || value == "true" || value == "false",
        // Null counts as absent and equals nothing.
        Some("null") => false,
        Some("array") => value.is_array() || value.is_string(),
        Some("object") => value.is_object() || value.is_string(),
        _ => true,
    };
    listed && types.iter().any(fits)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema(root: Value) -> InputSchema {
        InputSchema { root }
    }

    #[test]
    fn a_place_is_there_when_the_schema_names_it_or_leaves_it_open() {
        let text = json!({"type": "string"});
        for (root, there, not_there) in [
            (json!({"properties": {"a": text}}), "a", "b"),
            (json!({"properties": {"a": text}}), "a", "a.b"),
            (json!({"properties": {"a": text}, "additionalProperties": true}), "b", "a.b"),
            (json!({"properties": {"a": text}, "additionalProperties": {"type": "number"}}), "b", "a.b"),
            (json!({"properties": {"a": text}, "patternProperties": {"^x-": {}}}), "x-b", "b"),
            (json!({"properties": {"a": {"properties": {"b": text}}}}), "a.b", "a.c"),
            (json!({"properties": {"a.b": text}}), "a.b", "a"),
            (json!({"properties": {"a": {"type": "object"}, "b": text}}), "a.c.d", "b.c"),
            (json!({"properties": {"a": {"anyOf": [{"type": "object"}, {"type": "null"}]}}}), "a.c", "c"),
            (json!({"properties": {"a": {"items": {"properties": {"b": text}}}}}), "a.b", "a.c"),
            (json!({"$ref": "#/$defs/x", "$defs": {"x": {"properties": {"a": text}}}}), "a", "b"),
            (json!({"type": "object", "properties": {"a": text}, "anyOf": [{"required": ["a"]}]}), "a", "b"),
            (json!({"oneOf": [{"properties": {"a": text}}, {"properties": {"b": text}}]}), "b", "c"),
            (json!({"additionalProperties": false}), "", "a"),
        ] {
            let schema = schema(root);
            assert!(there.is_empty() || schema.at(there).is_some(), "{there} in {}", schema.root);
            assert!(schema.at(not_there).is_none(), "{not_there} in {}", schema.root);
        }
        for open in
            [json!(true), json!({}), json!({"type": "object", "properties": {}}), json!({"$ref": "#"}), json!(7)]
        {
            assert!(schema(open.clone()).at("a").is_some(), "{open}");
        }
    }

    #[test]
    fn a_value_is_admitted_where_one_branch_admits_it() {
        let limit = json!({"type": "integer", "minimum": 1, "maximum": 50});
        for (of, admitted, refused) in [
            (limit.clone(), json!([1, 50, "7", 7.0]), json!([99, 0, 1.5, "many", true, null])),
            (json!({"type": "boolean"}), json!([true, "false"]), json!(["perhaps", 1])),
            (json!({"enum": ["a", 5]}), json!(["a", 5, "5"]), json!(["b", 6])),
            (json!({"anyOf": [limit, {"const": "all"}]}), json!([3, "all"]), json!([99, "many"])),
            (json!({"anyOf": [{"enum": ["a"]}, {"type": "string"}]}), json!(["a", "b"]), json!([])),
            (json!({"allOf": [{"type": "integer"}, {"exclusiveMinimum": 5}]}), json!([6]), json!(["x"])),
            (json!({"type": ["string", "null"]}), json!(["a", 5]), json!([])),
            (json!({"type": "array"}), json!([["a"], "x"]), json!([5])),
        ] {
            let schema = schema(json!({"properties": {"a": of}}));
            let at = schema.at("a").unwrap();
            let list = |values: Value| values.as_array().cloned().unwrap_or_default();
            assert!(list(admitted).iter().all(|value| at.admits(value)), "{}", schema.root);
            assert!(!list(refused).iter().any(|value| at.admits(value)), "{}", schema.root);
        }
    }
}
