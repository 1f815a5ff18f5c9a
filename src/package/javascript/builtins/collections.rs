//! Methods of `Map` and `Set`.

use super::super::evaluate::Truth;
use super::super::interpreter::{Eval, Interpreter};
use super::super::value::{Kind, ObjectId, Value};
use super::arg;

/// The most entries.
const MAX_ENTRIES: usize = 1 << 18;

impl Interpreter<'_> {
    /// A method of a map or a set. `None` if they have no such method.
    pub(super) fn collection_method(&mut self, object: &Value, name: &str, args: &[Value]) -> Eval<Option<Value>> {
        let Some(id) = object.as_object() else { return Ok(None) };
        let key = arg(args, 0);
        let is_map = matches!(self.object(id).kind, Kind::Map(_));
        let open = self.object(id).open;
        let at = self.entry(id, &key);
        let size = match &self.object(id).kind {
            Kind::Map(entries) => entries.len(),
            Kind::Set(items) => items.len(),
            _ => 0,
        };
        self.copying(size);
        if matches!(name, "set" | "add" | "delete" | "clear") {
            self.writing();
        }
        Ok(Some(match name {
            "get" => match (at, &self.object(id).kind) {
                (Some(at), Kind::Map(entries)) => entries[at].1.clone(),
                _ if open || key.is_unknown() => Value::RUNTIME,
                _ => Value::Undefined,
            },
            "has" => match at {
                Some(_) => Value::Bool(true),
                None if open || key.is_unknown() => Value::RUNTIME,
                None => Value::Bool(false),
            },
            "set" | "add" => {
                let value = arg(args, 1);
                if at.is_none() {
                    self.keep(2 * size_of::<Value>());
                }
                match &mut self.object_mut(id).kind {
                    Kind::Map(entries) => match at {
                        Some(at) => entries[at].1 = value,
                        None if entries.len() < MAX_ENTRIES => entries.push((key, value)),
                        None => {}
                    },
                    Kind::Set(items) if at.is_none() && items.len() < MAX_ENTRIES => items.push(key),
                    _ => {}
                }
                object.clone()
            }
            "delete" => {
                if let Some(at) = at {
                    match &mut self.object_mut(id).kind {
                        Kind::Map(entries) => {
                            entries.remove(at);
                        }
                        Kind::Set(items) => {
                            items.remove(at);
                        }
                        _ => {}
                    }
                }
                Value::Bool(at.is_some())
            }
            "clear" => {
                self.object_mut(id).kind = if is_map { Kind::Map(Vec::new()) } else { Kind::Set(Vec::new()) };
                Value::Undefined
            }
            "forEach" => {
                for (key, value) in self.entries(id) {
                    self.call(&arg(args, 0), Value::Undefined, vec![value, key])?;
                }
                Value::Undefined
            }
            "keys" | "values" | "entries" => {
                let entries = self.entries(id);
                let mut items = Vec::new();
                for (key, value) in entries {
                    items.push(match name {
                        "keys" => key,
                        "values" => value,
                        _ => self.array(vec![key, value]),
                    });
                }
                let list = self.allocate(Kind::Array(items));
                self.object_mut(list).open = open;
                Value::Object(list)
            }
            _ => return Ok(None),
        }))
    }

    fn entries(&self, id: ObjectId) -> Vec<(Value, Value)> {
        match &self.object(id).kind {
            Kind::Map(entries) => entries.clone(),
            Kind::Set(items) => items.iter().map(|item| (item.clone(), item.clone())).collect(),
            _ => Vec::new(),
        }
    }

    fn entry(&self, id: ObjectId, key: &Value) -> Option<usize> {
        let is_key = |known: &Value| !self.is_exhausted() && self.equal(known, key, true) == Truth::Known(true);
        match &self.object(id).kind {
            Kind::Map(entries) => entries.iter().position(|(known, _)| is_key(known)),
            Kind::Set(items) => items.iter().position(is_key),
            _ => None,
        }
    }
}
