//! A time as a person writes it.

use std::time::Duration;

/// Why a text is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DurationError {
    /// Not a number with a known unit.
    #[error("give seconds, or a number with a unit: 8, 90s, 2m")]
    Syntax,
    /// Nothing, or more than a day.
    #[error("a time is more than nothing and at most 24h")]
    Range,
}

/// A time: seconds, or a number with `ms`, `s`, `m` or `h`; more than nothing and at most a day.
pub(crate) fn duration(text: &str) -> Result<Duration, DurationError> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit.trim() {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(DurationError::Syntax),
    };
    let number: f64 = number.parse().map_err(|_| DurationError::Syntax)?;
    let seconds = number * seconds;
    if !(0.001..=86_400.0).contains(&seconds) {
        return Err(DurationError::Range);
    }
    Ok(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_carry_a_unit() {
        for (text, milliseconds) in
            [("8", 8_000), ("90s", 90_000), ("2m", 120_000), ("1.5", 1_500), ("250ms", 250), ("1h", 3_600_000)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "s", "-1", "0", "1d", "1..2", "nan", "99999999h", "1e400"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
