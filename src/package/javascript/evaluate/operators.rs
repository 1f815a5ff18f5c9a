//! Operators on values.

use super::super::interpreter::{Eval, Interpreter, MAX_TEXT};
use super::super::numbers;
use super::super::syntax::{Binary, Unary};
use super::super::value::{Kind, Unknown, Value};
use super::Truth;

impl Interpreter<'_> {
    pub(super) fn unary(&mut self, operator: Unary, value: &Value) -> Value {
        match operator {
            Unary::Not => self.truth(value).negated().into_value(),
            Unary::Void => Value::Undefined,
            Unary::Minus => self.number(value).map_or(unknown(value), |number| Value::Number(-number)),
            Unary::Plus => self.number(value).map_or(unknown(value), Value::Number),
            Unary::BitNot => {
                self.number(value).map_or(unknown(value), |number| Value::Number(f64::from(!to_int(number))))
            }
            Unary::Typeof => match value {
                Value::Undefined => Value::string("undefined"),
                Value::Null => Value::string("object"),
                Value::Bool(_) => Value::string("boolean"),
                Value::Number(_) => Value::string("number"),
                Value::String(_) => Value::string("string"),
                Value::Object(_) if self.is_callable(value) => Value::string("function"),
                Value::Object(_) => Value::string("object"),
                Value::External(external) => type_of_global(&external.module, &external.path),
                Value::Unknown(_) => unknown(value),
            },
        }
    }

    pub(super) fn number(&self, value: &Value) -> Option<f64> {
        match value {
            Value::Undefined => Some(f64::NAN),
            Value::Null => Some(0.0),
            Value::Bool(holds) => Some(f64::from(u8::from(*holds))),
            Value::Number(number) => Some(*number),
            Value::String(text) => Some(numbers::from_text(text)),
            Value::Object(_) | Value::External(_) | Value::Unknown(_) => None,
        }
    }

    pub(super) fn binary(&mut self, operator: Binary, left: &Value, right: &Value) -> Eval {
        let arithmetic = |operation: fn(f64, f64) -> f64| {
            let numbers = self.number(left).zip(self.number(right));
            numbers.map_or(unknown_of(left, right), |(left, right)| Value::Number(operation(left, right)))
        };
        Ok(match operator {
            Binary::Add => return self.add(left, right),
            Binary::Subtract => arithmetic(|a, b| a - b),
            Binary::Multiply => arithmetic(|a, b| a * b),
            Binary::Divide => arithmetic(|a, b| a / b),
            Binary::Remainder => arithmetic(|a, b| a % b),
            Binary::Power => arithmetic(f64::powf),
            Binary::BitAnd => arithmetic(|a, b| f64::from(to_int(a) & to_int(b))),
            Binary::BitOr => arithmetic(|a, b| f64::from(to_int(a) | to_int(b))),
            Binary::BitXor => arithmetic(|a, b| f64::from(to_int(a) ^ to_int(b))),
            Binary::ShiftLeft => arithmetic(|a, b| f64::from(to_int(a).wrapping_shl(to_int(b) as u32))),
            Binary::ShiftRight => arithmetic(|a, b| f64::from(to_int(a).wrapping_shr(to_int(b) as u32))),
            Binary::ShiftRightUnsigned => {
                arithmetic(|a, b| f64::from((to_int(a) as u32).wrapping_shr(to_int(b) as u32)))
            }
            Binary::StrictEqual => self.equal(left, right, true).into_value(),
            Binary::StrictNotEqual => self.equal(left, right, true).negated().into_value(),
            Binary::Equal => self.equal(left, right, false).into_value(),
            Binary::NotEqual => self.equal(left, right, false).negated().into_value(),
            Binary::Less => self.compare(left, right, std::cmp::Ordering::is_lt),
            Binary::LessOrEqual => self.compare(left, right, std::cmp::Ordering::is_le),
            Binary::Greater => self.compare(left, right, std::cmp::Ordering::is_gt),
            Binary::GreaterOrEqual => self.compare(left, right, std::cmp::Ordering::is_ge),
            Binary::In => self.has_property(right, left),
            Binary::InstanceOf => self.instance_of(left, right),
        })
    }

    fn add(&mut self, left: &Value, right: &Value) -> Eval {
        if let (Value::Number(left), Value::Number(right)) = (left, right) {
            return Ok(Value::Number(left + right));
        }
        let textual = |value: &Value| matches!(value, Value::String(_) | Value::Object(_));
        if !textual(left) && !textual(right) {
            let numbers = self.number(left).zip(self.number(right));
            return Ok(numbers.map_or(unknown_of(left, right), |(left, right)| Value::Number(left + right)));
        }
        let (Some(left), Some(right)) = (self.text_of(left)?, self.text_of(right)?) else { return Ok(Value::RUNTIME) };
        Ok(self.text(format!("{left}{right}")))
    }

    pub(in super::super) fn equal(&self, left: &Value, right: &Value, strict: bool) -> Truth {
        if self.is_setting(left) || self.is_setting(right) {
            // Unset, it equals nothing but what is unset.
            let other = if self.is_setting(left) { right } else { left };
            return match (left, right, other) {
                (Value::Unknown(Unknown::Assumed(a)), Value::Bool(b), _)
                | (Value::Bool(b), Value::Unknown(Unknown::Assumed(a)), _) => Truth::Assumed(a == b),
                (_, _, Value::Undefined) => Truth::Assumed(true),
                (_, _, Value::Null) => Truth::Assumed(!strict),
                (_, _, other) if other.is_unknown() => Truth::Unknown,
                _ => Truth::Assumed(false),
            };
        }
        match (left, right) {
            (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => Truth::Known(true),
            (Value::Undefined, Value::Null) | (Value::Null, Value::Undefined) => Truth::Known(!strict),
            (Value::Bool(a), Value::Bool(b)) => Truth::Known(a == b),
            (Value::Number(a), Value::Number(b)) => Truth::Known(a == b),
            (Value::String(a), Value::String(b)) => {
                self.scanning(if a.len() == b.len() { a.len() } else { 0 });
                Truth::Known(a == b)
            }
            (Value::Object(a), Value::Object(b)) => Truth::Known(a == b),
            (Value::External(a), Value::External(b))
                if a.module == b.module && a.path == b.path && !a.path.iter().any(|name| &**name == "()") =>
            {
                Truth::Known(true)
            }
            // A module or a function of a dependency is something.
            (Value::External(a), Value::Undefined | Value::Null)
            | (Value::Undefined | Value::Null, Value::External(a))
                if !a.path.iter().any(|name| &**name == "()") =>
            {
                Truth::Known(false)
            }
            (Value::External(_) | Value::Unknown(_), _) | (_, Value::External(_) | Value::Unknown(_)) => Truth::Unknown,
            (Value::Number(_) | Value::Bool(_), Value::String(_) | Value::Number(_) | Value::Bool(_))
            | (Value::String(_), Value::Number(_) | Value::Bool(_))
                if !strict =>
            {
                Truth::Known(self.number(left) == self.number(right))
            }
            _ => Truth::Known(false),
        }
    }

    fn compare(&self, left: &Value, right: &Value, holds: fn(std::cmp::Ordering) -> bool) -> Value {
        if let (Value::String(left), Value::String(right)) = (left, right) {
            return Value::Bool(holds(left.cmp(right)));
        }
        match self.number(left).zip(self.number(right)) {
            Some((left, right)) => Value::Bool(left.partial_cmp(&right).is_some_and(holds)),
            None if self.is_setting(left) || self.is_setting(right) => Value::Unknown(Unknown::Assumed(false)),
            None => Value::RUNTIME,
        }
    }

    fn instance_of(&self, left: &Value, right: &Value) -> Value {
        if let Some(schema) = self.schema(left)
            && let Some(answer) = self.is_schema_of(&schema, right)
        {
            return answer;
        }
        let Some(Kind::Class(class)) = self.kind(right) else {
            let is_array = matches!(self.kind(left), Some(Kind::Array(_)));
            return match right {
                Value::External(external) if external.module.is_empty() && external.dotted() == "Array" => {
                    Value::Bool(is_array)
                }
                _ if matches!(left, Value::Object(_) | Value::Unknown(_) | Value::External(_)) => Value::RUNTIME,
                _ => Value::Bool(false),
            };
        };
        let mut next = left.as_object().and_then(|id| self.object(id).prototype.clone());
        for _ in 0..64 {
            match next {
                Some(Value::Object(id)) if id == class.prototype => return Value::Bool(true),
                Some(Value::Object(id)) => next = self.object(id).prototype.clone(),
                Some(_) => return Value::RUNTIME,
                None => break,
            }
        }
        if left.is_unknown() { Value::RUNTIME } else { Value::Bool(false) }
    }

    /// `value` as a part of a text. `None` if it is not known.
    pub(in super::super) fn text_of(&mut self, value: &Value) -> Eval<Option<String>> {
        self.step()?;
        Ok(match value {
            Value::Undefined => Some("undefined".to_owned()),
            Value::Null => Some("null".to_owned()),
            Value::Bool(holds) => Some(holds.to_string()),
            Value::Number(number) => Some(numbers::to_string(*number)),
            Value::String(text) => {
                self.scanning(text.len());
                Some(text.to_string())
            }
            Value::External(_) | Value::Unknown(_) => None,
            Value::Object(id) => {
                if let Some((items, false)) = self.items(value) {
                    return self.joined(&items, ",");
                }
                let method = self.get(value, "toString")?;
                if matches!(self.kind(&method), Some(Kind::Function(_))) {
                    let text = self.call(&method, Value::Object(*id), Vec::new())?;
                    return Ok(text.as_str().map(str::to_owned));
                }
                None
            }
        })
    }

    /// The texts of `items` with `separator` between them; nothing for what is undefined or null.
    pub(in super::super) fn joined(&mut self, items: &[Value], separator: &str) -> Eval<Option<String>> {
        let mut joined = String::new();
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                joined.push_str(separator);
            }
            if !item.is_nullish() {
                let nested = self.deeper(|this| this.text_of(item));
                match nested.transpose()?.flatten() {
                    Some(text) => joined.push_str(&text),
                    None => return Ok(None),
                }
            }
            if joined.len() > MAX_TEXT {
                self.limit_reached = true;
                return Ok(None);
            }
        }
        Ok(Some(joined))
    }
}

