//! What a definition says besides its texts, parameters and bounds, a line for each fact: `outputSchema orders[].id type`. A
//! lock has these to show what has changed; the digests decide whether anything has.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::bounds::{MAX_PARAMETER, bounded};
use super::definition::{BOUNDS, NAMES, TEXTS, schema};
use crate::model::Tool;
use crate::text::json::plain;

/// Most facts of a tool.
const MAX_FACTS: usize = 300;
/// Between the values of an unordered list.
const COMMA: &str = ", ";
/// Keywords with an unordered list of values.
const LISTS: [&str; 4] = ["enum", "examples", "required", "type"];
/// Keywords with a list of schemas.
const ALTERNATIVES: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keywords that a locked parameter has, if it is one.
const OF_PARAMETER: [&str; 8] = ["type", "format", "description", "enum", "const", "default", "minimum", "maximum"];

/// The facts of a definition, by field, place and keyword.
pub(super) type Details = BTreeMap<String, String>;

/// The facts of `tool` that are not in its parameters or bounds.
pub(super) fn details(tool: &Tool) -> Details {
    let parameters = tool.parameters.iter().map(|parameter| parameter.path.as_str()).collect();
    let mut input = Facts { field: "inputSchema", parameters, is_input: true, found: Details::new() };
    if let Some(value) = &tool.input_schema {
        input.add(&schema(&value.value()), "");
    }
    let mut found = input.found;
    for (field, value) in [("outputSchema", &tool.output_schema), ("execution", &tool.execution)] {
        let mut facts = Facts { field, parameters: BTreeSet::new(), is_input: false, found };
        if let Some(value) = value {
            facts.add(&schema(&value.value()), "");
        }
        found = facts.found;
    }
    found
}

struct Facts<'a> {
    field: &'static str,
    /// The paths of the parameters, which the lock has apart.
    parameters: BTreeSet<&'a str>,
    /// True for the input schema, of which the lock has the bounds apart.
    is_input: bool,
    found: Details,
}

impl Facts<'_> {
    fn add(&mut self, schema: &Value, place: &str) {
        for (key, value) in schema.as_object().into_iter().flatten() {
            if !self.is_known(key, value, place) {
                self.keyword(key, value, place);
            }
        }
    }

    /// True for a keyword that stands in the lock elsewhere.
    fn is_known(&self, key: &str, value: &Value, place: &str) -> bool {
        let is_scalar = !value.is_object() && !value.is_array();
        let is_bound = self.is_input && is_scalar && BOUNDS.contains(&key);
        let is_parameter = self.parameters.contains(place) && OF_PARAMETER.contains(&key);
        // Every schema of arguments is an object. Which parameters are required stands with each.
        let is_usual = place.is_empty() && key == "type" && value == "object" || key == "$schema";
        let is_required_of_parameters = || {
            let path = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
            let is_parameter = |name: &Value| name.as_str().is_some_and(|name| self.parameters.contains(&*path(name)));
            key == "required" && value.as_array().is_some_and(|names| names.iter().all(is_parameter))
        };
        is_bound || is_parameter || is_usual || is_required_of_parameters()
    }

    fn keyword(&mut self, key: &str, value: &Value, place: &str) {
        let below = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
        match (key, value) {
            (list, Value::Array(values)) if LISTS.contains(&list) => {
                let values: Vec<String> = values.iter().map(plain).collect();
                self.fact(place, key, &values.join(COMMA));
            }
            ("const" | "default", value) => self.fact(place, key, &plain(value)),
            ("properties", Value::Object(map)) => {
                map.iter().for_each(|(name, inner)| self.inner(inner, &below(name)));
            }
            ("items", inner @ Value::Object(_)) => self.add(inner, &format!("{place}[]")),
            ("additionalProperties", inner @ Value::Object(_)) => self.add(inner, &below("*")),
            (names, Value::Object(map)) if NAMES.contains(&names) => {
                map.iter().for_each(|(name, inner)| self.inner(inner, &below(&format!("{names}.{name}"))));
            }
            (list, Value::Array(items)) if ALTERNATIVES.contains(&list) => {
                for (at, inner) in items.iter().enumerate() {
                    // By its name, an alternative that is added changes no other.
                    let name = ["title", "const", "$ref"].iter().find_map(|key| inner.get(*key)).map(plain);
                    let name = name.unwrap_or_else(|| at.to_string());
                    self.inner(inner, &below(&format!("{list}[{name}]")));
                }
            }
            (key, inner @ Value::Object(_)) => self.add(inner, &below(key)),
            (key, Value::Array(items)) if items.iter().any(|item| item.is_object() || item.is_array()) => {
                items.iter().enumerate().for_each(|(at, inner)| self.inner(inner, &below(&format!("{key}[{at}]"))));
            }
            (key, Value::Array(items)) => {
                let values: Vec<String> = items.iter().map(plain).collect();
                self.fact(place, key, &values.join(COMMA));
            }
            (key, scalar) => self.fact(place, key, &plain(scalar)),
        }
    }

    /// A schema with a name. One without keywords is a fact, too.
    fn inner(&mut self, schema: &Value, place: &str) {
        match schema {
            Value::Object(map) if !map.is_empty() => self.add(schema, place),
            _ if self.parameters.contains(place) => {}
            Value::Object(_) => self.fact(place, "", "anything"),
            other => self.fact(place, "", &plain(other)),
        }
    }

    fn fact(&mut self, place: &str, key: &str, value: &str) {
        if self.found.len() < MAX_FACTS {
            let parts: Vec<&str> = [self.field, place, key].into_iter().filter(|part| !part.is_empty()).collect();
            self.found.insert(bounded(&parts.join(" "), MAX_PARAMETER), bounded(value, MAX_PARAMETER));
        }
    }
}

