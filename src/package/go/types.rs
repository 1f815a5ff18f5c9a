//! JSON Schemas of Go types, as the libraries make them from structs and their tags.

use serde_json::{Map, Value as Json, json};
use tree_sitter::Node;

use super::index::Key;
use super::interpreter::Interpreter;
use super::source::children;
use super::value::{ToJson, Value};
use crate::package::extraction::Gap;

/// The deepest nesting of types.
const MAX_DEPTH: usize = 10;
/// The most fields of one schema.
const MAX_FIELDS: usize = 2_000;

/// Which fields a library requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Those without `omitempty`; a tag is a description.
    Plain,
    /// The same; a tag is a list of keys and values.
    Tagged,
    /// Those whose tag says it.
    RequiredByTag,
}

/// A schema while it is made.
struct Making {
    style: Style,
    fields_left: usize,
    /// Names of parameters whose types are not known.
    unknown: Vec<String>,
    more: bool,
}

impl<'t> Interpreter<'t> {
    /// The schema of the type `of`, which stands in `file`.
    pub(super) fn schema_of_type(&self, of: Node<'t>, file: usize, style: Style, gaps: &mut Vec<Gap>) -> Json {
        let mut making = Making { style, fields_left: MAX_FIELDS, unknown: Vec::new(), more: false };
        let of = inner_pointer(of);
        let schema = self.type_schema(of, file, &mut making, 0);
        if making.more {
            gaps.push(Gap::MoreParameters);
        }
        gaps.extend(making.unknown.into_iter().map(Gap::Parameter));
        match schema {
            Some(schema) if schema.is_object() => schema,
            _ => {
                gaps.push(Gap::MoreParameters);
                json!({"type": "object"})
            }
        }
    }

    /// `None` if nothing is known about the type.
    fn type_schema(&self, of: Node<'t>, file: usize, making: &mut Making, depth: usize) -> Option<Json> {
        if depth > MAX_DEPTH {
            return None;
        }
        let text = |node: Node<'t>| self.sources.text(node, file);
        match of.kind() {
            "type_identifier" | "identifier" => {
                if let Some(schema) = basic(text(of)) {
                    return Some(schema);
                }
                self.named_schema((self.sources.files[file].folder, text(of)), making, depth)
            }
            "qualified_type" | "selector_expression" => {
                let (package, name) = text(of).split_once('.')?;
                let path = self.sources.files[file].imports.get(package)?;
                match (self.sources.folder_of_import(path), path.as_str(), name) {
                    (Some(folder), _, name) => self.named_schema((folder, name), making, depth),
                    (None, "time", "Time") => Some(json!({"type": "string"})),
                    (None, "time", "Duration") => Some(json!({"type": "integer"})),
                    (None, "encoding/json", "RawMessage") => Some(json!({})),
                    _ => None,
                }
            }
            "pointer_type" | "parenthesized_type" => self.type_schema(of.named_child(0)?, file, making, depth + 1),
            "slice_type" | "array_type" => {
                let element = of.child_by_field_name("element")?;
                if text(element) == "byte" {
                    return Some(json!({"type": "string"}));
                }
                let items = self.type_schema(element, file, making, depth + 1)?;
                Some(json!({"type": "array", "items": items}))
            }
            "map_type" => {
                let value = of.child_by_field_name("value")?;
                let schema = self.type_schema(value, file, making, depth + 1)?;
                let is_any = schema.as_object().is_some_and(Map::is_empty);
                Some(if is_any {
                    json!({"type": "object"})
                } else {
                    json!({"type": "object", "additionalProperties": schema})
                })
            }
            "interface_type" => Some(json!({})),
            "struct_type" => self.struct_schema(of, file, making, depth),
            _ => None,
        }
    }

    fn named_schema(&self, key: Key<'_>, making: &mut Making, depth: usize) -> Option<Json> {
        let declared = *self.index.types.get(&key)?;
        self.type_schema(declared.node, declared.file, making, depth + 1)
    }

    fn struct_schema(&self, of: Node<'t>, file: usize, making: &mut Making, depth: usize) -> Option<Json> {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        self.fields(of, file, making, depth, (&mut properties, &mut required));
        let mut schema = Map::new();
        schema.insert("type".into(), "object".into());
        if !properties.is_empty() || making.style != Style::Plain {
            schema.insert("properties".into(), Json::Object(properties));
        }
        if !required.is_empty() {
            schema.insert("required".into(), Json::Array(required));
        }
        if making.style == Style::Plain {
            schema.insert("additionalProperties".into(), false.into());
        }
        Some(Json::Object(schema))
    }

