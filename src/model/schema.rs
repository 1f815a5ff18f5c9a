//! A JSON Schema, kept as text: a listing of a hundred thousand tools holds more of schemas than of all else, and as a
//! tree of values each would take six times the room.

use serde::{Serialize, Serializer};
use serde_json::Value;

/// A JSON Schema as it was sent, anything but an object included; its JSON without white space, keys in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema(Box<str>);

impl Schema {
    /// The schema itself.
    pub(crate) fn value(&self) -> Value {
        // What was a value is JSON.
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// How many bytes of JSON it takes.
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
    fn a_schema_is_what_it_was_and_is_written_as_it_stands() {
        for value in [json!({"z": [1, -0.5, 1e300], "a": {"\u{0}\u{2028}\"": null}}), json!(true), json!("x")] {
            let schema = Schema::from(&value);
            assert_eq!((schema.value(), serde_json::to_value(&schema).unwrap()), (value.clone(), value.clone()));
            assert_eq!(serde_json::to_string(&schema).unwrap(), value.to_string());
            assert_eq!(schema.size(), value.to_string().len());
        }
    }
}
