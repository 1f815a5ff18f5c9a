//! The parameters and the text of an operation of an OpenAPI description.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

/// The longest chain of references, and the deepest nesting that is followed.
const MAX_DEPTH: usize = 32;
/// The most schemas and properties that are visited for the body of one operation.
const MAX_VISITS: usize = 10_000;
/// The most parameters that an operation, and its path, lists.
const MAX_PARAMETERS: usize = 1_000;
/// The most definitions of one tool.
const MAX_DEFINITIONS: usize = 200;
/// How a reference to a shared schema starts.
const SHARED: &str = "#/components/schemas/";

/// An operation in its description.
pub(super) struct Operation<'d> {
    pub(super) description: &'d Json,
    pub(super) path: &'d str,
    pub(super) method: &'d str,
    pub(super) item: &'d Json,
    pub(super) operation: &'d Json,
}

impl<'d> Operation<'d> {
    pub(super) fn tags(&self) -> Vec<&'d str> {
        let tags = self.operation.get("tags").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        tags.iter().filter_map(Json::as_str).collect()
    }

    /// The description of its tool.
    pub(super) fn text(&self) -> String {
        let text = |key: &str| self.operation.get(key).and_then(Json::as_str).filter(|text| !text.is_empty());
        let other = || format!("Executes {} {}", self.method.to_uppercase(), self.path);
        text("description").or_else(|| text("summary")).map_or_else(other, str::to_owned)
    }

    /// The schema of its tool: parameters, then the properties of the body.
    pub(super) fn parameters(&self) -> Json {
        let (body, body_is_required) = self.body();
        let listed = self.listed_parameters();
        let name_of = |parameter: &'d Json| parameter.get("name").and_then(Json::as_str).unwrap_or_default();
        let place_of = |parameter: &'d Json| parameter.get("in").and_then(Json::as_str).unwrap_or_default();
        let is_twice = |name: &str| {
            body.iter().any(|(other, _, _)| other == name)
                || listed.iter().filter(|parameter| name_of(parameter) == name).count() > 1
        };
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for parameter in &listed {
            let (name, place) = (name_of(parameter), place_of(parameter));
            let key = if is_twice(name) { format!("{name}__{place}") } else { name.to_owned() };
            let mut schema = parameter.get("schema").cloned().unwrap_or_else(|| Json::Object(Map::new()));
            if let (Some(text), Some(map)) = (parameter.get("description"), schema.as_object_mut()) {
                map.entry("description").or_insert_with(|| text.clone());
            }
            if parameter.get("required").and_then(Json::as_bool) == Some(true) {
                required.push(key.clone());
            }
            properties.insert(key, schema);
        }
        for (name, schema, is_required) in body {
            if is_required && body_is_required && !required.contains(&name) {
                required.push(name.clone());
            }
            properties.insert(name, schema);
        }
        let mut schema = object(properties, &required);
        self.define(&mut schema);
        schema
    }

    /// The parameters of the operation, and those of its path that it does not replace.
    fn listed_parameters(&self) -> Vec<&'d Json> {
        let of = |holder: &'d Json| {
            holder.get("parameters").and_then(Json::as_array).into_iter().flatten().take(MAX_PARAMETERS)
        };
        let key = |parameter: &'d Json| (parameter.get("name"), parameter.get("in"));
        let own: Vec<&Json> = of(self.operation).map(|parameter| self.resolved(parameter)).collect();
        let shared = of(self.item).map(|parameter| self.resolved(parameter));
        let mut listed: Vec<&Json> = shared.filter(|one| !own.iter().any(|other| key(other) == key(one))).collect();
        listed.extend(own);
        listed
    }

    /// The properties of the body with whether each is required, and whether the body is.
    fn body(&self) -> (Vec<(String, Json, bool)>, bool) {
        let Some(body) = self.operation.get("requestBody").map(|body| self.resolved(body)) else {
            return (Vec::new(), false);
        };
        let is_required = body.get("required").and_then(Json::as_bool).unwrap_or(false);
        let content = body.get("content").and_then(Json::as_object).and_then(|content| content.values().next());
        let Some(schema) = content.and_then(|content| content.get("schema")) else { return (Vec::new(), is_required) };
        let (mut found, mut left) = (Vec::new(), MAX_VISITS);
        self.properties(schema, &mut found, MAX_DEPTH, &mut left);
        // The last one of each name counts.
        let mut names = BTreeSet::new();
        found.reverse();
        found.retain(|(name, _, _)| names.insert(*name));
        found.reverse();
        let cloned =
            |(name, property, is_required): (&str, &Json, bool)| (name.to_owned(), property.clone(), is_required);
        let mut properties: Vec<(String, Json, bool)> = found.into_iter().map(cloned).collect();
        if properties.is_empty() {
            let title = schema.get("title").and_then(Json::as_str).unwrap_or("body").to_lowercase();
            let name = title.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_");
            properties.push((name, schema.clone(), true));
        }
        (properties, is_required)
    }

    /// Adds the properties of a schema, and of those that it combines by `allOf`, until no visits are `left`.
    fn properties(&self, schema: &'d Json, into: &mut Vec<(&'d str, &'d Json, bool)>, depth: usize, left: &mut usize) {
        if depth == 0 || *left == 0 {
            return;
        }
        *left -= 1;
        let schema = self.resolved(schema);
        for part in schema.get("allOf").and_then(Json::as_array).into_iter().flatten() {
            if *left == 0 {
                return;
            }
            self.properties(part, into, depth - 1, left);
        }
        let required = schema.get("required").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        for (name, property) in schema.get("properties").and_then(Json::as_object).into_iter().flatten() {
            if *left == 0 {
                return;
            }
            *left -= 1;
            let is_required = required.iter().any(|other| other.as_str() == Some(name));
            into.push((name.as_str(), property, is_required));
        }
    }

    /// What a reference leads to.
    fn resolved(&self, value: &'d Json) -> &'d Json {
        let mut value = value;
        for _ in 0..MAX_DEPTH {
            let target = value.get("$ref").and_then(Json::as_str).and_then(|target| target.strip_prefix('#'));
            match target.and_then(|pointer| self.description.pointer(pointer)) {
                Some(found) => value = found,
                None => break,
            }
        }
        value
    }

    /// Moves the shared schemas that `schema` uses into its `$defs`.
    fn define(&self, schema: &mut Json) {
        let mut open = BTreeSet::new();
        rename(schema, &mut open, MAX_DEPTH);
        let mut definitions = Map::new();
        while let Some(name) = open.pop_first() {
            if definitions.contains_key(&name) || definitions.len() >= MAX_DEFINITIONS {
                continue;
            }
            let mut found =
                self.description.pointer(&format!("/components/schemas/{name}")).cloned().unwrap_or_default();
            rename(&mut found, &mut open, MAX_DEPTH);
            definitions.insert(name, found);
        }
        if !definitions.is_empty() {
            schema["$defs"] = Json::Object(definitions);
        }
    }
}

/// An object schema of `properties`.
fn object(properties: Map<String, Json>, required: &[String]) -> Json {
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// Lets references to shared schemas point to `$defs`, and collects their names.
fn rename(schema: &mut Json, names: &mut BTreeSet<String>, depth: usize) {
    if depth == 0 {
        return;
    }
    match schema {
        Json::Object(map) => {
            let target = map.get("$ref").and_then(Json::as_str).and_then(|target| target.strip_prefix(SHARED));
            if let Some(name) = target.map(str::to_owned) {
                map.insert("$ref".into(), format!("#/$defs/{name}").into());
                names.insert(name);
            }
            map.values_mut().for_each(|value| rename(value, names, depth - 1));
        }
        Json::Array(items) => items.iter_mut().for_each(|item| rename(item, names, depth - 1)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}
