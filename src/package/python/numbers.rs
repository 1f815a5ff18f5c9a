//! Computing with numbers.

use super::value::Value;

/// The result of an operator on two numbers. Unknown if it does not fit, or for another operator.
pub(super) fn computed<'t>(operator: &str, left: &Value<'t>, right: &Value<'t>) -> Value<'t> {
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        let bits = u32::try_from(*b).ok().filter(|bits| *bits <= 62);
        let whole = match operator {
            "+" => a.checked_add(*b),
            "-" => a.checked_sub(*b),
            "*" => a.checked_mul(*b),
            "//" if *b > 0 => Some(a.div_euclid(*b)),
            "%" if *b > 0 => Some(a.rem_euclid(*b)),
            "<<" => bits.and_then(|bits| a.checked_shl(bits)),
            "**" => bits.and_then(|bits| a.checked_pow(bits)),
            "/" if *b != 0 => return Value::Float(*a as f64 / *b as f64),
            _ => None,
        };
        return whole.map_or(Value::Unknown, Value::Int);
    }
    let number = |value: &Value<'t>| match value {
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        _ => None,
    };
    let (Some(a), Some(b)) = (number(left), number(right)) else { return Value::Unknown };
    match operator {
        "+" => Value::Float(a + b),
        "-" => Value::Float(a - b),
        "*" => Value::Float(a * b),
        "/" if b != 0.0 => Value::Float(a / b),
        _ => Value::Unknown,
    }
}
