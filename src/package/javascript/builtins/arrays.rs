//! Methods of arrays.

use super::super::evaluate::Truth;
use super::super::interpreter::{Abrupt, Eval, Interpreter, MAX_ITEMS, MAX_TEXT};
use super::super::value::{Kind, ObjectId, Value};
use super::{arg, index};

/// The deepest array that `flat` looks into.
const MAX_FLAT: usize = 16;

impl Interpreter<'_> {
    /// A method of an array. `None` if arrays have no such method.
    pub(super) fn array_method(&mut self, object: &Value, name: &str, args: &[Value]) -> Eval<Option<Value>> {
        if matches!(name, "push" | "unshift" | "pop" | "shift") {
            return Ok(self.change_end(object, name, args));
        }
        let (Some(id), Some((items, open))) = (object.as_object(), self.items(object)) else { return Ok(None) };
        let first = arg(args, 0);
        let length = items.len();
        self.copying(length);
        Ok(Some(match name {
            "map" | "flatMap" | "forEach" | "filter" | "find" | "findLast" | "findIndex" | "some" | "every" => {
                return self.in_loop(|this| this.array_loop(name, object, &items, open, &first)).map(Some);
            }
            "reduce" | "reduceRight" => self.in_loop(|this| this.reduce(&items, open, name == "reduceRight", args))?,
            "splice" => {
                self.writing();
                let from = index(&first, length, 0);
                let count = if let Value::Number(count) = arg(args, 1) { count.max(0.0) as usize } else { length };
                let to = from.saturating_add(count).min(length);
                let Kind::Array(target) = &mut self.object_mut(id).kind else { return Ok(None) };
                let removed: Vec<Value> = target.splice(from..to, args.iter().skip(2).cloned()).collect();
                self.array(removed)
            }
            "slice" => {
                let (from, to) = (index(&first, length, 0), index(&arg(args, 1), length, length));
                self.partly(items.get(from..to.max(from)).unwrap_or_default().to_vec(), open)
            }
            "concat" => {
                let (mut all, mut all_open) = (items, open);
                for more in args {
                    match self.items(more) {
                        Some((more, more_open)) => {
                            all_open |= !self.extend(&mut all, more) || more_open;
                        }
                        None if more.is_unknown() => all_open = true,
                        None => all.push(more.clone()),
                    }
                }
                self.copying_items(all.len());
                self.partly(all, all_open)
            }
            "join" | "toString" => {
                let separator = first.as_str().unwrap_or(",").to_owned();
                match self.joined(&items, &separator)?.filter(|_| !open) {
                    Some(text) => self.text(text),
                    None => Value::RUNTIME,
                }
            }
            "includes" | "indexOf" | "lastIndexOf" => self.position(&items, open, &first, name == "includes"),
            "flat" => {
                let (mut flat, mut flat_open) = (Vec::new(), open);
                self.flatten(
                    items,
                    if matches!(first, Value::Number(depth) if depth > 1.0) { MAX_FLAT } else { 1 },
                    &mut flat,
                    &mut flat_open,
                );
                self.partly(flat, flat_open)
            }
            "reverse" | "toReversed" => self.replaced(id, items.into_iter().rev().collect(), name == "reverse"),
            "sort" | "toSorted" => {
                let sorted = self.sorted(items, &first)?;
                self.replaced(id, sorted, name == "sort")
            }
            "at" => items.get(index(&first, length, 0)).cloned().unwrap_or(Value::Undefined),
            "keys" => self.partly((0..length).map(|at| Value::Number(at as f64)).collect(), open),
            "values" => self.partly(items, open),
            "entries" => {
                let pairs = items
                    .into_iter()
                    .enumerate()
                    .map(|(at, item)| self.array(vec![Value::Number(at as f64), item]))
                    .collect();
                self.partly(pairs, open)
            }
            "fill" => self.replaced(id, vec![first; length], true),
            _ => return Ok(None),
        }))
    }

    /// A method that adds or removes items at an end of an array. `None` if it is no array.
    fn change_end(&mut self, object: &Value, name: &str, args: &[Value]) -> Option<Value> {
        let id = object.as_object()?;
        self.writing();
        let open = self.object(id).open;
        let Kind::Array(items) = &mut self.object_mut(id).kind else { return None };
        let before = items.len();
        let removed = match name {
            "push" | "unshift" => {
                let has_room = before + args.len() <= MAX_ITEMS;
                if has_room {
                    let at = if name == "push" { before } else { 0 };
                    items.splice(at..at, args.iter().cloned());
                }
                let length = Value::Number(items.len() as f64);
                self.keep(size_of_val(args));
                self.limit_reached |= !has_room;
                Some(length)
            }
            "pop" => items.pop(),
            _ => (before > 0).then(|| items.remove(0)),
        };
        if matches!(name, "unshift" | "shift") {
            self.copying(before);
        }
        Some(removed.unwrap_or(if open { Value::RUNTIME } else { Value::Undefined }))
    }

    fn partly(&mut self, items: Vec<Value>, open: bool) -> Value {
        let id = self.allocate(Kind::Array(items));
        self.object_mut(id).open = open;
        Value::Object(id)
    }

    fn replaced(&mut self, id: ObjectId, items: Vec<Value>, in_place: bool) -> Value {
        if !in_place {
            let open = self.object(id).open;
            return self.partly(items, open);
        }
        self.object_mut(id).kind = Kind::Array(items);
        Value::Object(id)
    }

    fn array_loop(&mut self, name: &str, array: &Value, items: &[Value], open: bool, callback: &Value) -> Eval {
        let (mut results, mut open_results) = (Vec::new(), open);
        let doubtful = self.is_doubtful(array);
        let mut unset = 0;
        let mut kept_in_doubt = doubtful && matches!(name, "map" | "flatMap" | "filter");
        for (at, item) in items.iter().enumerate() {
            let args = vec![item.clone(), Value::Number(at as f64), array.clone()];
            self.conditional += usize::from(doubtful);
            let result = self.call(callback, Value::Undefined, args);
            self.conditional -= usize::from(doubtful);
            let result = result?;
            let truth = self.truth(&result);
            match (name, truth) {
                ("map", _) => results.push(result),
                ("flatMap", _) => match self.items(&result) {
                    Some((more, more_open)) => {
                        self.copying_items(more.len());
                        open_results |= !self.extend(&mut results, more) || more_open;
                    }
                    None if result.is_unknown() => open_results = true,
                    None => results.push(result),
                },
                // What is kept by a condition that is not known is kept.
                ("filter", Truth::Known(true) | Truth::Assumed(true)) => results.push(item.clone()),
                ("filter", Truth::Assumed(false)) => unset += 1,
                ("filter", Truth::Unknown) => {
                    kept_in_doubt = true;
                    results.push(item.clone());
                }
                ("find" | "findLast", Truth::Known(true) | Truth::Assumed(true)) => return Ok(item.clone()),
                ("findIndex", Truth::Known(true) | Truth::Assumed(true)) => return Ok(Value::Number(at as f64)),
                ("some", Truth::Known(true) | Truth::Assumed(true)) => return Ok(truth.into_value()),
                ("every", Truth::Known(false) | Truth::Assumed(false)) => return Ok(truth.into_value()),
                ("find" | "findLast" | "findIndex" | "some" | "every", Truth::Unknown) => return Ok(Value::RUNTIME),
                _ => {}
            }
        }
        if open {
            let more = self.uncertainly(|this| this.call(callback, Value::Undefined, vec![Value::RUNTIME; 3]));
            if let Err(Abrupt::Limit) = more {
                return Err(Abrupt::Limit);
            }
        }
        // A list of the tools to offer that is not set leaves them all: a server without tools is none.
        if unset > 0 && unset == items.len() && items.iter().all(|item| self.is_tool_object(item)) {
            results = items.to_vec();
            kept_in_doubt = true;
        }
        Ok(match name {
            "map" | "flatMap" | "filter" => {
                let list = self.partly(results, open_results);
                if let Some(id) = list.as_object() {
                    self.object_mut(id).doubtful = kept_in_doubt;
                }
                list
            }
            "forEach" => Value::Undefined,
            _ if open => Value::RUNTIME,
            "findIndex" => Value::Number(-1.0),
            "some" => Value::Bool(false),
            "every" => Value::Bool(true),
            _ => Value::Undefined,
        })
    }

    /// Whether `item` is the definition of a tool.
    fn is_tool_object(&self, item: &Value) -> bool {
        item.as_object().is_some_and(|id| {
            let properties = &self.object(id).properties;
            properties.get("name").is_some() && properties.get("inputSchema").is_some()
        })
    }

    fn reduce(&mut self, items: &[Value], open: bool, from_right: bool, args: &[Value]) -> Eval {
        let callback = arg(args, 0);
        let mut items: Vec<Value> = items.to_vec();
        if from_right {
            items.reverse();
        }
        let mut items = items.into_iter();
        let start = match args.get(1) {
            Some(start) => Some(start.clone()),
            None => items.next(),
        };
        let mut result = start.unwrap_or(Value::Undefined);
        for (at, item) in items.enumerate() {
            result = self.call(&callback, Value::Undefined, vec![result, item, Value::Number(at as f64)])?;
        }
        if open && let Some(id) = result.as_object() {
            self.object_mut(id).open = true;
        }
        Ok(result)
    }

    fn position(&self, items: &[Value], open: bool, wanted: &Value, as_bool: bool) -> Value {
        let mut unknown = open;
        for (at, item) in items.iter().enumerate() {
            if self.is_exhausted() {
                return Value::RUNTIME;
            }
            match self.equal(item, wanted, true) {
                Truth::Known(true) => return if as_bool { Value::Bool(true) } else { Value::Number(at as f64) },
                Truth::Known(false) => {}
                Truth::Assumed(_) if as_bool => return Truth::Assumed(false).into_value(),
                Truth::Assumed(_) | Truth::Unknown => unknown = true,
            }
        }
        match (unknown, as_bool) {
            (true, _) => Value::RUNTIME,
            (false, true) => Value::Bool(false),
            (false, false) => Value::Number(-1.0),
        }
    }

    fn flatten(&self, items: Vec<Value>, depth: usize, into: &mut Vec<Value>, open: &mut bool) {
        for item in items {
            match self.items(&item).filter(|_| depth > 0) {
                Some((inner, inner_open)) => {
                    *open |= inner_open;
                    self.flatten(inner, depth - 1, into, open);
                }
                None if matches!(item, Value::Unknown(_) | Value::External(_)) => *open = true,
                None => into.push(item),
            }
            if into.len() > MAX_ITEMS {
                return;
            }
        }
    }

    /// Sorted by insertion, so that any comparison ends; an order that is not known stays as it is.
    fn sorted(&mut self, mut items: Vec<Value>, compare: &Value) -> Eval<Vec<Value>> {
        if !self.is_callable(compare) {
            let (mut texts, mut bytes) = (Vec::new(), 0);
            for item in &items {
                let text = self.text_of(item)?.unwrap_or_default();
                bytes += text.len();
                if bytes > MAX_TEXT {
                    self.limit_reached = true;
                    return Ok(items);
                }
                texts.push((text, item.clone()));
            }
            texts.sort_by(|a, b| a.0.cmp(&b.0));
            return Ok(texts.into_iter().map(|(_, item)| item).collect());
        }
        for end in 1..items.len().min(2_000) {
            let mut at = end;
            while at > 0 {
                let order = self.call(compare, Value::Undefined, vec![items[at - 1].clone(), items[at].clone()])?;
                if !matches!(order, Value::Number(order) if order > 0.0) {
                    break;
                }
                items.swap(at - 1, at);
                at -= 1;
            }
        }
        Ok(items)
    }
}
