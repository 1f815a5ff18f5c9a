//! A policy that people have edited meets what its server lists now. Lines are put in and marked, never written anew: what
//! a person wrote stays as it is, byte for byte. Only for the Intercept format, whose files have our sections and comments.

use self::lines::File;
use self::notes::Now;
use super::Policy;
use super::dialect::{self, Dialect, Note, PolicyError};
use super::document::Document;
use crate::model::PolicyAction;
use crate::text::{clean, unedited};

mod additions;
mod head;
mod lines;
pub mod listed;
mod notes;
mod successors;
mod values;
mod weaker;

/// Some editors put it before the first line.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// Marks an entry whose tool the server does not list any more.
pub const GONE: &str = "# GONE: the server does not list this tool any more.";
/// Begins a line that tells what is otherwise than the comment above an entry says.
pub const CHANGED: &str = "# CHANGED: ";
/// Begins a section.
pub const SECTION: &str = "# ---- ";

/// A merged policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    /// The whole file.
    pub text: String,
    /// The tools that were added, in the order of the file.
    pub added: Vec<String>,
    /// The entries whose tools the server does not list.
    pub gone: Vec<String>,
    /// The entries whose tools are otherwise than their comments say, or which are weaker than a new policy.
    pub changed: Vec<String>,
    /// Where an entry lets through what a new policy refuses; it is for a person to mend.
    pub weaker: Vec<Note>,
    /// Tools that are left out, because a person deleted their entries.
    pub left_out: Vec<String>,
    /// Tools that were added as denied, because each is likely the new name of one that is denied.
    pub denied: Vec<String>,
}

/// Why a policy could not be merged; the file is to be left as it is.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// It is no policy of the format.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// It is written in a way that lines cannot be put into.
    #[error("line {0} holds more than the entry of one tool; give each tool lines of its own")]
    Flow(u64),
    /// What is put in would be decided by another profile than what is there.
    #[error("it was made by the profile {file}, and the profile of this run is {run}")]
    Profile {
        /// The profile that the head of the file tells.
        file: String,
        /// The profile that decided now.
        run: String,
    },
    /// The file is for another server.
    #[error("it is for the server {file}, and this run is about {run}")]
    Server {
        /// The server that the head of the file names, or tools of the file where it names none.
        file: String,
        /// The server of this run.
        run: String,
    },
    /// The result would not mean the same.
    #[error("the entry of {0} would not mean what it did")]
    Meaning(String),
}

impl MergeError {
    /// Why, for people, with the places in `text`, the content of `file`.
    pub fn report(&self, file: &str, text: &str) -> String {
        match self {
            Self::Policy(cause) => cause.report(file, text),
            other => other.to_string(),
        }
    }
}

/// Whether a file may be for another server than the one that is merged into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameServer {
    /// It is refused.
    Required,
    /// A person says that it is right.
    Any,
}

/// Puts what `policy` has and `old` lacks into `old`, and marks what is gone or has changed. Merging again changes nothing.
/// A file that nobody has edited stays marked as unedited.
pub fn merge(old: &str, policy: &Policy, server: SameServer) -> Result<Merged, MergeError> {
    let Some(unmarked) = unedited::unmarked(old) else { return merge_text(old, policy, server) };
    let merged = merge_text(&unmarked, policy, server)?;
    Ok(Merged { text: unedited::marked(&merged.text), ..merged })
}

fn merge_text(old: &str, policy: &Policy, server: SameServer) -> Result<Merged, MergeError> {
    let (mark, old) = old.strip_prefix(BYTE_ORDER_MARK).map_or(("", old), |rest| (BYTE_ORDER_MARK, rest));
    let read = |text: &str| Document::read(text, Some(Dialect::INTERCEPT));
    let there = read(old)?;
    let before = &there.decisions;
    let mut file = File::of(old, &there)?;
    if server == SameServer::Required {
        file.check_server(policy, before)?;
    }
    let remembered = listed::read(old);
    let (arriving, mut merged) =
        successors::arriving(policy, &file, before, remembered.as_ref().map(|(names, _)| names));
    let listed_now: Vec<&str> = policy.rules.iter().map(|rule| rule.tool.as_str()).collect();
    let policy = &arriving;
    let fresh = dialect::stated(policy, Dialect::INTERCEPT);
    let new = dialect::write_apart(policy)?;
    let made = File::of(&new, &read(&new)?)?;
    let rules = policy.rules.iter().map(|rule| (rule.tool.as_str(), rule)).collect();

    if let Some(profile) = file.profile().filter(|profile| *profile != policy.profile) {
        return Err(MergeError::Profile { file: clean::excerpt(profile, 80), run: policy.profile.clone() });
    }
    file.mark(&Now { made: &made, entries: made.by_name(), rules, fresh: &fresh, before }, &mut merged);
    merged.added = file.add(&made, policy);
    let text = file.text();
    let is_hidden = |name: &&str| fresh.of(name).action == PolicyAction::Hide;
    let hidden: Vec<&str> = merged.added.iter().map(String::as_str).filter(is_hidden).collect();
    let document = read(&text)?;
    let text = values::complete(&text, &document.root, &hidden, &merged.added, &fresh);
    // Told when everything is in its place.
    let document = read(&text)?;
    let mut file = File::of(&text, &document)?;
    file.tell(&made, &values::to_set(&text, &document.root));
    if let Some((names, _)) = &remembered {
        file.remember(names, &listed_now);
    }
    merged.text = format!("{mark}{}", file.text());

    let after = document.decisions;
    let is_kept = |name: &&String| before.tools.get(*name) == after.tools.get(*name);
    let lost = merged.added.iter().find(|name| !after.tools.contains_key(*name));
    match before.tools.keys().find(|name| !is_kept(name)).or(lost) {
        Some(name) => Err(MergeError::Meaning(clean::excerpt(name, 80))),
        None => Ok(merged),
    }
}

#[cfg(test)]
mod tests;
