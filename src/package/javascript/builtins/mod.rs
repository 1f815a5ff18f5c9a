//! What the language, Node and well-known dependencies offer.

mod arrays;
mod collections;
mod compiler_helpers;
mod dependencies;
mod events;
mod globals;
mod node;
mod objects;
mod options;
mod strings;

use std::rc::Rc;

use super::interpreter::{Eval, Interpreter, TEXT_BYTES};
use super::value::{External, Kind, Unknown, Value};
pub(super) use strings::{chars_of, dedented};

/// Where the package would be installed.
pub(super) const ROOT: &str = "/package";

impl Interpreter<'_> {
    /// A member of something of a dependency, of Node or of the language.
    pub(super) fn builtin_member(&mut self, external: &Rc<External>, name: &str) -> Value {
        let at_root = external.path.is_empty();
        if external.module.is_empty() {
            return self.global_member(external, name);
        }
        match name {
            "__esModule" if at_root => Value::Bool(true),
            "default" if at_root => Value::External(Rc::clone(external)),
            "z" if at_root && super::schema::is_zod(&external.module) => Value::External(Rc::clone(external)),
            "default" if external.path.len() == 1 && &*external.path[0] == "default" => {
                Value::External(Rc::clone(external))
            }
            "sep" if &*external.module == "path" => Value::string("/"),
            "EOL" if &*external.module == "os" => Value::string("\n"),
            _ if external.is_setting() && external.path.iter().any(|part| &**part == "()") => {
                self.option_defaults.get(name).cloned().unwrap_or_else(|| external.member(name))
            }
            _ => external.member(name),
        }
    }

    /// A method that every value of its type has. `None` if it is another one.
    pub(super) fn builtin_method(&mut self, object: &Value, name: &str, args: &[Value]) -> Eval<Option<Value>> {
        match object {
            Value::String(text) => {
                let text = Rc::clone(text);
                return self.string_method(&text, name, args).map(Some);
            }
            Value::Number(number) => return Ok(self.number_method(*number, name, args)),
            Value::Bool(holds) if name == "toString" => return Ok(Some(Value::string(&holds.to_string()))),
            _ => {}
        }
        match self.kind(object) {
            Some(Kind::Array(_)) => {
                if let Some(result) = self.array_method(object, name, args)? {
                    return Ok(Some(result));
                }
            }
            Some(Kind::Map(_) | Kind::Set(_)) => {
                if let Some(result) = self.collection_method(object, name, args)? {
                    return Ok(Some(result));
                }
            }
            Some(Kind::Schema(schema)) => {
                let schema = Rc::clone(schema);
                return self.schema_method(&schema, object, name, args).map(Some);
            }
            Some(Kind::Regex(pattern, flags)) => {
                let (pattern, flags) = (Rc::clone(pattern), Rc::clone(flags));
                return self.regex_method(&pattern, &flags, name, args).map(Some);
            }
            Some(Kind::Tool(index)) => {
                let index = *index;
                return Ok(Some(self.tool_method(index, name, args)));
            }
            Some(
                Kind::Plain
                | Kind::Function(_)
                | Kind::Class(_)
                | Kind::Bound { .. }
                | Kind::Namespace(_)
                | Kind::Resolve,
            )
            | None => {}
        }
        self.promise_method(object, name, args)
    }

    /// `then`, `catch` and `finally`: a promise is its value here.
    fn promise_method(&mut self, object: &Value, name: &str, args: &[Value]) -> Eval<Option<Value>> {
        if !matches!(name, "then" | "catch" | "finally") {
            return Ok(None);
        }
        if let Value::Object(_) = object
            && !self.get(object, name)?.is_nullish()
        {
            return Ok(None);
        }
        // A schema of a dependency has `catch`; a call of one may be a promise of anything.
        let callback = args.first().cloned().unwrap_or(Value::Undefined);
        Ok(Some(match name {
            "then" if self.is_callable(&callback) => self.call(&callback, Value::Undefined, vec![object.clone()])?,
            "finally" => {
                self.call(&callback, Value::Undefined, Vec::new())?;
                object.clone()
            }
            _ => object.clone(),
        }))
    }

    /// A call of something that is not of the package.
    pub(super) fn call_external(&mut self, external: &Rc<External>, this: Value, args: Vec<Value>) -> Eval {
        let result = if external.module.is_empty() {
            self.call_global(external, &this, &args)?
        } else {
            match self.call_dependency(external, &args)? {
                Some(value) => Some(value),
                None => self.call_node(external, &args)?,
            }
        };
        match result {
            Some(value) => Ok(value),
            None => {
                self.note_passed_on(external, &args);
                if external.is_setting() {
                    self.note_option(external, &args)?;
                    self.call_callbacks_with(&args, &external.member("()"))?;
                } else {
                    self.call_callbacks(&args)?;
                }
                if external.is_setting() && external.module.contains("util") {
                    return Ok(Value::Unknown(Unknown::Setting));
                }
                Ok(external.member("()"))
            }
        }
    }

    /// `new` of something that is not of the package.
    pub(super) fn construct_external(&mut self, external: &Rc<External>, args: Vec<Value>) -> Eval {
        if external.module.is_empty()
            && let Some(value) = self.construct_global(&external.dotted(), &args)?
        {
            return Ok(value);
        }
        self.note_server(external, &args)?;
        self.note_passed_on(external, &args);
        self.call_callbacks(&args)?;
        Ok(external.member("()"))
    }

    /// A value of JSON.
    pub(super) fn value_of_json(&mut self, json: &serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(holds) => Value::Bool(*holds),
            serde_json::Value::Number(number) => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
            serde_json::Value::String(text) => {
                self.keep(text.len() + TEXT_BYTES);
                Value::string(text)
            }
            serde_json::Value::Array(items) => {
                let items = items.iter().map(|item| self.value_of_json(item)).collect();
                self.array(items)
            }
            serde_json::Value::Object(properties) => {
                let id = self.allocate(Kind::Plain);
                for (name, value) in properties {
                    let value = self.value_of_json(value);
                    self.set_value(id, name.as_str(), value);
                }
                Value::Object(id)
            }
        }
    }
}

/// The argument at `at`, or undefined.
fn arg(args: &[Value], at: usize) -> Value {
    args.get(at).cloned().unwrap_or(Value::Undefined)
}

/// An index as `slice` takes it: from the end if it is negative.
fn index(value: &Value, length: usize, otherwise: usize) -> usize {
    match value {
        Value::Number(number) if *number < 0.0 => length.saturating_sub((-*number) as usize),
        Value::Number(number) => (*number as usize).min(length),
        _ => otherwise,
    }
}
