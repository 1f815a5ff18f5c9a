//! How data can flow from tool to tool, as data.

use serde::Deserialize;

use super::{Examples, Phrases};
use crate::model::{Assessment, Category, Confidence, Severity};

/// An entry of `flow-roles.yaml`: a part that a tool can take in a flow.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowRoleEntry {
    /// Kebab-case, never reused.
    pub id: String,
    /// What such a tool does, for people: "reads private data".
    pub title: String,
    /// Why it matters.
    pub why: String,
    /// The version that brought it.
    pub since: String,
    /// Alternatives of which one must hold.
    pub when: Vec<Alternative>,
    /// Word sequences that are no such thing.
    pub except: Vec<String>,
    /// Tools that can take the part and tools that cannot.
    pub examples: Examples,
}

/// What must hold of a tool, all of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// Its category is one of these.
    pub(crate) only_for: Vec<Category>,
    /// It has one of these signals; any when empty.
    #[serde(default)]
    pub signals: Vec<String>,
    /// One of these stands in its name or its title; nothing need stand there when empty.
    #[serde(default)]
    pub phrases: Vec<String>,
    /// Its category is not sure; any when false.
    #[serde(default)]
    pub unsure: bool,
}

impl Alternative {
    /// True when it holds of a tool with this assessment, in whose name or title one of the phrases stands or not.
    pub(crate) fn holds(&self, assessment: &Assessment, says_so: bool) -> bool {
        let signals = &assessment.signals;
        self.only_for.contains(&assessment.category)
            && (!self.unsure || assessment.confidence == Confidence::Low)
            && (self.signals.is_empty() || signals.iter().any(|signal| self.signals.contains(&signal.id)))
            && (self.phrases.is_empty() || says_so)
    }
}

/// A role, compiled.
#[derive(Debug)]
pub struct FlowRole {
    /// As it is written.
    pub entry: FlowRoleEntry,
    /// The phrases of all alternatives, each by the place of its own; none for an exception.
    pub phrases: Phrases<Option<usize>>,
}

impl FlowRole {
    /// Compiles `entry`.
    pub(crate) fn compile(entry: FlowRoleEntry) -> Self {
        let mut phrases = Phrases::default();
        for (place, alternative) in entry.when.iter().enumerate() {
            alternative.phrases.iter().for_each(|phrase| phrases.add(phrase, place, Some(place)));
            entry.except.iter().for_each(|phrase| phrases.add(phrase, place, None));
        }
        Self { entry, phrases }
    }
}

/// An entry of `flows.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowEntry {
    /// Kebab-case, never reused.
    pub id: String,
    /// For people.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// The roles on the way, first to last.
    pub steps: Vec<String>,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// Ids of OWASP MCP Top 10 and SAFE-MCP.
    pub references: Vec<String>,
    /// The version that brought it.
    pub since: String,
}
