//! Words that leave a doubt that a tool only reads, in texts that are no sentences of its description.

use rustc_hash::FxHashSet;
use serde::Deserialize;

use super::Examples;
use super::phrases::AnyOf;
use crate::text::words::Words;

/// The name of the file.
pub(crate) const FILE: &str = "doubts.yaml";

/// `doubts.yaml`; its head explains the lists.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoubtsEntry {
    pub title: String,
    pub why: String,
    /// The version that introduced it.
    pub since: String,
    pub(crate) targets: Vec<String>,
    pub(crate) receipts: FxHashSet<String>,
    pub(crate) opens: FxHashSet<String>,
    pub(crate) statements: Vec<String>,
    pub(crate) traces: Vec<String>,
    pub(crate) envelopes: FxHashSet<String>,
    pub(crate) rehearsals: FxHashSet<String>,
    /// Tools that seem to read and leave a doubt, and tools that leave none.
    pub(crate) examples: Examples,
}

/// The words of `doubts.yaml`, compiled.
#[derive(Debug, Default)]
pub struct Doubts {
    /// As written.
    pub(crate) entry: DoubtsEntry,
    targets: AnyOf,
    statements: AnyOf,
    traces: AnyOf,
}

impl Doubts {
    /// The id of evidence by these rules.
    pub(crate) const ID: &'static str = "doubts";

    pub(crate) fn compile(entry: DoubtsEntry) -> Self {
        let [targets, statements, traces] =
            [&entry.targets, &entry.statements, &entry.traces].map(|list| AnyOf::new(list));
        Self { entry, targets, statements, traces }
    }

    /// How many words at `at` lead to what is done to the thing in front of them; 0 for none.
    pub(crate) fn target_len(&self, words: &Words<'_>, at: usize) -> usize {
        self.targets.longest_at(words, at).unwrap_or(0)
    }

    /// How many words at `at` are a statement that changes something; `None` for none.
    pub(crate) fn statement_len(&self, words: &Words<'_>, at: usize) -> Option<usize> {
        self.statements.longest_at(words, at)
    }

    /// True if `words` are the name of a result of what was run.
    pub(crate) fn is_trace(&self, words: &Words<'_>) -> bool {
        self.traces.is_whole(words)
    }
}
