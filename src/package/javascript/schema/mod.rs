//! Schemas of zod and TypeBox, and how they become JSON Schema.

mod create;
mod definition;
mod json;
mod methods;
mod typebox;

use std::rc::Rc;

use super::interpreter::Interpreter;
use super::syntax::Name;
use super::value::{Kind, Value};

/// A schema of zod.
#[derive(Debug, Clone)]
pub(super) struct Schema {
    pub(super) kind: SchemaKind,
    /// Its description. A value that is not a text is one that is not known.
    pub(super) description: Option<Value>,
    /// The major version of zod that it is of.
    pub(super) version: u32,
}

#[derive(Debug, Clone)]
pub(super) enum SchemaKind {
    /// A text, a number or a truth value, with the keywords that its checks add.
    Simple {
        name: &'static str,
        keywords: Keywords,
        coerced: bool,
    },
    Null,
    Undefined,
    /// Accepts anything.
    Any,
    Never,
    /// No JSON Schema says what it accepts.
    Opaque,
    Literal(Vec<Value>),
    Enum {
        values: Vec<Value>,
        open: bool,
    },
    Array(Value, Keywords),
    Tuple(Vec<Value>, Option<Value>),
    Object {
        shape: Vec<(Name, Value)>,
        open: bool,
        more: More,
    },
    Record(Value, Value),
    Union {
        options: Vec<Value>,
        open: bool,
    },
    Intersection(Value, Value),
    Optional(Value),
    Nullable(Value),
    Default(Value, Value),
    /// What checks or transforms the result of another: its input is the other's.
    Effects(Value),
    Lazy(Value),
}

pub(super) type Keywords = Vec<(&'static str, serde_json::Value)>;

/// What an object does with properties that it does not name.
#[derive(Debug, Clone)]
pub(super) enum More {
    Strip,
    Strict,
    Passthrough,
    Catchall(Value),
}

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
