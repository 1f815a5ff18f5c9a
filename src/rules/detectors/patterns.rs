//! Regular expressions and word sequences as they stand in a rule file.

use regex::Regex;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::rules::{Found, Phrases};
use crate::text::words::Words;

/// Regular expressions.
#[derive(Debug, Default)]
pub(crate) struct Patterns(Vec<Regex>);

impl Patterns {
    /// True when one of them matches a part of `text` that `except` does not match.
    pub(crate) fn match_unless(&self, text: &str, except: &Self) -> bool {
        let is_excepted = |found: &str| except.0.iter().any(|pattern| pattern.is_match(found));
        self.0.iter().flat_map(|pattern| pattern.find_iter(text)).any(|found| !is_excepted(found.as_str()))
    }
}

impl<'de> Deserialize<'de> for Patterns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let patterns = texts.iter().map(|text| Regex::new(text)).collect::<Result<_, _>>();
        patterns.map(Self).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Patterns {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Regex::as_str))
    }
}

/// Word sequences; `*` stands for one or two words.
#[derive(Debug, Default)]
pub(crate) struct PhraseList {
    texts: Vec<String>,
    phrases: Phrases<()>,
}

impl PhraseList {
    /// Every one of them in `words`, in order.
    pub(crate) fn find(&self, words: &Words<'_>) -> Vec<Found<()>> {
        self.phrases.find(words)
    }

    /// Every one of them in `words` that is no part of one of `except`.
    pub(crate) fn find_unless(&self, words: &Words<'_>, except: &Self) -> Vec<Found<()>> {
        let mut found = self.find(words);
        if !found.is_empty() {
            let exceptions = except.find(words);
            found.retain(|it| !exceptions.iter().any(|around| around.from <= it.from && it.to <= around.to));
        }
        found
    }
}

impl<'de> Deserialize<'de> for PhraseList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let mut phrases = Phrases::default();
        texts.iter().for_each(|text| phrases.add(text, 0, ()));
        Ok(Self { texts, phrases })
    }
}

impl Serialize for PhraseList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.texts.serialize(serializer)
    }
}