/// What an operation on something unknown gives: a setting stays one.
fn unknown(value: &Value) -> Value {
    match value {
        Value::Unknown(Unknown::Setting | Unknown::Assumed(_)) => Value::Unknown(Unknown::Setting),
        _ => Value::RUNTIME,
    }
}

fn unknown_of(left: &Value, right: &Value) -> Value {
    match (unknown(left), unknown(right)) {
        (Value::Unknown(Unknown::Setting), _) | (_, Value::Unknown(Unknown::Setting)) => {
            Value::Unknown(Unknown::Setting)
        }
        _ => Value::RUNTIME,
    }
}

fn type_of_global(module: &str, path: &[std::rc::Rc<str>]) -> Value {
    match path {
        [name] if module.is_empty() && matches!(&**name, "process" | "globalThis" | "console" | "JSON" | "Math") => {
            Value::string("object")
        }
        // Of Node there is neither; code for browsers asks this way.
        [name] if module.is_empty() && matches!(&**name, "window" | "document" | "self" | "Deno" | "Bun") => {
            Value::string("undefined")
        }
        [_] if module.is_empty() => Value::string("function"),
        _ => Value::RUNTIME,
    }
}

/// `number` as a whole number of 32 bits.
fn to_int(number: f64) -> i32 {
    if !number.is_finite() {
        return 0;
    }
    (number.trunc().rem_euclid(4_294_967_296.0) as u32) as i32
}
