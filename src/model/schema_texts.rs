//! Reads the texts of a JSON Schema with the place of each, without a tree of values.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// What a text of a schema is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SchemaPlace {
    /// The title of the schema.
    Name,
    /// The name or the title of a definition.
    Definition,
    /// The title or the constant of an alternative, which may be the label of a value.
    Label,
    PropertyName,
    PropertyTitle,
    /// The description of the schema or of a definition.
    Description,
    PropertyDescription,
    Default,
    Example,
    Constant,
    Pattern,
    /// A comment, or the text of a keyword that JSON Schema does not have.
    Other,
}

/// Calls `found` for each text of the schema `json` that says something, in order.
pub(super) fn each<'s>(json: &'s str, found: &mut dyn FnMut(SchemaPlace, Cow<'s, str>)) {
    walk(json, Level::Schema { branch: false, property: false, definition: false }, found);
}

/// Calls `found` for each string and each key of `json`, in order, all as [`SchemaPlace::Other`].
pub(super) fn each_of_any_kind<'s>(json: &'s str, found: &mut dyn FnMut(SchemaPlace, Cow<'s, str>)) {
    walk(json, Level::All, found);
}

fn walk<'s>(json: &'s str, level: Level, found: &mut dyn FnMut(SchemaPlace, Cow<'s, str>)) {
    // The text was serialized from a value, so it is valid JSON.
    let _ = Walk { found, level }.deserialize(&mut serde_json::Deserializer::from_str(json));
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
enum Level {
    Schema {
        /// It stands in `oneOf` or `anyOf`.
        branch: bool,
        /// It is that of a property.
        property: bool,
        /// It is a definition, or stands in one.
        definition: bool,
    },
    /// A map from names to schemas.
    Names { branch: bool, definition: bool, are_definitions: bool },
    /// Not a schema.
    Data(SchemaPlace),
    /// Whatever it is, its strings and keys are texts.
    All,
    /// Nothing in it is a text.
    Skipped,
}

impl Level {
    /// The level of the value under `key`, and what the key itself is.
    fn below(self, key: &str) -> (Self, Option<SchemaPlace>) {
        let (branch, property, definition) = match self {
            Self::Schema { branch, property, definition } => (branch, property, definition),
            Self::Names { branch, are_definitions: true, .. } => {
                let level = Self::Schema { branch, property: false, definition: true };
                return (level, Some(SchemaPlace::Definition));
            }
            Self::Names { branch, definition, are_definitions: false } => {
                return (Self::Schema { branch, property: true, definition }, Some(SchemaPlace::PropertyName));
            }
            Self::All => return (self, Some(SchemaPlace::Other)),
            Self::Data(_) | Self::Skipped => return (self, None),
        };
        let level = match key {
            "properties" | "patternProperties" | "dependentSchemas" => {
                Self::Names { branch, definition, are_definitions: false }
            }
            "$defs" | "definitions" => Self::Names { branch: false, definition: true, are_definitions: true },
            "oneOf" | "anyOf" => Self::Schema { branch: true, property, definition },
            "allOf"
            | "items"
            | "prefixItems"
            | "additionalProperties"
            | "not"
            | "if"
            | "then"
            | "else"
            | "contains"
            | "propertyNames"
            | "additionalItems" => Self::Schema { branch, property, definition },
            "title" if branch => Self::Data(SchemaPlace::Label),
            "title" if property => Self::Data(SchemaPlace::PropertyTitle),
            "title" if definition => Self::Data(SchemaPlace::Definition),
            "title" => Self::Data(SchemaPlace::Name),
            "description" if property => Self::Data(SchemaPlace::PropertyDescription),
            "description" => Self::Data(SchemaPlace::Description),
            "default" => Self::Data(SchemaPlace::Default),
            "example" | "examples" => Self::Data(SchemaPlace::Example),
            "const" if branch => Self::Data(SchemaPlace::Label),
            "const" => Self::Data(SchemaPlace::Constant),
            "pattern" => Self::Data(SchemaPlace::Pattern),
            "type" | "format" | "required" | "enum" | "$ref" | "$schema" | "$id" | "$anchor" | "contentMediaType"
            | "contentEncoding" | "dependentRequired" | "discriminator" => Self::Skipped,
            _ => Self::Data(SchemaPlace::Other),
        };
        (level, None)
    }
}

struct Walk<'f, 's> {
    found: &'f mut dyn FnMut(SchemaPlace, Cow<'s, str>),
    level: Level,
}

