//! Regular expressions and phrases as written in a rule file.

use regex::Regex;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::rules::{Found, Phrases};
use crate::text::words::Words;

#[derive(Debug, Default)]
pub(crate) struct Patterns(Vec<Regex>);

impl Patterns {
    /// True if a pattern matches a part of `text` in which `except` has no match.
    pub(crate) fn match_unless(&self, text: &str, except: &Self) -> bool {
        self.find_unless(text, except).is_some()
    }

    /// The first part of `text` that a pattern matches and in which `except` has no match.
    pub(crate) fn find_unless<'t>(&self, text: &'t str, except: &Self) -> Option<&'t str> {
        let is_excepted = |found: &str| except.0.iter().any(|pattern| pattern.is_match(found));
        let mut found = self.0.iter().flat_map(|pattern| pattern.find_iter(text)).map(|found| found.as_str());
        found.find(|found| !is_excepted(found))
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

/// Phrases; `*` stands for one or two words.
#[derive(Debug, Default)]
pub(crate) struct PhraseList {
    texts: Vec<String>,
    phrases: Phrases<()>,
}

impl PhraseList {
    /// All matches in `words`, in order.
    pub(crate) fn find(&self, words: &Words<'_>) -> Vec<Found<()>> {
        self.phrases.find(words)
    }

    /// All matches in `words` that are not within a match of `except`.
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
