//! A set of JSON types.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The type names of JSON Schema, in display order: `null` comes last.
const NAMES: [&str; 7] = ["string", "integer", "number", "boolean", "array", "object", "null"];

/// A set of types. Empty if the schema declares no valid type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JsonTypes(u8);

impl JsonTypes {
    /// The set of the named types. Unknown names are ignored.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().filter_map(bit).fold(0, |set, bit| set | bit))
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The union of both sets.
    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// True if the sets intersect.
    pub(crate) fn share(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// True if this is a subset of `other`.
    pub(crate) fn are_in(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// True if the type `name` is one of them.
    pub(crate) fn has(self, name: &str) -> bool {
        self.share(Self::from_names([name]))
    }

    /// The type names in a fixed order.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.into_iter().filter(move |name| bit(name).is_some_and(|bit| self.0 & bit != 0))
    }

    /// "string or null"; "any type" if no type is declared.
    pub(crate) fn words(self) -> String {
        if self.is_empty() { "any type".into() } else { self.names().collect::<Vec<_>>().join(" or ") }
    }
}

fn bit(name: &str) -> Option<u8> {
    NAMES.iter().position(|known| *known == name).map(|at| 1 << at)
}

impl Serialize for JsonTypes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

impl<'de> Deserialize<'de> for JsonTypes {
    /// Reads a list of type names. An unknown name is an error.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        match names.iter().find(|name| bit(name).is_none()) {
            Some(odd) => Err(de::Error::unknown_variant(odd, &NAMES)),
            None => Ok(Self::from_names(names.iter().map(String::as_str))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_a_set_and_null_is_said_last() {
        let types = JsonTypes::from_names(["null", "string", "file", "string"]);
        assert_eq!(types.words(), "string or null");
        assert_eq!(
            (JsonTypes::from_names(["file"]).is_empty(), JsonTypes::default().words()),
            (true, "any type".into())
        );
        assert!(JsonTypes::from_names(["null"]).are_in(types) && !types.are_in(JsonTypes::from_names(["null"])));
        assert!(
            types.share(JsonTypes::from_names(["string", "array"])) && !types.share(JsonTypes::from_names(["array"]))
        );
        assert_eq!(types.and(JsonTypes::from_names(["array"])), JsonTypes::from_names(["array", "null", "string"]));
    }

    #[test]
    fn a_rule_names_only_what_is_a_type() {
        let read = |text: &str| serde_json::from_str::<JsonTypes>(text);
        assert_eq!(serde_json::to_string(&read(r#"["null", "array"]"#).unwrap()).unwrap(), r#"["array","null"]"#);
        assert!(read(r#"["file"]"#).unwrap_err().to_string().contains("expected one of `string`, `integer`"));
    }
}
