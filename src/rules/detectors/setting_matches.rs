//! Matches regular expressions against the settings of a client that apply to a server.

use serde::{Deserialize, Serialize};

use super::patterns::Patterns;
use crate::model::Origin;
use crate::text::clean;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str =
    "one of the regular expressions in a setting of the client, written as `permissions.allow[] = mcp__*`";

/// Longest quotation, in characters.
const MAX_QUOTE: usize = 120;

/// Regular expressions with exceptions.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingMatches {
    /// Ends the sentence "The setting ...": "starts every server of a project without a question".
    found: String,
    /// The settings that are looked at; all if empty.
    #[serde(default)]
    settings: Patterns,
    patterns: Patterns,
    /// Regular expressions of harmless forms. A match that contains one does not count.
    #[serde(default)]
    except: Patterns,
}

impl SettingMatches {
    pub(crate) fn find(&self, origin: &Origin) -> Option<String> {
        let mut lines = origin.settings.iter().chain(origin.file_settings.iter());
        let is_looked_at = |line: &str| self.settings.is_empty() || self.settings.is_in(line);
        let line = lines.find(|line| is_looked_at(line) && self.patterns.match_unless(line, &self.except))?;
        let file = clean::excerpt(&origin.file, MAX_QUOTE);
        Some(format!(
            "The setting `{}` of {} in {file} {}.",
            clean::excerpt(line, MAX_QUOTE),
            origin.client,
            self.found
        ))
    }
}
