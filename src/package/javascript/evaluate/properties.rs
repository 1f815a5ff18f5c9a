//! Reading, writing and copying properties.

use std::rc::Rc;

use super::super::builtins::chars_of;
use super::super::interpreter::{Eval, Interpreter, MAX_ITEMS};
use super::super::syntax::Name;
use super::super::value::{Closure, Kind, ObjectId, Slot, Unknown, Value};
use super::Truth;

/// The longest chain of prototypes.
const MAX_PROTOTYPES: usize = 64;

impl Interpreter<'_> {
    /// The property `name` of `object`. What is undefined or null has unknown ones: the evaluation goes on.
    pub(in super::super) fn get(&mut self, object: &Value, name: &str) -> Eval {
        self.step()?;
        match object {
            Value::Object(id) => self.get_of(*id, name, object),
            Value::External(external) => Ok(self.external_member(external, name)),
            Value::String(text) => Ok(match name {
                "length" => {
                    self.scanning(text.len());
                    Value::Number(text.encode_utf16().count() as f64)
                }
                _ => match name.parse::<usize>() {
                    Ok(at) => {
                        self.scanning(at.min(text.len()));
                        text.chars().nth(at).map_or(Value::Undefined, |c| Value::string(c.encode_utf8(&mut [0; 4])))
                    }
                    Err(_) => Value::RUNTIME,
                },
            }),
            Value::Unknown(Unknown::Setting | Unknown::Assumed(_)) => Ok(Value::Unknown(Unknown::Setting)),
            _ => Ok(Value::RUNTIME),
        }
    }

    fn get_of(&mut self, id: ObjectId, name: &str, this: &Value) -> Eval {
        let mut next = id;
        for _ in 0..MAX_PROTOTYPES {
            let object = self.object(next);
            match object.properties.get(name) {
                Some(Slot::Value(value)) => return Ok(value.clone()),
                Some(Slot::Getter(getter)) => {
                    let getter = getter.clone();
                    return self.call(&getter, this.clone(), Vec::new());
                }
                None => {}
            }
            let open = object.open;
            match &object.kind {
                Kind::Array(items) => match (name, name.parse::<usize>()) {
                    ("length", _) if !open => return Ok(Value::Number(items.len() as f64)),
                    (_, Ok(at)) => {
                        let otherwise = if open { Value::RUNTIME } else { Value::Undefined };
                        return Ok(items.get(at).cloned().unwrap_or(otherwise));
                    }
                    _ => {}
                },
                Kind::Map(entries) if name == "size" && !open => return Ok(Value::Number(entries.len() as f64)),
                Kind::Set(items) if name == "size" && !open => return Ok(Value::Number(items.len() as f64)),
                Kind::Namespace(module) => return self.exported(*module, name),
                Kind::Schema(schema) => {
                    let schema = Rc::clone(schema);
                    return self.schema_property(&schema, name);
                }
                Kind::Class(class) => {
                    if name == "prototype" {
                        return Ok(Value::Object(class.prototype));
                    }
                    if name == "name" {
                        let own = class.class.name.clone();
                        return Ok(own.map_or(Value::Undefined, Value::String));
                    }
                    match class.parent.clone() {
                        Some(Value::Object(parent)) => {
                            next = parent;
                            continue;
                        }
                        Some(Value::External(parent)) => return Ok(parent.member(name)),
                        _ => return Ok(if open { Value::RUNTIME } else { Value::Undefined }),
                    }
                }
                Kind::Function(closure) => match name {
                    "prototype" if !closure.function.is_arrow => {
                        let prototype = self.allocate(Kind::Plain);
                        self.set_value(prototype, "constructor", Value::Object(next));
                        self.set_value(next, "prototype", Value::Object(prototype));
                        return Ok(Value::Object(prototype));
                    }
                    "name" => {
                        let own = closure.function.name.clone();
                        return Ok(own.map_or(Value::string(""), Value::String));
                    }
                    "length" => return Ok(Value::Number(closure.function.params.len() as f64)),
                    _ => {}
                },
                _ => {}
            }
            match object.prototype.clone() {
                Some(Value::Object(prototype)) => next = prototype,
                Some(Value::External(external)) => return Ok(self.external_member(&external, name)),
                Some(_) => return Ok(Value::RUNTIME),
                None if open => return Ok(Value::RUNTIME),
                None => return Ok(Value::Undefined),
            }
        }
        Ok(Value::RUNTIME)
    }

    pub(in super::super) fn set(&mut self, object: &Value, name: Name, value: Value) -> Eval<()> {
        self.step()?;
        self.writing();
        let Some(id) = object.as_object() else {
            if &*name == "oninitialized" {
                self.found.start_handlers.push(value);
            }
            return Ok(());
        };
        if &*name == "oninitialized" && self.is_callable(&value) {
            self.found.start_handlers.push(value.clone());
        }
        let target = self.object_mut(id);
        if let Kind::Array(items) = &mut target.kind {
            if let Ok(at) = name.parse::<usize>() {
                let before = items.len();
                if at < before {
                    items[at] = value;
                } else if at < MAX_ITEMS && at <= before + 1024 {
                    items.resize(at, Value::Undefined);
                    items.push(value);
                    self.keep((at + 1 - before) * size_of::<Value>());
                }
                return Ok(());
            }
            if &*name == "length" {
                if let Value::Number(length) = value {
                    items.truncate(length as usize);
                }
                return Ok(());
            }
        }
        self.set_value(id, name, value);
        Ok(())
    }

    /// The names of the own properties that a loop visits, and whether there may be more. `None` if none is known.
    pub(in super::super) fn own_names(&mut self, value: &Value) -> Option<(Vec<Name>, bool)> {
        let id = value.as_object()?;
        if let Kind::Namespace(module) = self.object(id).kind {
            return Some((self.exported_names(module), false));
        }
        let object = self.object(id);
        let mut names: Vec<Name> = match &object.kind {
            Kind::Array(items) => (0..items.len()).map(|at| at.to_string().into()).collect(),
            _ => Vec::new(),
        };
        let hidden = !matches!(object.kind, Kind::Plain | Kind::Array(_));
        let is_hidden = |name: &Name| name.starts_with("@@") || (hidden && matches!(&**name, "prototype" | "name"));
        names.extend(object.properties.names().filter(|name| !is_hidden(name)).cloned());
        let open = object.open;
        self.copying(names.len());
        Some((names, open))
    }

    /// Copies the own properties of `from`, as a spread does.
    pub(in super::super) fn copy_properties(&mut self, from: &Value, into: ObjectId) -> Eval<()> {
        match from {
            Value::Undefined | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            Value::Unknown(Unknown::Setting | Unknown::Assumed(false)) => {}
            Value::Object(id) => {
                if let Some((names, open)) = self.own_names(from) {
                    for name in names {
                        let value = self.get(from, &name)?;
                        self.set_value(into, name, value);
                    }
                    self.object_mut(into).open |= open;
                }
                // What was copied from a dependency before, as the parsed options of a command line.
                if let Some(copied @ Value::External(_)) = self.object(*id).prototype.clone()
                    && self.object(into).prototype.is_none()
                {
                    self.object_mut(into).prototype = Some(copied);
                }
            }
            Value::External(external) => {
                self.object_mut(into).open = true;
                // A copied module still gives what its names stand for.
                if self.object(into).prototype.is_none() {
                    self.object_mut(into).prototype = Some(Value::External(Rc::clone(external)));
                }
            }
            Value::Unknown(_) => self.object_mut(into).open = true,
        }
        Ok(())
    }

    /// What a loop over `value` visits, and whether there may be more. `None` if nothing is known.
    pub(in super::super) fn iterated(&mut self, value: &Value) -> Eval<Option<(Vec<Value>, bool)>> {
        if let Some(items) = self.items(value) {
            self.copying_items(items.0.len());
            return Ok(Some(items));
        }
        if let Value::String(text) = value {
            return Ok(Some((self.copied_texts(chars_of(text)), false)));
        }
        if let Value::Unknown(Unknown::Setting | Unknown::Assumed(false)) = value {
            return Ok(Some((Vec::new(), false)));
        }
        if let Some(Kind::Map(entries)) = self.kind(value) {
            let entries = entries.clone();
            let open = value.as_object().is_some_and(|id| self.object(id).open);
            let pairs = entries.into_iter().map(|(key, value)| self.array(vec![key, value])).collect();
            return Ok(Some((pairs, open)));
        }
        if value.as_object().is_some() {
            let iterator = self.get(value, "@@Symbol.iterator")?;
            if self.is_callable(&iterator) {
                let result = self.call(&iterator, value.clone(), Vec::new())?;
                return Ok(self.items(&result));
            }
        }
        Ok(None)
    }

    pub(super) fn has_property(&mut self, object: &Value, name: &Value) -> Value {
        let (Some(id), Ok(Some(name))) = (object.as_object(), self.property_name(name)) else { return Value::RUNTIME };
        let mut next = Some(Value::Object(id));
        for _ in 0..MAX_PROTOTYPES {
            let Some(Value::Object(id)) = next else { break };
            if let Kind::Namespace(module) = self.object(id).kind {
                return Value::Bool(self.exported_names(module).contains(&name));
            }
            let object = self.object(id);
            let is_item =
                matches!(&object.kind, Kind::Array(items) if name.parse::<usize>().is_ok_and(|at| at < items.len()));
            if is_item || object.properties.get(&name).is_some() {
                return Value::Bool(true);
            }
            if object.open {
                return Value::RUNTIME;
            }
            next = object.prototype.clone();
        }
        if next.is_some() { Value::RUNTIME } else { Truth::Known(false).into_value() }
    }

    pub(in super::super) fn closure(&self, value: &Value) -> Option<Closure> {
        match self.kind(value)? {
            Kind::Function(closure) => Some(closure.clone()),
            Kind::Bound { function, .. } => match self.kind(function)? {
                Kind::Function(closure) => Some(closure.clone()),
                _ => None,
            },
            _ => None,
        }
    }
}
