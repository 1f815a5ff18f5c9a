//! Objects of the package that derive from `EventEmitter` of Node: their listeners run when the package emits the event.

use super::super::interpreter::{Eval, Interpreter};
use super::super::value::{Kind, Slot, Value};

/// The most listeners of one event.
const MAX_LISTENERS: usize = 100;

impl Interpreter<'_> {
    /// A call of a method of such an object. `None` for another method or object.
    pub(in super::super) fn event_method(&mut self, object: &Value, name: &str, args: &[Value]) -> Eval<Option<Value>> {
        if !matches!(name, "on" | "once" | "addListener" | "prependListener" | "emit") {
            return Ok(None);
        }
        let (Some(id), Some(event)) = (object.as_object(), args.first().and_then(Value::as_str)) else {
            return Ok(None);
        };
        let key = format!("@@on:{event}");
        let Value::External(method) = self.get(object, name)? else { return Ok(None) };
        if &*method.module != "events" {
            return Ok(None);
        }
        let known = match self.object(id).properties.get(&key) {
            Some(Slot::Value(listeners)) => self.items(listeners).map(|(items, _)| items).unwrap_or_default(),
            Some(Slot::Getter(_)) | None => Vec::new(),
        };
        if name == "emit" {
            for listener in &known {
                self.call(listener, object.clone(), args[1..].to_vec())?;
            }
            return Ok(Some(Value::Bool(!known.is_empty())));
        }
        if let Some(listener) = args.get(1).filter(|_| known.len() < MAX_LISTENERS) {
            let mut listeners = known;
            listeners.push(listener.clone());
            let listeners = self.new_object(Kind::Array(listeners));
            self.set_value(id, key, listeners);
            // It runs at the end if nothing registered tools until then.
            self.note_action("action", &args[1..2]);
        }
        Ok(Some(object.clone()))
    }
}
