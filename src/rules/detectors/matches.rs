//! Matches regular expressions against texts that the model reads.

use serde::{Deserialize, Serialize};

use super::patterns::Patterns;
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

impl Matches {
    /// A match in `text`. It is not quoted, since it may be a secret.
    pub(crate) fn find(&self, text: &ModelText<'_>) -> Option<String> {
        self.patterns.find_unless_after(text.words.source(), &self.except, &self.except_after)?;
        Some(format!("{} {}.", text.label_capitalised(), self.found))
    }
}
