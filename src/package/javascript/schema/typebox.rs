//! Schemas of TypeBox, which are JSON Schema already but for what is optional.

use super::super::interpreter::{Eval, Interpreter};
use super::super::value::{Kind, Value};

/// The property that marks what is optional.
const OPTIONAL: &str = "@@optional";

impl Interpreter<'_> {
    pub(in super::super) fn typebox_function(&mut self, name: &str, args: &[Value]) -> Eval {
        let first = args.first().cloned().unwrap_or(Value::Undefined);
        let id = self.allocate(Kind::Plain);
        let mut options = args.get(1).cloned();
        match name {
            "String" | "Number" | "Boolean" | "Integer" | "Null" => {
                self.set_value(id, "type", Value::string(&name.to_lowercase()));
                options = Some(first);
            }
            "Any" | "Unknown" => options = Some(first),
            "Literal" => self.set_value(id, "const", first),
            "Array" => {
                self.set_value(id, "type", Value::string("array"));
                self.set_value(id, "items", first);
            }
            "Union" => self.set_value(id, "anyOf", first),
            "Record" => {
                self.set_value(id, "type", Value::string("object"));
                options = args.get(2).cloned();
            }
            "Object" => {
                self.set_value(id, "type", Value::string("object"));
                let mut required = Vec::new();
                for name in self.own_names(&first).map(|(names, _)| names).unwrap_or_default() {
                    let property = self.get(&first, &name)?;
                    let optional =
                        property.as_object().is_some_and(|id| self.object(id).properties.get(OPTIONAL).is_some());
                    if !optional {
                        required.push(Value::String(name));
                    }
                }
                self.set_value(id, "properties", first);
                if !required.is_empty() {
                    let required = self.array(required);
                    self.set_value(id, "required", required);
                }
            }
            "Optional" => {
                self.copy_properties(&first, id)?;
                self.set_value(id, OPTIONAL, Value::Bool(true));
                return Ok(Value::Object(id));
            }
            _ => return Ok(Value::RUNTIME),
        }
        if let Some(options) = options {
            self.copy_properties(&options, id)?;
        }
        Ok(Value::Object(id))
    }
}
