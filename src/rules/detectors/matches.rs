//! Matches regular expressions against texts that the model reads.

use serde::{Deserialize, Serialize};

use super::patterns::Patterns;
use super::possible::Possible;
use crate::model::ModelText;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "one of the regular expressions in a text that the model reads";

/// Regular expressions with exceptions.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matches {
    /// Completes the sentence about the text: "holds what looks like a secret".
    found: String,
    patterns: Patterns,
    /// Regular expressions of placeholders. A match that contains one does not count.
    #[serde(default)]
    except: Patterns,
    /// Regular expressions for the text before a match on its line, such as the introduction of a quoted example. A
    /// match after one does not count.
    #[serde(default)]
    except_after: Patterns,
}

/// Most bytes of texts that are searched at once.
const MAX_AT_ONCE: usize = 64 << 10;

impl Matches {
    /// A match in the first of `texts` that has one; `possible` is about these texts. It is not quoted, since it may be a secret.
    pub(crate) fn find(&self, texts: &[ModelText<'_>], possible: &Possible) -> Option<String> {
        if !self.patterns.are_possible(possible) || texts.len() > 1 && !self.may_match(texts, possible) {
            return None;
        }
        texts.iter().find_map(|text| self.find_in(text))
    }

    /// False if no text has a match. Most definitions have none, which is soon seen in all their texts at once.
    fn may_match(&self, texts: &[ModelText<'_>], possible: &Possible) -> bool {
        let sources = || texts.iter().map(|text| text.words.source());
        let is_short = sources().map(str::len).sum::<usize>() <= MAX_AT_ONCE;
        let joined = || sources().collect::<Vec<_>>().join("\n");
        !is_short || !self.patterns.hold_anywhere() || self.patterns.are_in(joined, possible)
    }

    fn find_in(&self, text: &ModelText<'_>) -> Option<String> {
        self.patterns.find_unless_after(text.words.source(), &self.except, &self.except_after)?;
        Some(format!("{} {}.", text.label_capitalised(), self.found))
    }
}
