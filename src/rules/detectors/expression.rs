//! A regular expression as a rule file has it: a text.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A regular expression.
#[derive(Debug)]
pub(super) struct Expression(pub(super) Regex);

impl Expression {
    /// Compiles `text`. Entries share expressions, and to compile one takes long, so that each is compiled once.
    pub(super) fn new(text: &str) -> Result<Self, regex::Error> {
        static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
        let mut known = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(expression) = known.get(text) {
            return Ok(Self(expression.clone()));
        }
        let expression = Regex::new(text)?;
        known.insert(text.to_owned(), expression.clone());
        Ok(Self(expression))
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}
