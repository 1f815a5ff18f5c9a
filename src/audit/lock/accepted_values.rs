//! What a parameter accepts: its type with restrictions, and its values. A lock has it as one text.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::bounds::{MAX_PARAMETER, bounded};
use crate::model::Parameter;

/// Before the values, which stand last in the text.
const VALUES: &str = "one of ";
/// Between the parts of the text.
const COMMA: &str = ", ";

/// What a parameter accepts. A value with a comma counts as several, and the last of many values may be cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(crate) struct AcceptedValues {
    /// `string, required`. `None` if the text has only the values.
    restricted_type: Option<String>,
    /// The values of which a call gives one. Empty if any value will do.
    values: Vec<String>,
}

impl AcceptedValues {
    /// What `parameter` accepts, independent of the order in the schema.
    pub(super) fn new(parameter: &Parameter) -> Self {
        let mut words = vec![parameter.types.words()];
        words.extend(parameter.format.as_deref().map(str::to_owned));
        words.extend(parameter.required.then(|| "required".to_owned()));
        words.extend(parameter.minimum.map(|least| format!("at least {least}")));
        words.extend(parameter.maximum.map(|most| format!("at most {most}")));
        words.extend(parameter.default.as_ref().map(|value| format!("default {value}")));
        if !parameter.values.is_empty() {
            let mut values = parameter.values.clone();
            values.sort();
            words.push(format!("{VALUES}{}", values.join(COMMA)));
        }
        // Cut and read as the text in a lock is, so that both compare equal.
        bounded(&words.join(COMMA), MAX_PARAMETER).into()
    }

    /// The type with its restrictions.
    pub(super) fn restricted_type(&self) -> &str {
        self.restricted_type.as_deref().unwrap_or_default()
    }

    pub(super) fn values(&self) -> BTreeSet<&str> {
        self.values.iter().map(String::as_str).collect()
    }
}

impl From<String> for AcceptedValues {
    fn from(text: String) -> Self {
        let split = |values: &str| values.split(COMMA).map(str::to_owned).collect();
        if let Some(values) = text.strip_prefix(VALUES) {
            return Self { restricted_type: None, values: split(values) };
        }
        match text.split_once(&format!("{COMMA}{VALUES}")) {
            Some((of, values)) => Self { restricted_type: Some(of.to_owned()), values: split(values) },
            None => Self { restricted_type: Some(text), values: Vec::new() },
        }
    }
}

impl From<AcceptedValues> for String {
    fn from(accepted: AcceptedValues) -> Self {
        accepted.to_string()
    }
}

impl fmt::Display for AcceptedValues {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = (!self.values.is_empty()).then(|| format!("{VALUES}{}", self.values.join(COMMA)));
        let parts: Vec<&str> = self.restricted_type.as_deref().into_iter().chain(values.as_deref()).collect();
        out.write_str(&parts.join(COMMA))
    }
}

/// In the order of the texts.
impl Ord for AcceptedValues {
    fn cmp(&self, other: &Self) -> Ordering {
        self.to_string().cmp(&other.to_string())
    }
}

impl PartialOrd for AcceptedValues {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_and_written_unchanged() {
        for (text, of, values) in [
            ("string, required", "string, required", &[][..]),
            ("string, one of a, b", "string", &["a", "b"]),
            ("one of a", "", &["a"]),
            (", one of a", "", &["a"]),
            ("string, one of ", "string", &[""]),
            ("", "", &[]),
        ] {
            let accepted = AcceptedValues::from(text.to_owned());
            assert_eq!(accepted.to_string(), text);
            assert_eq!(
                (accepted.restricted_type(), accepted.values()),
                (of, values.iter().copied().collect()),
                "{text}"
            );
        }
    }
}
