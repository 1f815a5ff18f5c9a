//! What a schema makes of a value that it parses: the defaults are filled in.

use super::super::interpreter::{Eval, Interpreter};
use super::super::value::{Kind, Unknown, Value};
use super::{More, SchemaKind};

impl Interpreter<'_> {
    /// `value` as `schema` gives it back. What does not fit it, and what a transform makes of it, is not known here.
    pub(super) fn parsed(&mut self, schema: &Value, value: &Value) -> Eval {
        self.step()?;
        let Some(known) = self.schema(schema) else { return Ok(value.clone()) };
        let missing = matches!(value, Value::Undefined | Value::Unknown(Unknown::Setting));
        Ok(match &known.kind {
            SchemaKind::Default(_, default) if missing => default.clone(),
            SchemaKind::Default(inner, _)
            | SchemaKind::Optional(inner)
            | SchemaKind::Nullable(inner)
            | SchemaKind::Effects(inner) => {
                self.deeper(|this| this.parsed(inner, value)).unwrap_or(Ok(value.clone()))?
            }
            SchemaKind::Array(inner, _) => match self.items(value) {
                Some((items, false))
                    if matches!(
                        self.schema(inner).map(|inner| inner.kind.clone()),
                        Some(SchemaKind::Object { .. })
                    ) =>
                {
                    let mut all = Vec::with_capacity(items.len());
                    for item in items {
                        all.push(self.parsed(inner, &item)?);
                    }
                    self.array(all)
                }
                _ => value.clone(),
            },
            SchemaKind::Object { shape, open, more } => {
                let is_object = matches!(self.kind(value), Some(Kind::Plain)) || matches!(value, Value::External(_));
                if !is_object {
                    return Ok(value.clone());
                }
                let result = self.allocate(Kind::Plain);
                if !matches!(more, More::Strip) || *open {
                    self.copy_properties(value, result)?;
                }
                for (name, part) in shape {
                    let own = self.get(value, name)?;
                    let own = self.deeper(|this| this.parsed(part, &own)).unwrap_or(Ok(Value::RUNTIME))?;
                    self.set_value(result, name.clone(), own);
                }
                Value::Object(result)
            }
            SchemaKind::Simple { .. }
            | SchemaKind::Null
            | SchemaKind::Undefined
            | SchemaKind::Any
            | SchemaKind::Never
            | SchemaKind::Opaque
            | SchemaKind::Literal(_)
            | SchemaKind::Enum { .. }
            | SchemaKind::Tuple(_)
            | SchemaKind::Record(_)
            | SchemaKind::Union { .. }
            | SchemaKind::Intersection(..)
            | SchemaKind::Lazy(_) => value.clone(),
        })
    }
}
