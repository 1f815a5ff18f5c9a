//! Regular expressions and phrases as written in a rule file.

use std::cell::OnceCell;
use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::expression::Expression;
use super::possible::Possible;
use super::steps::{Steps, StepsError, WrittenSteps};
use crate::rules::{Found, Phrases};
use crate::text::words::Words;

/// Forms of a text, of which one must match.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Patterns(Vec<Pattern>);

/// A form of a text.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, try_from = "Written")]
enum Pattern {
    One(Expression),
    Steps(Steps),
}

/// A pattern as a rule file has it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    One(String),
    Steps(WrittenSteps),
}

impl Patterns {
    /// True if a pattern matches a part of `text` in which `except` has no match.
    pub(crate) fn match_unless(&self, text: &str, except: &Self) -> bool {
        self.find_unless(text, except).is_some()
    }

    /// The first part of `text` that a pattern matches and in which `except` has no match.
    pub(crate) fn find_unless<'t>(&self, text: &'t str, except: &Self) -> Option<&'t str> {
        self.find_unless_after(text, except, &Self::default())
    }

    /// Like `find_unless`. A part does not count either if `before` matches the text before it on its line, with the line
    /// above that introduces it: a heading, or `Bad:`.
    pub(crate) fn find_unless_after<'t>(&self, text: &'t str, except: &Self, before: &Self) -> Option<&'t str> {
        let possible = OnceCell::new();
        let possible = || possible.get_or_init(|| Possible::in_texts([text]));
        let patterns = self.0.iter().filter(|pattern| pattern.is_possible(possible));
        let found = patterns.flat_map(|pattern| pattern.find_all(text)).find(|range| {
            let part = text.get(range.clone()).unwrap_or_default();
            !except.is_in(part) && (before.is_empty() || !before.is_in(&before_on_line(text, range.start)))
        })?;
        text.get(found)
    }

    /// True if a pattern matches a part of `text`.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let possible = OnceCell::new();
        let possible = || possible.get_or_init(|| Possible::in_texts([text]));
        self.0.iter().any(|pattern| pattern.is_possible(possible) && pattern.is_in(text))
    }

    /// True if one of the patterns of which `possible` says that they can match in some texts matches a part of `text`, which is
    /// made of these texts.
    pub(crate) fn are_in(&self, text: impl FnOnce() -> String, possible: &Possible) -> bool {
        let mut patterns = self.0.iter().filter(|pattern| pattern.is_possible(|| possible)).peekable();
        patterns.peek().is_some() && {
            let text = text();
            patterns.any(|pattern| pattern.is_in(&text))
        }
    }

    /// False if no pattern matches in the texts that `possible` is about.
    pub(crate) fn are_possible(&self, possible: &Possible) -> bool {
        self.0.iter().any(|pattern| pattern.is_possible(|| possible))
    }

    /// True if what a pattern matches in a text, it also matches where the text is a line of a longer one.
    pub(crate) fn hold_anywhere(&self) -> bool {
        self.0.iter().all(|pattern| match pattern {
            Pattern::One(expression) => !expression.looks_at_ends(),
            Pattern::Steps(_) => false,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Most lines above a line among which the one that introduces it is looked for.
const MAX_ABOVE: usize = 4;

/// The text on the line of `at` before it, behind the line that introduces it.
fn before_on_line(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or_default();
    let (above, line) = before.rsplit_once('\n').unwrap_or(("", before));
    let is_text = |line: &&str| !line.is_empty() && !line.starts_with("```");
    let introduction = above.rsplit('\n').take(MAX_ABOVE).map(str::trim).find(is_text);
    let introduction = introduction.filter(|line| line.starts_with('#') || line.ends_with(':'));
    introduction.map_or_else(|| line.to_owned(), |introduction| format!("{introduction} {line}"))
}

impl Pattern {
    fn is_possible<'p>(&self, possible: impl FnOnce() -> &'p Possible) -> bool {
        match self {
            Self::One(pattern) => pattern.is_possible(possible),
            Self::Steps(steps) => steps.are_possible(possible),
        }
    }

    fn is_in(&self, text: &str) -> bool {
        match self {
            Self::One(pattern) => pattern.regex().is_match(text),
            Self::Steps(steps) => steps.find_all(text).next().is_some(),
        }
    }

    fn find_all<'a>(&'a self, text: &'a str) -> Box<dyn Iterator<Item = Range<usize>> + 'a> {
        match self {
            Self::One(pattern) => Box::new(pattern.regex().find_iter(text).map(|found| found.range())),
            Self::Steps(steps) => Box::new(steps.find_all(text)),
        }
    }
}

impl TryFrom<Written> for Pattern {
    type Error = StepsError;

    fn try_from(written: Written) -> Result<Self, StepsError> {
        match written {
            Written::One(text) => Ok(Self::One(Expression::new(&text)?)),
            Written::Steps(steps) => Steps::new(steps).map(Self::Steps),
        }
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
