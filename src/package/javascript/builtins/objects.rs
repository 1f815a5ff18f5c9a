//! `Object`, `Reflect` and `JSON`.

use super::super::interpreter::{Eval, Interpreter};
use super::super::value::{Kind, Slot, Unknown, Value};
use super::arg;

impl Interpreter<'_> {
    /// A function of `Object`. `None` if its result is not known.
    pub(super) fn call_object(&mut self, name: &str, args: &[Value]) -> Eval<Option<Value>> {
        let target = arg(args, 0);
        Ok(Some(match name {
            "freeze" | "seal" | "preventExtensions" => target,
            "assign" => {
                if let Some(id) = target.as_object() {
                    for from in args.iter().skip(1) {
                        self.copy_properties(from, id)?;
                    }
                }
                target
            }
            "keys" | "values" | "entries" | "getOwnPropertyNames" | "ownKeys" => {
                if matches!(target, Value::Unknown(Unknown::Setting)) {
                    return Ok(Some(self.array(Vec::new())));
                }
                let Some((names, open)) = self.own_names(&target) else { return Ok(Some(Value::RUNTIME)) };
                let mut items = Vec::with_capacity(names.len());
                for key in names {
                    if matches!(name, "keys" | "getOwnPropertyNames" | "ownKeys") {
                        items.push(Value::String(key));
                        continue;
                    }
                    let value = self.get(&target, &key)?;
                    items.push(if name == "values" { value } else { self.array(vec![Value::String(key), value]) });
                }
                let list = self.allocate(Kind::Array(items));
                self.object_mut(list).open = open;
                Value::Object(list)
            }
            "fromEntries" => {
                let Some((pairs, open)) = self.iterated(&target)? else { return Ok(Some(Value::RUNTIME)) };
                let id = self.allocate(Kind::Plain);
                self.object_mut(id).open = open;
                for pair in pairs {
                    let key = self.get(&pair, "0")?;
                    let value = self.get(&pair, "1")?;
                    match self.text_of(&key)? {
                        Some(key) => self.set_value(id, key, value),
                        None => self.object_mut(id).open = true,
                    }
                }
                Value::Object(id)
            }
            "create" => {
                let id = self.allocate(Kind::Plain);
                if !target.is_nullish() {
                    self.object_mut(id).prototype = Some(target);
                }
                Value::Object(id)
            }
            "getPrototypeOf" => match target.as_object() {
                Some(id) => self.object(id).prototype.clone().unwrap_or(Value::Null),
                // The prototype of a module of a dependency stands for the module.
                None => target,
            },
            "setPrototypeOf" => {
                if let Some(id) = target.as_object() {
                    self.object_mut(id).prototype = args.get(1).filter(|value| !value.is_nullish()).cloned();
                }
                target
            }
            "defineProperty" => {
                let (name, descriptor) = (arg(args, 1), arg(args, 2));
                self.define(&target, &name, &descriptor)?;
                target
            }
            "defineProperties" => {
                let descriptors = arg(args, 1);
                for name in self.own_names(&descriptors).map(|(names, _)| names).unwrap_or_default() {
                    let descriptor = self.get(&descriptors, &name)?;
                    self.define(&target, &Value::String(name), &descriptor)?;
                }
                target
            }
            "getOwnPropertyDescriptor" => {
                let (Some(id), Some(name)) = (target.as_object(), arg(args, 1).as_str().map(str::to_owned)) else {
                    return Ok(Some(Value::RUNTIME));
                };
                let descriptor = self.allocate(Kind::Plain);
                self.set_value(descriptor, "enumerable", Value::Bool(true));
                match self.object(id).properties.get(&name).cloned() {
                    Some(Slot::Value(value)) => self.set_value(descriptor, "value", value),
                    Some(Slot::Getter(getter)) => self.set_value(descriptor, "get", getter),
                    None => return Ok(Some(Value::Undefined)),
                }
                Value::Object(descriptor)
            }
            "hasOwn" => self.has_own(&target, &arg(args, 1)),
            "is" => self.equal(&target, &arg(args, 1), true).into_value(),
            "isFrozen" | "isSealed" => Value::Bool(false),
            "getOwnPropertySymbols" => self.array(Vec::new()),
            _ => return Ok(None),
        }))
    }

    fn define(&mut self, target: &Value, name: &Value, descriptor: &Value) -> Eval<()> {
        let (Some(id), Some(name)) = (target.as_object(), self.property_name(name)?) else { return Ok(()) };
        let getter = self.get(descriptor, "get")?;
        let slot =
            if self.is_callable(&getter) { Slot::Getter(getter) } else { Slot::Value(self.get(descriptor, "value")?) };
        self.object_mut(id).properties.set(name, slot);
        Ok(())
    }

    pub(super) fn has_own(&self, target: &Value, name: &Value) -> Value {
        match (target.as_object(), name.as_str()) {
            (Some(id), Some(name)) => {
                let object = self.object(id);
                match object.properties.get(name) {
                    Some(_) => Value::Bool(true),
                    None if object.open || matches!(object.kind, Kind::Namespace(_)) => Value::RUNTIME,
                    None => Value::Bool(false),
                }
            }
            _ => Value::RUNTIME,
        }
    }

    /// `JSON.stringify`.
    pub(super) fn stringify(&mut self, args: &[Value]) -> Eval {
        let (json, gaps) = self.json_of(&arg(args, 0))?;
        let (Some(json), true) = (json, gaps.is_empty()) else { return Ok(Value::RUNTIME) };
        let indent = match arg(args, 2) {
            Value::Number(width) => " ".repeat(width.clamp(0.0, 10.0) as usize),
            Value::String(text) => text.chars().take(10).collect(),
            _ => String::new(),
        };
        let text = if indent.is_empty() {
            json.to_string()
        } else {
            let mut bytes = Vec::new();
            let formatter = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
            let mut writer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
            match serde::Serialize::serialize(&json, &mut writer) {
                Ok(()) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(_) => return Ok(Value::RUNTIME),
            }
        };
        Ok(self.text(text))
    }
}
