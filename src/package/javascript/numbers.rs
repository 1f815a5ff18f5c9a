//! Numbers as JavaScript writes and reads them.

/// `number` as `String(number)` writes it, but for the exponents of very large and very small ones.
pub(super) fn to_string(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if number == 0.0 {
        "0".to_owned()
    } else {
        format!("{number}")
    }
}

/// The value of `Number(text)`.
pub(super) fn from_text(text: &str) -> f64 {
    match text.trim() {
        "" => 0.0,
        trimmed => trimmed.parse().unwrap_or(f64::NAN),
    }
}

/// `number` as JSON writes it. `None` if JSON has no such number.
pub(super) fn to_json(number: f64) -> Option<serde_json::Number> {
    // Whole numbers without a fraction, as JSON.stringify writes them.
    if number.fract() == 0.0 && number.abs() < 9e15 {
        return Some((number as i64).into());
    }
    serde_json::Number::from_f64(number)
}
