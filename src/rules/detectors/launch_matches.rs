//! Matches regular expressions against the command or URL of a server.

use serde::{Deserialize, Serialize};

use super::patterns::Patterns;
use crate::text::clean;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "one of the regular expressions in the command or the address of the server";

/// Longest quotation, in characters.
const MAX_QUOTE: usize = 100;

/// Regular expressions with exceptions.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaunchMatches {
    /// Ends the sentence "The server ...": "is started from something that can change".
    found: String,
    patterns: Patterns,
    /// Regular expressions of harmless forms. A match that contains one does not count.
    #[serde(default)]
    except: Patterns,
}

impl LaunchMatches {
    pub(crate) fn find(&self, target: &str) -> Option<String> {
        let matches = self.patterns.match_unless(target, &self.except);
        matches.then(|| format!("The server {}: {}", self.found, clean::excerpt(target, MAX_QUOTE)))
    }
}
