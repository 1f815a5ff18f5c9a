//! Keys that stand twice in one JSON object. Some readers keep the first value, others the last.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Most keys that are compared one by one; more are kept in a set.
const MAX_COMPARED: usize = 16;

/// The first key of the JSON `text` that stands twice in its object. `None` if there is none, or if `text` is not JSON.
pub(crate) fn duplicate_key(text: &[u8]) -> Option<String> {
    let mut found = None;
    let mut reader = serde_json::Deserializer::from_slice(text);
    // The error only stops the reading.
    let _ = Search { found: &mut found }.deserialize(&mut reader);
    found
}

/// Reads one value, and stops at the first duplicate key.
struct Search<'f> {
    found: &'f mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for Search<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Search<'_> {
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

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Search { found: &mut *self.found })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut keys = Keys::default();
        while let Some(Key(key)) = map.next_key()? {
            if keys.contains(&key) {
                let _ = map.next_value::<IgnoredAny>();
                *self.found = Some(key.into_owned());
                return Err(A::Error::custom("a key stands twice"));
            }
            keys.add(key);
            map.next_value_seed(Search { found: &mut *self.found })?;
        }
        Ok(())
    }
}

/// The keys of an object: most have few.
#[derive(Default)]
struct Keys<'de> {
    few: Vec<Cow<'de, str>>,
    more: HashSet<Cow<'de, str>>,
}

impl<'de> Keys<'de> {
    fn contains(&self, key: &str) -> bool {
        self.few.iter().any(|known| known == key) || !self.more.is_empty() && self.more.contains(key)
    }

    fn add(&mut self, key: Cow<'de, str>) {
        if self.few.len() < MAX_COMPARED {
            self.few.push(key);
        } else {
            self.more.insert(key);
        }
    }
}

/// A key, borrowed from the JSON unless it has escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Key<'k>(#[serde(borrow)] Cow<'k, str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_found_however_it_is_written() {
        for (text, key) in [
            (r#"{"a": 1, "b": {"a": 1}, "c": [{"a": 2}, {"a": 3}]}"#, None),
            (r#"{"a": 1, "a": 1}"#, Some("a")),
            (r#"[{"b": {"c": null, "d": 1.5, "\u0063": true}}]"#, Some("c")),
            (r#"{"a": {"x": -1}, "a": "#, Some("a")),
            (
                r#"{"a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"h":0,"i":0,"j":0,"k":0,"l":0,"m":0,"n":0,"o":0,"p":0,"q":0}"#,
                None,
            ),
            (
                r#"{"a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"h":0,"i":0,"j":0,"k":0,"l":0,"m":0,"n":0,"o":0,"p":0,"q":0,"q":1}"#,
                Some("q"),
            ),
            ("no JSON", None),
            ("", None),
        ] {
            assert_eq!(duplicate_key(text.as_bytes()).as_deref(), key, "{text}");
        }
    }
}
