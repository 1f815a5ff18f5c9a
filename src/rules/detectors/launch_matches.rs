//! Matches regular expressions against the command or URL of a server.

use serde::{Deserialize, Serialize};

use super::patterns::Patterns;
use crate::model::{Origin, Server};
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
    pub(crate) fn find(&self, server: &Server) -> Option<String> {
        let target: &str = &server.target;
        let others = server.configured.iter().flat_map(Origin::other_launches);
        let launch =
            std::iter::once(target).chain(others).find(|launch| self.patterns.match_unless(launch, &self.except))?;
        Some(format!("The server {}: {}", self.found, clean::excerpt(launch, MAX_QUOTE)))
    }
}
