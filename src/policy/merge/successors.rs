//! Keeps tools out of a policy if a person deleted them, and denies tools that replace a denied one.

use std::collections::BTreeSet;

use super::lines::{Entry, File};
use super::notes;
use super::outcome::{MergeError, Merged};
use crate::model::Decision;
use crate::policy::decisions::Decisions;
use crate::policy::{Policy, Rule, dialect};
use crate::text::{clean, prose};

/// Lowest similarity of a name and its new name (0 to 1, Jaro-Winkler).
const LIKENESS: f64 = 0.85;
/// Most removed denied tools whose new names are searched.
const MAX_GONE: usize = 1_000;
/// Longest name in a message, in characters.
const MAX_NAME: usize = 80;
/// Most names in a message.
const MAX_NAMES: usize = 3;

/// `policy` without the tools that a person deleted from the file, and with tools denied that replace a denied one; and
/// a [`Merged`] that lists both. `remembered` are the tools that the file knew when it was written.
pub(crate) fn arriving(
    policy: &Policy,
    file: &File,
    before: &Decisions,
    remembered: Option<&BTreeSet<String>>,
) -> (Policy, Merged) {
    let in_file: BTreeSet<&str> = file.names().collect();
    let listed: BTreeSet<&str> = policy.rules.iter().map(|rule| rule.tool.as_str()).collect();
    let is_deleted = |name: &str| !in_file.contains(name) && remembered.is_some_and(|names| names.contains(name));
    let mut merged = Merged::default();
    let entries = file.by_name();
    let denied = |name: &&str| before.tools.get(*name).is_some_and(|decision| decision.action.refuses());
    let deleted = remembered.into_iter().flatten().map(String::as_str).filter(|name| is_deleted(name));
    let refused = in_file.iter().copied().filter(denied).chain(deleted);
    let vanished: Vec<VanishedTool> = refused
        .filter(|name| !listed.contains(name) && *name != "*")
        .take(MAX_GONE)
        .map(|name| VanishedTool::new(name, file, entries.get(name).copied()))
        .collect();
    let mut arriving = policy.clone();
    arriving.rules.retain_mut(|rule| {
        if is_deleted(&rule.tool) {
            merged.left_out.push(rule.tool.clone());
            return false;
        }
        let may_replace = !in_file.contains(rule.tool.as_str()) && !rule.decision.action.refuses();
        if may_replace && let Some(vanished) = VanishedTool::find(&vanished, rule) {
            let name = clean::excerpt(&vanished.name, MAX_NAME);
            let reason = format!("It is likely the new name of {name}, which this policy does not allow.");
            rule.decision = Decision::deny(Some(reason));
            merged.denied.push(rule.tool.clone());
        }
        true
    });
    (arriving, merged)
}

/// A tool that the file denies and the server no longer lists.
struct VanishedTool {
    name: String,
    lower: String,
    /// The words of its description in the file.
    description: Vec<String>,
}

impl VanishedTool {
    fn new(name: &str, file: &File, entry: Option<&Entry>) -> Self {
        let description = entry.map(|entry| notes::description(file.comment(entry))).unwrap_or_default();
        Self { name: name.to_owned(), lower: name.to_lowercase(), description }
    }

    /// True if at least half of the words of both descriptions are in both.
    fn shares_words(&self, words: &[&str]) -> bool {
        let own: BTreeSet<&str> = self.description.iter().map(String::as_str).collect();
        let other: BTreeSet<&str> = words.iter().copied().collect();
        let common = own.intersection(&other).count();
        common > 0 && 2 * common >= own.union(&other).count()
    }

    /// The first of `vanished` that may have been renamed to the tool of `rule`: its name is similar, or its
    /// description shares half of its words.
    fn find<'g>(vanished: &'g [Self], rule: &Rule) -> Option<&'g Self> {
        let name = rule.tool.to_lowercase();
        // As in the comment above an entry.
        let description = dialect::description(rule);
        let words: Vec<&str> = description.split_whitespace().collect();
        vanished.iter().find(|vanished| {
            let is_alike = strsim::jaro_winkler(&vanished.lower, &name) >= LIKENESS;
            is_alike || vanished.shares_words(&words)
        })
    }
}

impl File {
    /// The names of all entries and hidden tools.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str()).chain(self.hidden.iter().map(|(name, _)| name.as_str()))
    }

    /// An error if the file is for another server: its head names a server, and neither its name, nor its package, nor
    /// half of its tools are those of `policy`. For a file without a head, one common tool is enough.
    pub(crate) fn check_server(&self, policy: &Policy, before: &Decisions) -> Result<(), MergeError> {
        let listed: BTreeSet<&str> = policy.rules.iter().map(|rule| rule.tool.as_str()).collect();
        let names: BTreeSet<&str> = before.tools.keys().map(String::as_str).filter(|name| *name != "*").collect();
        let common = names.intersection(&listed).count();
        let is_same = match self.title() {
            Some(title) => {
                let own = clean::excerpt(&policy.server, MAX_NAME);
                let package = policy.package.as_ref().map(|package| clean::excerpt(&package.name, MAX_NAME));
                let of_package = |name: String| title.split_whitespace().any(|word| word.trim_end_matches(')') == name);
                let rest = title.strip_prefix(own.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
                    || package.is_some_and(of_package)
                    || common * 2 > names.len()
            }
            None => names.is_empty() || common > 0,
        };
        if is_same {
            return Ok(());
        }
        let some: Vec<String> = names.iter().take(MAX_NAMES).map(|name| clean::excerpt(name, MAX_NAME)).collect();
        let file = self
            .title()
            .map_or_else(|| format!("with the tools {}", prose::list(&some)), |title| clean::excerpt(title, MAX_NAME));
        Err(MergeError::Server { file, run: clean::excerpt(&policy.server, MAX_NAME) })
    }
}