impl<'s> Walk<'_, 's> {
    fn text(self, text: Cow<'s, str>) {
        match self.level {
            Level::Data(place) => (self.found)(place, text),
            Level::All => (self.found)(SchemaPlace::Other, text),
            Level::Schema { .. } | Level::Names { .. } | Level::Skipped => {}
        }
    }
}

impl<'s> DeserializeSeed<'s> for Walk<'_, 's> {
    type Value = ();

    fn deserialize<D: Deserializer<'s>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'s> Visitor<'s> for Walk<'_, 's> {
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
        self.text(text.into());
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.text(text.to_owned().into());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'s>>(self, mut seq: A) -> Result<(), A::Error> {
        // A list of defaults holds values to choose from.
        let level = match self.level {
            Level::Data(SchemaPlace::Default) => Level::Data(SchemaPlace::Example),
            level => level,
        };
        while seq.next_element_seed(Walk { found: &mut *self.found, level })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'s>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(level) = map.next_key_seed(Key { found: &mut *self.found, level: self.level })? {
            map.next_value_seed(Walk { found: &mut *self.found, level })?;
        }
        Ok(())
    }
}

/// Reads a key, and returns the level of its value.
struct Key<'f, 's> {
    found: &'f mut dyn FnMut(SchemaPlace, Cow<'s, str>),
    level: Level,
}

impl<'s> DeserializeSeed<'s> for Key<'_, 's> {
    type Value = Level;

    fn deserialize<D: Deserializer<'s>>(self, deserializer: D) -> Result<Level, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'s> Visitor<'s> for Key<'_, 's> {
    type Value = Level;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'s str) -> Result<Level, E> {
        let (level, place) = self.level.below(key);
        if let Some(place) = place {
            (self.found)(place, key.into());
        }
        Ok(level)
    }

    fn visit_str<E>(self, key: &str) -> Result<Level, E> {
        let (level, place) = self.level.below(key);
        if let Some(place) = place {
            (self.found)(place, key.to_owned().into());
        }
        Ok(level)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Schema;
    use super::*;

    #[test]
    fn each_text_has_its_place() {
        let schema = Schema::from(&json!({
            "title": "a", "type": "object", "description": "b", "x-note": ["c"], "$comment": "d",
            "properties": {
                "title": {"title": "e", "description": "f", "default": {"type": "g"}, "examples": ["h"], "enum": ["no"]},
                "kind": {"oneOf": [{"const": "i", "title": "j"}], "pattern": "k"},
            },
            "$defs": {"D": {"title": "l", "const": "m", "properties": {"p\n": true}}},
        }));
        let mut texts = Vec::new();
        schema.each_text_with_place(&mut |place, text| texts.push((place, text.into_owned())));
        let wanted = [
            (SchemaPlace::Name, "a"),
            (SchemaPlace::Description, "b"),
            (SchemaPlace::Other, "c"),
            (SchemaPlace::Other, "d"),
            (SchemaPlace::PropertyName, "title"),
            (SchemaPlace::PropertyTitle, "e"),
            (SchemaPlace::PropertyDescription, "f"),
            (SchemaPlace::Default, "g"),
            (SchemaPlace::Example, "h"),
            (SchemaPlace::PropertyName, "kind"),
            (SchemaPlace::Label, "i"),
            (SchemaPlace::Label, "j"),
            (SchemaPlace::Pattern, "k"),
            (SchemaPlace::Definition, "D"),
            (SchemaPlace::Definition, "l"),
            (SchemaPlace::Constant, "m"),
            (SchemaPlace::PropertyName, "p\n"),
        ];
        assert_eq!(texts, wanted.map(|(place, text)| (place, text.to_owned())));
    }
}
