//! From values and schemas to JSON.

use std::rc::Rc;

use serde_json::{Map, Value as Json, json};

use super::super::interpreter::{Eval, Interpreter};
use super::super::numbers;
use super::super::value::{Kind, Unknown, Value};
use super::{Keywords, More, Schema, SchemaKind};
use crate::package::extraction::json_bytes;

/// The deepest nesting of JSON.
const MAX_DEPTH: usize = 40;
/// Looking into an option of a union takes as long as copying so many values.
const OPTION_COST: usize = 4;
/// What a value of JSON takes, in bytes.
const NODE_BYTES: usize = 64;
/// The most values of one schema or object.
const MAX_VALUES: usize = 100_000;

/// The paths of what is not known. An empty one is the whole.
pub(in super::super) type Unknowns = Vec<String>;

struct Writer {
    unknowns: Unknowns,
    path: Vec<String>,
    values: usize,
}

impl Writer {
    fn new() -> Self {
        Self { unknowns: Vec::new(), path: Vec::new(), values: 0 }
    }

    fn unknown(&mut self) {
        if self.unknowns.len() < 64 {
            self.unknowns.push(self.path.join("/"));
        }
    }

    fn is_full(&mut self) -> bool {
        self.values += 1;
        self.values > MAX_VALUES || self.path.len() > MAX_DEPTH
    }
}

