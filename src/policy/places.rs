//! Where a policy file names its tools. YAML and JSON alike: JSON is YAML to the parser.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_saphyr::Spanned;

use super::dialect::parse_yaml;

pub use crate::model::Position as Place;

/// Where each tool's entry begins; nothing for a file that cannot be parsed.
pub fn of_tools(text: &str) -> BTreeMap<String, Place> {
    let keys = |file: File| file.tools.0.into_iter().chain(file.hide);
    parse_yaml::<File>(text).map(keys).into_iter().flatten().map(|name| (name.value.clone(), place(&name))).collect()
}

/// The keys of the mapping of tools, in the order of the file.
pub fn keys_of_tools(text: &str) -> Vec<(String, Place)> {
    let keys = parse_yaml::<File>(text).map(|file| file.tools.0).into_iter().flatten();
    keys.map(|name| (name.value.clone(), place(&name))).collect()
}

/// The entries of the list of hidden tools, in the order of the file.
pub fn hidden(text: &str) -> Vec<(String, Place)> {
    let names = parse_yaml::<File>(text).map(|file| file.hide).into_iter().flatten();
    names.map(|name| (name.value.clone(), place(&name))).collect()
}

fn place(name: &Spanned<String>) -> Place {
    Place { line: name.referenced.line(), column: name.referenced.column() }
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    tools: Keys,
    #[serde(default)]
    hide: Vec<Spanned<String>>,
}

/// The keys of a mapping.
#[derive(Default)]
struct Keys(Vec<Spanned<String>>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Of;
        impl<'de> Visitor<'de> for Of {
            type Value = Keys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some(key) = map.next_key()? {
                    keys.push(key);
                    map.next_value::<IgnoredAny>()?;
                }
                Ok(Keys(keys))
            }
        }
        deserializer.deserialize_map(Of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_found_in_yaml_and_json() {
        let yaml = "version: '1'\nhide: [c]\ntools:\n  # a comment\n  a: {rules: []}\n  \"b:\":\n    rules: []\n";
        let places = of_tools(yaml);
        assert_eq!(places["a"], Place { line: 5, column: 3 });
        assert_eq!(places["b:"], Place { line: 6, column: 3 });
        assert_eq!(places["c"].line, 2);
        let json = "{\n  \"tools\": {\n    \"a\": {}\n  }\n}\n";
        assert_eq!(of_tools(json)["a"], Place { line: 3, column: 5 });
        assert!(of_tools("tools: [").is_empty());
    }
}