/// A fact before and now. Of a list, one value that is gone or new.
pub(super) type FactChange = (String, Option<String>, Option<String>);

/// The changes of the facts of `field`.
pub(super) fn changes(field: &str, before: &Details, now: &Details) -> Vec<FactChange> {
    let of_field = |name: &&String| name.split(' ').next() == Some(field);
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).filter(of_field).collect();
    let mut changes = Vec::new();
    for name in names {
        let (old, new) = (before.get(name), now.get(name));
        match (old, new) {
            (Some(old), Some(new)) if old != new && is_list(name) => {
                let [old, new] = [old, new].map(|values| values.split(COMMA).collect::<BTreeSet<&str>>());
                changes.extend(old.difference(&new).map(|lost| (name.clone(), Some((*lost).to_owned()), None)));
                changes.extend(new.difference(&old).map(|gained| (name.clone(), None, Some((*gained).to_owned()))));
            }
            (old, new) if old != new => changes.push((name.clone(), old.cloned(), new.cloned())),
            _ => {}
        }
    }
    changes
}

fn is_list(name: &str) -> bool {
    name.rsplit(' ').next().is_some_and(|key| LISTS.contains(&key) && key != "type")
}

/// True for a text that a model may read.
pub(super) fn is_text(name: &str) -> bool {
    name.rsplit(' ').next().is_some_and(|key| TEXTS.contains(&key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Schema, flatten};
    use serde_json::json;

    fn facts(input: &Value, output: &Value) -> Details {
        let tool = Tool {
            parameters: flatten(input).parameters,
            input_schema: Some(Schema::from(input)),
            output_schema: Some(Schema::from(output)),
            ..Tool::default()
        };
        details(&tool)
    }

    #[test]
    fn what_stands_elsewhere_in_the_lock_is_no_fact() {
        let usual = json!({"$schema": "x", "type": "object", "required": ["path"], "additionalProperties": false,
            "properties": {"path": {"type": "string", "description": "A path.", "pattern": "^/"}, "n": {}}});
        assert_eq!(facts(&usual, &json!({"type": "object"})), Details::new());
    }

    #[test]
    fn every_change_of_a_schema_is_shown_as_words() {
        let before = json!({"$defs": {"item": {"type": "object", "properties": {"kind": {"enum": ["a", "b"]}}}},
            "patternProperties": {"^x-": {"type": "string"}}, "oneOf": [{"title": "One"}],
            "properties": {"list": {"type": "array", "items": {"type": "string", "format": "uri"}}}});
        let now = json!({"$defs": {"item": {"type": "object", "required": ["kind"],
                "properties": {"kind": {"enum": ["b", "c"]}, "more": {}}}},
            "patternProperties": {"^x-": {"type": "number"}}, "oneOf": [{"title": "One"}, {"title": "Two"}],
            "properties": {"list": {"type": "array", "items": {"type": "string", "format": "email", "maxLength": 9}}}});
        let output =
            |kind: &str| json!({"type": "object", "properties": {"total": {"type": kind, "description": kind}}});
        let (before, now) = (facts(&before, &output("string")), facts(&now, &output("number")));
        let shown = |field: &str| -> Vec<String> {
            let shown = |(name, old, new): FactChange| {
                format!("{name}: {} -> {}", old.unwrap_or_default(), new.unwrap_or_default())
            };
            changes(field, &before, &now).into_iter().map(shown).collect()
        };
        assert_eq!(
            shown("inputSchema"),
            [
                "inputSchema $defs.item required:  -> kind",
                "inputSchema $defs.item.kind enum: a -> ",
                "inputSchema $defs.item.kind enum:  -> c",
                "inputSchema $defs.item.more:  -> anything",
                "inputSchema list[] format: uri -> email",
                "inputSchema oneOf[Two] title:  -> Two",
                "inputSchema patternProperties.^x- type: string -> number",
            ]
        );
        assert_eq!(
            shown("outputSchema"),
            ["outputSchema total description: string -> number", "outputSchema total type: string -> number"]
        );
    }
}
