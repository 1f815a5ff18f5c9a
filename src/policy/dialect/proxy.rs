//! What describes a format that a proxy or an engine enforces.

use super::error::WriteError;
use super::stated::Stated;
use super::tree::Node;
use super::validator::Validator;
use crate::policy::decisions::Contents;
use crate::policy::{Policy, Rule};

/// A format that a proxy or an engine enforces.
pub struct Proxy {
    /// The name on the command line.
    pub name: &'static str,
    /// What reads it.
    pub title: &'static str,
    /// The title in the middle of a sentence.
    pub reader: &'static str,
    /// The name of its tab on a page.
    pub tab: &'static str,
    /// One sentence about the file.
    pub note: &'static str,
    /// The file that it is for, in Markdown.
    pub file: &'static str,
    /// What follows `policy.` in the file name on a site.
    pub(crate) download: &'static str,
    /// The ending of its files, without the dot.
    pub extension: &'static str,
    /// What it can express, in Markdown: ask, hide, limits, guards.
    pub can: [&'static str; 4],
    /// How we know what its reader makes of it.
    pub checked: &'static str,
    /// True where a tool that is refused is not listed to the agent either.
    pub(crate) hides_refused: bool,
    /// What it says for a rule.
    pub state: fn(&Rule) -> Stated,
    /// The whole file.
    pub write: fn(&Policy) -> Result<String, WriteError>,
    /// The part of a file that is about one tool.
    pub(crate) fragment: fn(&Rule) -> Result<String, WriteError>,
    /// What a reader of the file must know of it as a whole.
    pub remarks: fn(&Policy) -> Vec<String>,
    /// The decisions of a file; `None` where nothing reads it back.
    pub read: Option<fn(&mut Validator, &Node) -> Contents>,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
