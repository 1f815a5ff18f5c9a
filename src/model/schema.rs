//! A JSON Schema stored as text. Schemas are the largest part of a listing; as a tree of values each would need six
//! times the memory.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
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
        // The text was serialized from a value, so it is valid JSON.
        let _ = Texts(found).deserialize(&mut serde_json::Deserializer::from_str(&self.0));
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

/// Reads a value and passes its texts on, without a tree of values.
struct Texts<'f, 's>(&'f mut dyn FnMut(Cow<'s, str>));

impl<'s> DeserializeSeed<'s> for Texts<'_, 's> {
    type Value = ();

    fn deserialize<D: Deserializer<'s>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'s> Visitor<'s> for Texts<'_, 's> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'s str) -> Result<(), E> {
        self.0(text.into());
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0(text.to_owned().into());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'s>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Texts(&mut *self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'s>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key_seed(Texts(&mut *self.0))?.is_some() {
            map.next_value_seed(Texts(&mut *self.0))?;
        }
        Ok(())
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
