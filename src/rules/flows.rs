//! Data flows between tools.

use serde::Deserialize;

use super::{Examples, Phrases};
use crate::model::{Assessment, Category, Confidence, Severity};

/// An entry of `flow-roles.yaml`: a role that a tool can have in a flow.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowRoleEntry {
    /// Kebab-case, never reused.
    pub id: String,
    /// What such a tool does, for display: "reads private data".
    pub title: String,
    /// Why it matters.
    pub why: String,
    /// The version that introduced it.
    pub since: String,
    /// Alternative conditions; one must hold.
    pub when: Vec<Alternative>,
    /// Word sequences that do not count.
    pub except: Vec<String>,
    /// Tools that can have the role, and tools that cannot.
    pub examples: Examples,
}

/// Conditions on a tool, all of which must hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// The category is one of these.
    pub(crate) only_for: Vec<Category>,
    /// The tool has one of these signals; any tool if empty.
    #[serde(default)]
    pub signals: Vec<String>,
    /// The name or title contains one of these; any tool if empty.
    #[serde(default)]
    pub phrases: Vec<String>,
    /// If true, the classification must have low confidence.
    #[serde(default)]
    pub unsure: bool,
    /// A piece of evidence is by one of these rules; any tool if empty.
    #[serde(default)]
    pub(crate) rests_on: Vec<String>,
}

impl Alternative {
    /// True if it holds for a tool with this assessment; `says_so`: its name or title contains one of the phrases.
    pub(crate) fn holds(&self, assessment: &Assessment, says_so: bool) -> bool {
        let signals = &assessment.signals;
        self.only_for.contains(&assessment.category)
            && (!self.unsure || assessment.confidence == Confidence::Low)
            && (self.rests_on.is_empty() || assessment.evidence.iter().any(|found| self.rests_on.contains(&found.rule)))
            && (self.signals.is_empty() || signals.iter().any(|signal| self.signals.contains(&signal.id)))
            && (self.phrases.is_empty() || says_so)
    }
}

/// A compiled role.
#[derive(Debug)]
pub struct FlowRole {
    /// The entry as written.
    pub entry: FlowRoleEntry,
    /// The phrases of all alternatives, by the index of the alternative; `None` for exceptions.
    pub phrases: Phrases<Option<usize>>,
}

impl FlowRole {
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
    /// Title for display.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// The roles along the flow, first to last.
    pub steps: Vec<String>,
    /// Why it matters.
    pub why: String,
    /// How to fix it.
    pub remedy: String,
    /// Ids of OWASP MCP Top 10 and SAFE-MCP.
    pub references: Vec<String>,
    /// The version that introduced it.
    pub since: String,
}
