//! JSON objects whose members keep the bytes that were sent, and values that name nothing twice.
//!
//! Parsers disagree about an object that names a key twice, so such an object is an error: what the guard decides on
//! must be what the server reads.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

/// An object with its members in their order, each as it was sent.
#[derive(Debug, Clone, Default)]
pub(super) struct RawObject<'a>(Vec<(Cow<'a, str>, Cow<'a, RawValue>)>);

impl<'a> RawObject<'a> {
    /// Parses `text`, which must be an object that names no key twice.
    pub(super) fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The JSON text of the member `key`.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.get())
    }

    /// The member `key` as an object. `None` if it is absent, no object, or names a key twice.
    pub(super) fn object(&self, key: &str) -> Option<RawObject<'_>> {
        RawObject::parse(self.get(key)?).ok()
    }

    /// The member `key` as text. `None` if it is absent or no text.
    pub(super) fn text(&self, key: &str) -> Option<Cow<'_, str>> {
        text(self.get(key)?)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    /// Sets the member `key`. A new one is added at the end.
    pub(super) fn set(&mut self, key: &'static str, value: Box<RawValue>) {
        match self.0.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = Cow::Owned(value),
            None => self.0.push((key.into(), Cow::Owned(value))),
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.0.retain(|(name, _)| name != key);
    }

    /// Keeps the members whose keys `keeps` is true for.
    pub(super) fn retain(&mut self, keeps: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| keeps(name));
    }

    /// The object with members of its own.
    pub(super) fn into_owned(self) -> RawObject<'static> {
        let owned = |(name, value): (Cow<'a, str>, Cow<'a, RawValue>)| {
            (Cow::Owned(name.into_owned()), Cow::Owned(value.into_owned()))
        };
        RawObject(self.0.into_iter().map(owned).collect())
    }

    /// The object as JSON.
    pub(super) fn to_raw(&self) -> Box<RawValue> {
        // Members that were parsed are valid JSON, so this cannot fail.
        serde_json::value::to_raw_value(self).unwrap_or_default()
    }
}

/// The text that `json` is. `None` if it is something else.
pub(super) fn text(json: &str) -> Option<Cow<'_, str>> {
    match json.strip_prefix('"')?.strip_suffix('"') {
        Some(plain) if !plain.contains('\\') => Some(plain.into()),
        _ => serde_json::from_str::<String>(json).ok().map(Cow::Owned),
    }
}

impl Serialize for RawObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        self.0.iter().try_for_each(|(name, value)| map.serialize_entry(name, value.as_ref()))?;
        map.end()
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Cow<'de, str>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(text.into())
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(text.to_owned().into())
            }
        }
        deserializer.deserialize_str(Keys).map(Key)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawObject<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Vec<(Cow<'de, str>, Cow<'de, RawValue>)>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(4);
                while let Some((Key(name), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    if members.len() == MAX_MEMBERS {
                        return Err(A::Error::custom("an object has too many keys"));
                    }
                    members.push((name, Cow::Borrowed(value)));
                }
                let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
                names.sort_unstable();
                match names.windows(2).find(|pair| pair[0] == pair[1]) {
                    Some(pair) => Err(A::Error::custom(format!("the key {:?} is there twice", pair[0]))),
                    None => Ok(members),
                }
            }
        }
        deserializer.deserialize_map(Members).map(Self)
    }
}

/// Most members of an object whose members are kept.
const MAX_MEMBERS: usize = 100_000;

/// Parses `text` as a value in which no object names a key twice.
pub(super) fn unambiguous(text: &str) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Unambiguous.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

struct Unambiguous;

impl<'de> DeserializeSeed<'de> for Unambiguous {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unambiguous {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is too large"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Unambiguous)? {
            items.push(item);
        }
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(Unambiguous)?;
            if members.insert(key.clone(), value).is_some() {
                return Err(A::Error::custom(format!("the key {key:?} is there twice")));
            }
        }
        Ok(members.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_bytes_and_none_is_there_twice() {
        let mut object = RawObject::parse(r#"{"a": 1.50, "m\u0065thod":"x\ny", "c": {"d":[ ]}}"#).unwrap();
        assert_eq!((object.get("a"), object.text("method").as_deref()), (Some("1.50"), Some("x\ny")));
        object.set("a", RawValue::from_string("2e0".into()).unwrap());
        object.remove("method");
        assert_eq!(object.to_raw().get(), r#"{"a":2e0,"c":{"d":[ ]}}"#);
        for twice in [r#"{"a":1,"a":2}"#, r#"{"a":1,"\u0061":2}"#, "[]", "1"] {
            assert!(RawObject::parse(twice).is_err(), "{twice}");
        }
    }

    #[test]
    fn a_value_in_which_a_key_is_there_twice_is_refused_at_any_depth() {
        assert_eq!(unambiguous(r#"{"a":[1,2.5,null,true,"x"]}"#).unwrap()["a"][1], 2.5);
        for wrong in [r#"[{"a":{"b":1,"\u0062":2}}]"#, "1e999", r#""\ud800""#, "1 2", &"[".repeat(500)] {
            assert!(unambiguous(wrong).is_err(), "{wrong}");
        }
    }
}
