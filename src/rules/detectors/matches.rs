//! A regular expression in a text that the model reads.

use serde::{Deserialize, Serialize};

use super::patterns::Patterns;
use crate::model::ModelText;

/// What it does, for `rules show`.
pub(crate) const ABOUT: &str = "one of the regular expressions in a text that the model reads";

/// Regular expressions, and what takes them away.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matches {
    /// The rest of the sentence about the text: "holds what looks like a secret".
    found: String,
    /// The regular expressions.
    patterns: Patterns,
    /// Regular expressions of placeholders, searched in what matched.
    #[serde(default)]
    except: Patterns,
}

impl Matches {
    /// A match in `text`. It is not quoted: it may be a secret.
    pub(crate) fn find(&self, text: &ModelText<'_>) -> Option<String> {
        let matches = self.patterns.match_unless(text.words.source(), &self.except);
        matches.then(|| format!("{} {}.", text.place_capitalised(), self.found))
    }
}
