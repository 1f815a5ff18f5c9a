//! Schemas of zod and TypeBox, and how they become JSON Schema.

mod create;
mod definition;
mod inspect;
mod json;
mod methods;
mod parse;
mod typebox;

use std::rc::Rc;

use super::interpreter::Interpreter;
pub(super) use super::value::{Keywords, More, Schema, SchemaKind};
use super::value::{Kind, Value};

/// Whether `module` is zod.
pub(super) fn is_zod(module: &str) -> bool {
    matches!(module, "zod" | "zod/v3" | "zod/v4" | "zod/mini" | "zod/v4-mini" | "zod/v4/mini" | "zod/v4/core")
}

impl Interpreter<'_> {
    /// The schema that `value` is.
    pub(super) fn schema(&self, value: &Value) -> Option<Rc<Schema>> {
        match self.kind(value)? {
            Kind::Schema(schema) => Some(Rc::clone(schema)),
            _ => None,
        }
    }

    pub(super) fn new_schema(&mut self, kind: SchemaKind) -> Value {
        let schema = Schema { kind, description: None, version: self.zod_version };
        self.new_object(Kind::Schema(Rc::new(schema)))
    }

    /// `schema` with another kind, and the description that it has.
    fn with_kind(&mut self, schema: &Schema, kind: SchemaKind) -> Value {
        let schema = Schema { kind, ..schema.clone() };
        self.new_object(Kind::Schema(Rc::new(schema)))
    }

    fn simple(&mut self, name: &'static str, keywords: Keywords, coerced: bool) -> Value {
        self.new_schema(SchemaKind::Simple { name, keywords, coerced })
    }
}
