//! A regular expression in the command or the address of a server.

use serde::{Deserialize, Serialize};

use super::patterns::Patterns;
use crate::text::clean;

/// What it does, for `rules show`.
pub(crate) const ABOUT: &str = "one of the regular expressions in the command or the address of the server";

/// Longest quotation, in characters.
const MAX_QUOTE: usize = 100;

/// Regular expressions, and what takes them away.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaunchMatches {
    /// The rest of the sentence about the server: "is started from something that can change".
    found: String,
    /// The regular expressions.
    patterns: Patterns,
    /// Regular expressions of harmless forms, searched in what matched.
    #[serde(default)]
    except: Patterns,
}

impl LaunchMatches {
    /// A match in `target`.
    pub(crate) fn find(&self, target: &str) -> Option<String> {
        let matches = self.patterns.match_unless(target, &self.except);
        matches.then(|| format!("The server {}: {}", self.found, clean::excerpt(target, MAX_QUOTE)))
    }
}
