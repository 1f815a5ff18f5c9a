//! What a program sees of a schema that it looks into: its class, and the fields of its definition.

use std::rc::Rc;

use super::super::interpreter::Interpreter;
use super::super::value::{Kind, Value};
use super::{Keywords, Schema, SchemaKind, is_zod};

/// Classes that every schema is an instance of.
const OF_ALL: [&str; 3] = ["ZodType", "ZodSchema", "ZodTypeAny"];

/// The name of the class of a schema, without `Zod`. `None` if several fit.
fn class_name(schema: &Schema) -> Option<&'static str> {
    Some(match &schema.kind {
        SchemaKind::Simple { name: "string", keywords, .. } => {
            // `z.email()` and `z.string().email()` are of different classes since version 4.
            let has_format = keywords.iter().any(|(keyword, _)| *keyword == "format");
            return (schema.version <= 3 || !has_format).then_some("String");
        }
        SchemaKind::Simple { name: "boolean", .. } => "Boolean",
        SchemaKind::Simple { .. } => "Number",
        SchemaKind::Null => "Null",
        SchemaKind::Never => "Never",
        SchemaKind::Literal(_) => "Literal",
        SchemaKind::Enum { .. } => "Enum",
        SchemaKind::Array(..) => "Array",
        SchemaKind::Tuple(_) => "Tuple",
        SchemaKind::Object { .. } => "Object",
        SchemaKind::Record(_) => "Record",
        SchemaKind::Union { .. } => "Union",
        SchemaKind::Intersection(..) => "Intersection",
        SchemaKind::Optional(_) => "Optional",
        SchemaKind::Nullable(_) => "Nullable",
        SchemaKind::Default(..) => "Default",
        SchemaKind::Lazy(_) => "Lazy",
        SchemaKind::Undefined | SchemaKind::Any | SchemaKind::Opaque | SchemaKind::Effects(_) => return None,
    })
}

impl Interpreter<'_> {
    /// What `schema instanceof class` gives. `None` if `class` is no class of zod.
    pub(in super::super) fn is_schema_of(&self, schema: &Schema, class: &Value) -> Option<Value> {
        let named = match class {
            Value::External(external) if is_zod(&external.module) || external.module.starts_with('.') => {
                external.path.last().cloned()
            }
            _ => match self.kind(class)? {
                Kind::Class(class) => class.class.name.clone(),
                _ => None,
            },
        };
        let named = named.filter(|name| name.starts_with("Zod"))?;
        if OF_ALL.contains(&&*named) {
            return Some(Value::Bool(true));
        }
        Some(match class_name(schema) {
            Some(own) => Value::Bool(named.strip_prefix("Zod") == Some(own)),
            None => Value::RUNTIME,
        })
    }

    /// The definition of a schema, as far as programs read it. It has more than this.
    pub(super) fn definition_of_schema(&mut self, schema: &Rc<Schema>) -> Value {
        let id = self.allocate(Kind::Plain);
        self.object_mut(id).open = true;
        self.set_value(id, "description", schema.description.clone().unwrap_or(Value::Undefined));
        let is_old = schema.version <= 3;
        if let Some(name) = class_name(schema) {
            let (key, text) =
                if is_old { ("typeName", format!("Zod{name}")) } else { ("type", name.to_ascii_lowercase()) };
            self.set_value(id, key, Value::string(&text));
        }
        match schema.kind.clone() {
            SchemaKind::Optional(inner) | SchemaKind::Nullable(inner) => self.set_value(id, "innerType", inner),
            SchemaKind::Default(inner, value) => {
                self.set_value(id, "innerType", inner);
                if !is_old {
                    self.set_value(id, "defaultValue", value);
                }
            }
            SchemaKind::Array(inner, _) => self.set_value(id, if is_old { "type" } else { "element" }, inner),
            SchemaKind::Enum { values, open: false } if is_old => {
                let values = self.array(values);
                self.set_value(id, "values", values);
            }
            SchemaKind::Literal(values) => {
                let first = values.first().cloned().unwrap_or(Value::Undefined);
                let values = self.array(values);
                self.set_value(id, "value", first);
                self.set_value(id, "values", values);
            }
            SchemaKind::Union { options, open: false } => {
                let options = self.array(options);
                self.set_value(id, "options", options);
            }
            SchemaKind::Record(value) => {
                let key = self.simple("string", Keywords::new(), false);
                self.set_value(id, "keyType", key);
                self.set_value(id, "valueType", value);
            }
            SchemaKind::Object { shape, open, .. } if !is_old => {
                let shape = self.shape_object(&shape, open);
                self.set_value(id, "shape", shape);
            }
            SchemaKind::Simple { .. }
            | SchemaKind::Null
            | SchemaKind::Undefined
            | SchemaKind::Any
            | SchemaKind::Never
            | SchemaKind::Opaque
            | SchemaKind::Enum { .. }
            | SchemaKind::Tuple(_)
            | SchemaKind::Object { .. }
            | SchemaKind::Union { .. }
            | SchemaKind::Intersection(..)
            | SchemaKind::Effects(_)
            | SchemaKind::Lazy(_) => {}
        }
        Value::Object(id)
    }
}