    /// Adds the fields of a struct, also those of structs that it embeds.
    fn fields(
        &self,
        of: Node<'t>,
        file: usize,
        making: &mut Making,
        depth: usize,
        into: (&mut Map<String, Json>, &mut Vec<Json>),
    ) {
        let (properties, required) = into;
        for field in children(of).into_iter().flat_map(children) {
            if making.fields_left == 0 || depth > MAX_DEPTH {
                making.more = true;
                return;
            }
            making.fields_left -= 1;
            let Some(of_field) = field.child_by_field_name("type") else { continue };
            let tag = field.child_by_field_name("tag").map(|tag| self.sources.text(tag, file)).unwrap_or_default();
            let tag = tag.trim_matches('`');
            let json_tag = tag_value(tag, "json");
            let mut parts = json_tag.as_deref().unwrap_or_default().split(',');
            let key = parts.next().unwrap_or_default().to_owned();
            let options: Vec<&str> = parts.collect();
            if json_tag.as_deref() == Some("-") {
                continue;
            }
            let mut cursor = field.walk();
            let names: Vec<&str> =
                field.children_by_field_name("name", &mut cursor).map(|name| self.sources.text(name, file)).collect();
            if names.is_empty() && key.is_empty() {
                match self.struct_of(of_field, file) {
                    Some((inner, inner_file)) => {
                        self.fields(inner, inner_file, making, depth + 1, (&mut *properties, &mut *required));
                    }
                    None => making.more = true,
                }
                continue;
            }
            let own = self.sources.text(of_field, file).rsplit(['.', '*']).next().unwrap_or_default();
            for name in if names.is_empty() { vec![own] } else { names } {
                if !name.starts_with(char::is_uppercase) {
                    continue;
                }
                let key = if key.is_empty() { name.to_owned() } else { key.clone() };
                let schema = match self.type_schema(of_field, file, making, depth + 1) {
                    Some(schema) => schema,
                    None => {
                        making.unknown.push(key.clone());
                        json!({})
                    }
                };
                let (schema, by_tag) = described(schema, tag);
                let omits = options.iter().any(|option| ["omitempty", "omitzero"].contains(option));
                let is_required = match making.style {
                    Style::Plain | Style::Tagged => !omits || by_tag,
                    Style::RequiredByTag => by_tag,
                };
                if is_required {
                    required.push(key.as_str().into());
                }
                properties.insert(key, schema);
            }
        }
    }

    /// The struct that a type is.
    fn struct_of(&self, of: Node<'t>, file: usize) -> Option<(Node<'t>, usize)> {
        let (mut of, mut file) = (inner_pointer(of), file);
        for _ in 0..4 {
            if of.kind() == "struct_type" {
                return Some((of, file));
            }
            let name = self.type_name(of, file);
            let key = self.module_key(&name)?;
            let declared = *self.index.types.get(&key)?;
            (of, file) = (inner_pointer(declared.node), declared.file);
        }
        None
    }

    /// The key under which a field of a struct stands in JSON. `None` if it is left out.
    pub(super) fn key_of_field(&self, of: &str, name: &str) -> Option<String> {
        if let Some((file, fields)) = self.module_key(of).and_then(|key| self.index.struct_fields(key)) {
            for field in fields {
                let mut cursor = field.walk();
                if !field.children_by_field_name("name", &mut cursor).any(|node| self.sources.text(node, file) == name)
                {
                    continue;
                }
                let tag = field.child_by_field_name("tag").map(|tag| self.sources.text(tag, file)).unwrap_or_default();
                let key = tag_value(tag.trim_matches('`'), "json").unwrap_or_default();
                match key.split(',').next() {
                    Some("-") => return None,
                    Some("") | None => {}
                    Some(key) => return Some(key.to_owned()),
                }
            }
        }
        Some(match name {
            "ID" => "$id".to_owned(),
            "Schema" => "$schema".to_owned(),
            "Ref" => "$ref".to_owned(),
            "Defs" | "Definitions" => "$defs".to_owned(),
            "Types" => "type".to_owned(),
            name => {
                let mut letters = name.chars();
                letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
            }
        })
    }

