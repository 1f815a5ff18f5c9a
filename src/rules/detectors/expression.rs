//! A regular expression as a rule file has it: a text.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use regex::Regex;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::possible::{self, ExpressionId, Possible};

thread_local! {
    static IS_DEFERRED: Cell<bool> = const { Cell::new(false) };
}

/// A regular expression.
#[derive(Debug)]
pub(super) struct Expression {
    text: String,
    compiled: Arc<OnceLock<Regex>>,
    /// `None` if it is not known what a text needs for a match.
    id: Option<ExpressionId>,
}

impl Expression {
    /// Compiles `text`, unless that is deferred. Entries share expressions, and to compile one takes long, so that each is
    /// compiled once.
    pub(super) fn new(text: &str) -> Result<Self, regex::Error> {
        static COMPILED: LazyLock<Mutex<HashMap<String, Arc<OnceLock<Regex>>>>> = LazyLock::new(Mutex::default);
        let mut known = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        let compiled = Arc::clone(known.entry(text.to_owned()).or_default());
        drop(known);
        if !is_deferred() && compiled.get().is_none() {
            compiled.get_or_init({
                let expression = Regex::new(text)?;
                || expression
            });
        }
        Ok(Self { text: text.to_owned(), compiled, id: possible::id(text) })
    }

    /// True if it may match only at the start or the end of a text: it has `^`, `$`, `\A` or `\z`, other than `[^` and `\$`.
    pub(super) fn looks_at_ends(&self) -> bool {
        let mut before = ' ';
        self.text.chars().any(|c| {
            let is_end = match c {
                '^' => !matches!(before, '[' | '\\'),
                '$' => before != '\\',
                'A' | 'z' => before == '\\',
                _ => false,
            };
            before = c;
            is_end
        })
    }

    /// False if it has no match in a text. `possible` gives the expressions that can match in it.
    pub(super) fn is_possible<'p>(&self, possible: impl FnOnce() -> &'p Possible) -> bool {
        self.id.is_none_or(|id| possible().has(id))
    }

    pub(super) fn regex(&self) -> &Regex {
        self.compiled.get_or_init(|| Regex::new(&self.text).expect("a test compiles the expressions of built-in rules"))
    }
}

/// Runs `read`, during which no expression is compiled before it is used: for built-in rules, which a test compiles. To compile
/// all takes longer than most scans, and most are never used in one.
pub(crate) fn deferring<T>(read: impl FnOnce() -> T) -> T {
    let before = IS_DEFERRED.replace(true);
    let value = read();
    IS_DEFERRED.set(before);
    value
}

/// True while expressions are compiled only once they are used.
pub(super) fn is_deferred() -> bool {
    IS_DEFERRED.get()
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_that_look_at_the_ends_of_a_text_are_known() {
        for (text, looks_at_ends) in [
            ("^a", true),
            ("a$", true),
            (r"\Aa", true),
            ("a|b\\z", true),
            ("[^a]", false),
            (r"\$\^a", false),
            ("zA", false),
        ] {
            assert_eq!(Expression::new(text).unwrap().looks_at_ends(), looks_at_ends, "{text}");
        }
    }
}
