//! Describes formats that a proxy or policy engine enforces.

use super::error::WriteError;
use super::stated::Stated;
use super::tree::Node;
use super::validator::Validator;
use crate::policy::decisions::Contents;
use crate::policy::{Policy, Rule};

/// What is left of the statements for some rules in one file.
pub(crate) type Fits = fn(&[Rule], Vec<Stated>) -> Vec<Stated>;

/// A format that a proxy or policy engine enforces.
pub struct Proxy {
    /// The name on the command line.
    pub name: &'static str,
    /// The name of the program that reads it.
    pub title: &'static str,
    /// The title within a sentence.
    pub reader: &'static str,
    /// The label of its tab on a page.
    pub tab: &'static str,
    /// One sentence about the file.
    pub note: &'static str,
    /// The file that it is for, in Markdown.
    pub file: &'static str,
    /// The part of the file name after `policy.` on a site.
    pub(crate) download: &'static str,
    /// The file extension, without the dot.
    pub extension: &'static str,
    /// What it can express, in Markdown: ask, hide, limits, guards.
    pub can: [&'static str; 4],
    /// How its reader's behavior was verified.
    pub checked: &'static str,
    /// True if denied tools are not listed to the agent.
    pub(crate) hides_refused: bool,
    /// What it states for a rule.
    pub state: fn(&Rule) -> Stated,
    /// Denies what is too much for one file, given what it states for each rule; `None` if a file may be of any size.
    pub(crate) fits: Option<Fits>,
    /// Renders the complete file.
    pub write: fn(&Policy) -> Result<String, WriteError>,
    /// Renders the part of a file for one tool.
    pub(crate) fragment: fn(&Rule) -> Result<String, WriteError>,
    /// Remarks about the file as a whole.
    pub remarks: fn(&Policy) -> Vec<String>,
    /// Reads the decisions of a file; `None` if the format cannot be read.
    pub read: Option<fn(&mut Validator, &Node) -> Contents>,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
