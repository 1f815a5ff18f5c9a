//! The label of an evaluation row.

use serde_json::Value;

use crate::model::Category;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// Exactly this category.
    Is(Category),
    /// Not Read; the exact category is unknown.
    NonRead,
}

/// The label of a row, with what else the row states about it.
#[derive(Debug, Clone)]
pub struct Truth {
    pub label: Label,
    /// The verdicts that count as right, including the label.
    pub accept: Vec<Category>,
    /// True when the row is doubtful.
    pub doubtful: bool,
    /// The sample that the row was drawn for, if the set has several.
    pub stratum: Option<String>,
}

/// Why the label of a row is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TruthError {
    /// The row has no label.
    #[error("no `label`")]
    NoLabel,
    /// The label is not a category.
    #[error("unknown label \"{0}\"")]
    UnknownLabel(String),
    /// An entry of `accept` is not a category.
    #[error("unknown category \"{0}\" in `accept`")]
    UnknownCategory(String),
}

impl Truth {
    /// Reads the labels of a row.
    pub fn new(row: &Value) -> Result<Self, TruthError> {
        let label = match row.get("label").and_then(Value::as_str) {
            Some("NonRead") => Label::NonRead,
            Some(name) => Label::Is(category(name).ok_or_else(|| TruthError::UnknownLabel(name.to_owned()))?),
            None => return Err(TruthError::NoLabel),
        };
        let mut accept = Vec::new();
        for name in row.get("accept").and_then(Value::as_array).into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            accept.push(category(name).ok_or_else(|| TruthError::UnknownCategory(name.to_owned()))?);
        }
        match label {
            Label::Is(category) if !accept.contains(&category) => accept.push(category),
            Label::NonRead if accept.is_empty() => accept.extend(&Category::ALL[1..]),
            Label::Is(_) | Label::NonRead => {}
        }
        let doubtful = row.get("sure").and_then(Value::as_i64) == Some(1);
        let stratum = row.get("stratum").and_then(Value::as_str).map(str::to_owned);
        Ok(Self { label, accept, doubtful, stratum })
    }
}

fn category(name: &str) -> Option<Category> {
    Category::ALL.into_iter().find(|c| c.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn truth_is_read_from_a_row() {
        let truth = Truth::new(&json!({"label": "Execute", "accept": ["Write"], "sure": 1})).unwrap();
        assert_eq!(truth.accept, [Category::Write, Category::Execute]);
        assert!(truth.doubtful);
        let nonread = Truth::new(&json!({"label": "NonRead"})).unwrap();
        assert!(!nonread.accept.contains(&Category::Read) && !nonread.doubtful);
        assert_eq!(Truth::new(&json!({"label": "Evil"})).unwrap_err(), TruthError::UnknownLabel("Evil".into()));
        assert_eq!(Truth::new(&json!({})).unwrap_err(), TruthError::NoLabel);
    }
}
