//! A JSON Schema stored as text. Schemas are the largest part of a listing; as a tree of values each would need six
//! times the memory.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::schema_texts::{self, SchemaPlace};

/// A JSON Schema as sent by the server, possibly not an object. Stored as compact JSON with the original key order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema(Box<str>);

impl Schema {
    pub(crate) fn value(&self) -> Value {
        // The text was serialized from a value, so it is valid JSON.
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// Calls `found` for each string and each key, in order.
    pub(crate) fn each_text<'s>(&'s self, found: &mut dyn FnMut(Cow<'s, str>)) {
        schema_texts::each_of_any_kind(&self.0, &mut |_, text| found(text));
    }

    /// Calls `found` for each text that says something, in order, with its place.
    pub(crate) fn each_text_with_place<'s>(&'s self, found: &mut dyn FnMut(SchemaPlace, Cow<'s, str>)) {
        schema_texts::each(&self.0, found);
    }

    /// True if `word` occurs in its text.
    pub(crate) fn mentions(&self, word: &str) -> bool {
        self.0.contains(word)
    }

    /// The size in bytes of JSON.
    pub(crate) fn size(&self) -> usize {
        self.0.len()
    }
}

impl From<&Value> for Schema {
    fn from(schema: &Value) -> Self {
        Self(schema.to_string().into())
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_and_strings_are_texts_in_order() {
        let schema = Schema::from(&json!({"z": ["a", 1, null, {"b\n": true}], "c": {"7": "d\"", "e": -0.5}}));
        let mut texts = Vec::new();
        schema.each_text(&mut |text| texts.push(text));
        assert_eq!(texts, ["z", "a", "b\n", "c", "7", "d\"", "e"]);
    }

    #[test]
    fn a_schema_is_what_it_was_and_is_written_as_it_stands() {
        for value in [json!({"z": [1, -0.5, 1e300], "a": {"\u{0}\u{2028}\"": null}}), json!(true), json!("x")] {
            let schema = Schema::from(&value);
            assert_eq!((schema.value(), serde_json::to_value(&schema).unwrap()), (value.clone(), value.clone()));
            assert_eq!(serde_json::to_string(&schema).unwrap(), value.to_string());
            assert_eq!(schema.size(), value.to_string().len());
        }
    }
}