impl Interpreter<'_> {
    /// `value` as JSON, and where it is not known. `None` if JSON leaves it out.
    pub(in super::super) fn json_of(&mut self, value: &Value) -> Eval<(Option<Json>, Unknowns)> {
        let mut writer = Writer::new();
        let json = self.write(value, &mut writer)?;
        Ok((json, writer.unknowns))
    }

    /// The JSON Schema of `schema`, and where it is not known.
    pub(in super::super) fn json_schema(&mut self, schema: &Rc<Schema>) -> Eval<(Json, Unknowns)> {
        let mut writer = Writer::new();
        let json = self.write_schema(schema, &mut writer)?;
        Ok((json, writer.unknowns))
    }

    /// What a converter of schemas returns.
    pub(in super::super) fn schema_as_value(&mut self, schema: &Rc<Schema>) -> Eval {
        // The schema itself stands for its JSON, so that nothing of what is not known is lost.
        let (json, unknowns) = self.json_schema(schema)?;
        if unknowns.is_empty() {
            Ok(self.value_of_json(&json))
        } else {
            Ok(self.new_object(Kind::Schema(Rc::clone(schema))))
        }
    }

    fn write(&mut self, value: &Value, writer: &mut Writer) -> Eval<Option<Json>> {
        self.step()?;
        self.keep(NODE_BYTES);
        if writer.is_full() {
            self.limit_reached = true;
            writer.unknown();
            return Ok(None);
        }
        Ok(match value {
            Value::Undefined => None,
            Value::Null => Some(Json::Null),
            Value::Bool(holds) => Some(json!(holds)),
            Value::Number(number) => Some(numbers::to_json(*number).map_or(Json::Null, Json::Number)),
            Value::String(text) => {
                self.copying(text.len());
                self.keep(text.len());
                Some(json!(&**text))
            }
            Value::External(_) | Value::Unknown(_) => {
                writer.unknown();
                None
            }
            Value::Object(id) => {
                let id = *id;
                if let Some(schema) = self.schema(value) {
                    return self.write_schema(&schema, writer).map(Some);
                }
                if self.is_callable(value) {
                    return Ok(None);
                }
                if let Kind::Array(items) = &self.object(id).kind {
                    let (items, open) = (items.clone(), self.object(id).open);
                    let mut array = Vec::with_capacity(items.len());
                    for item in &items {
                        writer.path.push(array.len().to_string());
                        let json = self.write(item, writer)?;
                        writer.path.pop();
                        array.push(json.unwrap_or(Json::Null));
                    }
                    if open {
                        writer.unknown();
                    }
                    return Ok(Some(Json::Array(array)));
                }
                let Some((names, open)) = self.own_names(value) else { return Ok(None) };
                let mut object = Map::new();
                for name in names {
                    let part = self.get(value, &name)?;
                    writer.path.push(name.to_string());
                    if let Some(json) = self.write(&part, writer)? {
                        object.insert(name.to_string(), json);
                    }
                    writer.path.pop();
                }
                if open {
                    writer.unknown();
                }
                Some(Json::Object(object))
            }
        })
    }

    /// The schema of a part, which may be unknown.
    fn write_part(&mut self, value: &Value, name: &str, writer: &mut Writer) -> Eval<Json> {
        writer.path.push(name.to_owned());
        let json = match self.schema(value) {
            Some(schema) => self.write_schema(&schema, writer)?,
            None if matches!(self.kind(value), Some(Kind::Plain)) => self.write(value, writer)?.unwrap_or(json!({})),
            None => {
                writer.unknown();
                json!({})
            }
        };
        writer.path.pop();
        Ok(json)
    }

    fn write_schema(&mut self, schema: &Rc<Schema>, writer: &mut Writer) -> Eval<Json> {
        self.step()?;
        self.keep(NODE_BYTES);
        if writer.is_full() {
            writer.unknown();
            return Ok(json!({}));
        }
        let inner = self.deeper(|this| this.write_kind(schema, writer)).unwrap_or(Ok(json!({})))?;
        let Json::Object(mut object) = inner else { return Ok(inner) };
        match &schema.description {
            Some(Value::String(text)) => {
                self.copying(text.len());
                self.keep(text.len());
                object.insert("description".to_owned(), json!(&**text));
            }
            Some(Value::Undefined | Value::Null) | None => {}
            Some(_) => {
                writer.path.push("description".to_owned());
                writer.unknown();
                writer.path.pop();
            }
        }
        Ok(Json::Object(object))
    }

    fn write_kind(&mut self, schema: &Rc<Schema>, writer: &mut Writer) -> Eval<Json> {
        Ok(match &schema.kind {
            SchemaKind::Simple { name, keywords, .. } => {
                self.keep(keywords.iter().map(|(_, value)| json_bytes(value)).sum());
                typed(name, keywords)
            }
            SchemaKind::Null => json!({"type": "null"}),
            SchemaKind::Undefined | SchemaKind::Never => json!({"not": {}}),
            SchemaKind::Any | SchemaKind::Opaque => json!({}),
            SchemaKind::Literal(values) => {
                let (json, mut unknowns) = (self.literals(values)?, Vec::new());
                writer.unknowns.append(&mut unknowns);
                match json.as_slice() {
                    [one] => with_type(one, "const", one.clone()),
                    [] => json!({}),
                    [first, ..] => with_type(first, "enum", Json::Array(json.clone())),
                }
            }
            SchemaKind::Enum { values, open } => {
                if *open {
                    writer.unknown();
                }
                let json = self.literals(values)?;
                match json.first() {
                    Some(first) => with_type(first, "enum", Json::Array(json.clone())),
                    None => json!({"type": "string"}),
                }
            }
            SchemaKind::Array(item, keywords) => {
                let Json::Object(mut object) = typed("array", keywords) else { return Ok(json!({})) };
                object.insert("items".to_owned(), self.write_part(item, "items", writer)?);
                Json::Object(object)
            }
            SchemaKind::Tuple(items) => {
                let mut all = Vec::new();
                for item in items {
                    all.push(self.write_part(item, "items", writer)?);
                }
                json!({"type": "array", "minItems": all.len(), "maxItems": all.len(), "items": all})
            }
            SchemaKind::Record(value) => {
                let values = self.write_part(value, "additionalProperties", writer)?;
                json!({"type": "object", "additionalProperties": values})
            }
            SchemaKind::Union { options, open } => {
                if *open {
                    writer.unknown();
                }
                let mut all = Vec::new();
                for option in options {
                    all.push(self.write_part(option, "anyOf", writer)?);
                }
                json!({"anyOf": all})
            }
            SchemaKind::Intersection(left, right) => {
                let left = self.write_part(left, "allOf", writer)?;
                let right = self.write_part(right, "allOf", writer)?;
                json!({"allOf": [left, right]})
            }
            SchemaKind::Optional(inner) | SchemaKind::Effects(inner) => self.write_inner(inner, writer)?,
            SchemaKind::Nullable(inner) => {
                let inner = self.write_inner(inner, writer)?;
                match inner
                    .get("type")
                    .and_then(Json::as_str)
                    .filter(|_| schema.version <= 3 && inner.get("enum").is_none())
                {
                    Some(name) if inner.as_object().is_some_and(|object| object.len() == 1) => {
                        json!({"type": [name, "null"]})
                    }
                    _ => json!({"anyOf": [inner, {"type": "null"}]}),
                }
            }
            SchemaKind::Default(inner, value) => {
                let mut inner = self.write_inner(inner, writer)?;
                let default = self.write(value, &mut Writer::new())?;
                if let (Some(object), Some(default)) = (inner.as_object_mut(), default) {
                    object.insert("default".to_owned(), default);
                }
                inner
            }
            SchemaKind::Lazy(getter) => {
                let inner = self.call(getter, Value::Undefined, Vec::new())?;
                // A schema that contains itself ends here.
                if writer.path.len() > 8 {
                    return Ok(json!({}));
                }
                self.write_part(&inner, "lazy", writer)?
            }
            SchemaKind::Object { shape, open, more } => self.write_object(schema, shape, *open, more, writer)?,
        })
    }

    fn write_inner(&mut self, inner: &Value, writer: &mut Writer) -> Eval<Json> {
        match self.schema(inner) {
            Some(schema) => self.write_schema(&schema, writer),
            None => {
                writer.unknown();
                Ok(json!({}))
            }
        }
    }

    fn write_object(
        &mut self,
        schema: &Schema,
        shape: &[(super::super::syntax::Name, Value)],
        open: bool,
        more: &More,
        writer: &mut Writer,
    ) -> Eval<Json> {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for (name, value) in shape {
            if value.is_nullish() {
                continue;
            }
            if self.schema(value).is_some_and(|schema| matches!(schema.kind, SchemaKind::Undefined)) {
                continue;
            }
            let property = self.write_part(value, name, writer)?;
            properties.insert(name.to_string(), property);
            if !self.is_optional(value, schema.version, 0) {
                required.push(json!(&**name));
            }
        }
        if open {
            writer.path.push("*".to_owned());
            writer.unknown();
            writer.path.pop();
        }
        let mut object = Map::new();
        object.insert("type".to_owned(), json!("object"));
        object.insert("properties".to_owned(), Json::Object(properties));
        if !required.is_empty() {
            object.insert("required".to_owned(), Json::Array(required));
        }
        let additional = match more {
            More::Strip if schema.version > 3 => None,
            More::Strip | More::Strict => Some(json!(false)),
            More::Passthrough if schema.version > 3 => Some(json!({})),
            More::Passthrough => Some(json!(true)),
            More::Catchall(value) => Some(self.write_part(value, "additionalProperties", writer)?),
        };
        if let Some(additional) = additional {
            object.insert("additionalProperties".to_owned(), additional);
        }
        Ok(Json::Object(object))
    }

    /// Whether an object may leave the property out.
    fn is_optional(&mut self, value: &Value, version: u32, depth: usize) -> bool {
        self.copying(OPTION_COST);
        let is_near = depth < MAX_DEPTH && !self.is_exhausted();
        let Some(schema) = self.schema(value).filter(|_| is_near) else { return false };
        match &schema.kind {
            // zod 3 asks whether `undefined` passes, and a default that is unset is no value.
            SchemaKind::Default(inner, Value::Undefined | Value::Unknown(Unknown::Setting)) if version <= 3 => {
                self.is_optional(inner, version, depth + 1)
            }
            SchemaKind::Optional(_) | SchemaKind::Default(..) | SchemaKind::Undefined => true,
            // zod 3 asks whether `undefined` passes.
            SchemaKind::Any => version <= 3,
            SchemaKind::Simple { name, coerced: true, .. } => version <= 3 && *name != "number" && *name != "integer",
            SchemaKind::Nullable(inner) | SchemaKind::Effects(inner) => self.is_optional(inner, version, depth + 1),
            SchemaKind::Union { options, .. } => {
                let options = options.clone();
                options.iter().any(|option| self.is_optional(option, version, depth + 1))
            }
            SchemaKind::Intersection(left, right) => {
                let (left, right) = (left.clone(), right.clone());
                self.is_optional(&left, version, depth + 1) && self.is_optional(&right, version, depth + 1)
            }
            SchemaKind::Simple { .. }
            | SchemaKind::Null
            | SchemaKind::Never
            | SchemaKind::Opaque
            | SchemaKind::Literal(_)
            | SchemaKind::Enum { .. }
            | SchemaKind::Array(..)
            | SchemaKind::Tuple(_)
            | SchemaKind::Object { .. }
            | SchemaKind::Record(_)
            | SchemaKind::Lazy(_) => false,
        }
    }

    fn literals(&mut self, values: &[Value]) -> Eval<Vec<Json>> {
        let mut all = Vec::with_capacity(values.len());
        for value in values {
            if let (Some(json), _) = self.json_of(value)? {
                all.push(json);
            }
        }
        Ok(all)
    }
}

fn typed(name: &str, keywords: &Keywords) -> Json {
    let mut object = Map::new();
    object.insert("type".to_owned(), json!(name));
    for (keyword, value) in keywords {
        object.insert((*keyword).to_owned(), value.clone());
    }
    Json::Object(object)
}

/// A schema of `value` by its type.
fn with_type(value: &Json, keyword: &str, content: Json) -> Json {
    let name = match value {
        Json::String(_) => "string",
        Json::Number(_) => "number",
        Json::Bool(_) => "boolean",
        Json::Null => "null",
        Json::Array(_) | Json::Object(_) => return json!({ keyword: content }),
    };
    json!({ "type": name, keyword: content })
}