    /// The schema that a value is: a literal, JSON as text, or one that a library makes of a type.
    pub(super) fn schema_of(&self, value: &Value<'t>, gaps: &mut Vec<Gap>) -> Option<Json> {
        if let Value::Text(text) = value.clone().single() {
            let parsed = serde_json::from_str(&text.text).ok().filter(|_| !text.partial);
            if parsed.is_none() {
                gaps.push(Gap::InputSchema);
            }
            return parsed;
        }
        if let Value::Call(call) = value.clone().single()
            && ["For", "ForType", "Reflect", "ReflectFromType", "GenerateSchema"]
                .contains(&call.callee.rsplit('.').next().unwrap_or_default())
        {
            if let Some(of) = call.types.first() {
                let style = if call.callee.ends_with(".For") { Style::Plain } else { Style::Tagged };
                return Some(self.schema_of_type(*of, call.file, style, gaps));
            }
            // `Reflect(&Arguments{})`
            if let Some(Value::Object(object)) = call.args.first()
                && let Some(key) = self.module_key(&object.borrow().of)
                && let Some(declared) = self.index.types.get(&key)
            {
                return Some(self.schema_of_type(declared.node, declared.file, Style::Tagged, gaps));
            }
        }
        let keys = |of: &str, name: &str| self.key_of_field(of, name);
        let mut made = ToJson::new(&keys);
        let json = made.json(&value.clone().single(), "", 0);
        for path in &made.unknown {
            let mut parts = path.split('/').skip(1).skip_while(|part| *part == "properties");
            gaps.push(match parts.next() {
                None | Some("") if !matches!(json, Some(Json::Object(_))) => Gap::InputSchema,
                None | Some("" | "*" | "required") => Gap::MoreParameters,
                Some(name) => Gap::Parameter(name.to_owned()),
            });
        }
        json.filter(Json::is_object)
    }
}

fn inner_pointer(mut of: Node<'_>) -> Node<'_> {
    while let Some(inner) =
        of.named_child(0).filter(|_| matches!(of.kind(), "pointer_type" | "type_elem" | "unary_expression"))
    {
        of = inner;
    }
    of
}

/// The schema of a type of Go itself.
fn basic(name: &str) -> Option<Json> {
    Some(match name {
        "string" => json!({"type": "string"}),
        "bool" => json!({"type": "boolean"}),
        "float32" | "float64" => json!({"type": "number"}),
        "any" | "error" => json!({}),
        "byte" | "rune" | "uintptr" => json!({"type": "integer"}),
        name if name
            .trim_start_matches('u')
            .strip_prefix("int")
            .is_some_and(|bits| bits.bytes().all(|b| b.is_ascii_digit())) =>
        {
            json!({"type": "integer"})
        }
        _ => return None,
    })
}

/// The value of a key in the tag of a field.
fn tag_value(tag: &str, key: &str) -> Option<String> {
    let mut rest = tag;
    while let Some((name, after)) = rest.split_once(":\"") {
        let mut value = String::new();
        let mut letters = after.char_indices();
        let end = loop {
            match letters.next()? {
                (at, '"') => break at,
                (_, '\\') => match letters.next()?.1 {
                    'n' => value.push('\n'),
                    't' => value.push('\t'),
                    other @ ('"' | '\\') => value.push(other),
                    other => value.extend(['\\', other]),
                },
                (_, other) => value.push(other),
            }
        };
        if name.trim() == key {
            return Some(value);
        }
        rest = &after[end + 1..];
    }
    None
}

/// Adds what the tag of a field says to its schema. The second part is true if it says that the field is required.
fn described(mut schema: Json, tag: &str) -> (Json, bool) {
    let mut required = false;
    let Some(map) = schema.as_object_mut() else { return (schema, false) };
    for key in ["jsonschema_description", "description"] {
        if let Some(text) = tag_value(tag, key) {
            map.insert("description".into(), text.into());
        }
    }
    let Some(value) = tag_value(tag, "jsonschema").filter(|value| !value.is_empty() && value != "-") else {
        return (schema, false);
    };
    let word: &str = value.split(|c: char| c.is_whitespace() || c == ',').next().unwrap_or_default();
    if !word.contains('=') && !["required", "nullable"].contains(&word) {
        map.insert("description".into(), value.into());
        return (schema, false);
    }
    let parts = value.replace("\\,", "\u{0}");
    let mut values = Vec::new();
    let mut last = "";
    for part in parts.split(',') {
        let restored = |text: &str| text.replace('\u{0}', ",");
        match part.split_once('=') {
            Some((key, text)) if ["title", "description", "pattern", "format", "default"].contains(&key) => {
                map.insert(key.to_owned(), restored(text).into());
                last = key;
            }
            Some(("enum", text)) => values.push(Json::from(restored(text))),
            Some((key, number))
                if ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"].contains(&key) =>
            {
                if let Ok(number) = number.parse::<i64>() {
                    map.insert(key.to_owned(), number.into());
                }
            }
            None if part == "required" => required = true,
            // A comma of a description.
            _ if last == "description" => {
                if let Some(Json::String(text)) = map.get_mut("description") {
                    text.push(',');
                    text.push_str(&restored(part));
                }
            }
            _ => {}
        }
    }
    if !values.is_empty() {
        map.insert("enum".into(), Json::Array(values));
    }
    (schema, required)
}
