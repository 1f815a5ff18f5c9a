//! A hint of the author against the verdict on the rest of the definition.

use serde::{Deserialize, Serialize};

use crate::model::{Assessment, Place, Tool};

/// What it does, for `rules show`.
pub(crate) const ABOUT: &str = "the hint with this value, on a tool whose category contradicts it";

/// The hint and the value that is contradicted.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContradictedHint {
    hint: Hint,
    /// What the author claims with it.
    claims: bool,
}

/// A hint that an author can give.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Hint {
    /// "Does not modify its environment."
    ReadOnlyHint,
    /// "May perform destructive updates."
    DestructiveHint,
}

impl ContradictedHint {
    /// The claim, with both sides quoted.
    pub(crate) fn find(&self, tool: &Tool, verdict: &Assessment) -> Option<String> {
        let (name, given) = match self.hint {
            Hint::ReadOnlyHint => ("readOnlyHint", tool.annotations.read_only_hint),
            Hint::DestructiveHint => ("destructiveHint", tool.annotations.destructive_hint),
        };
        let claims = self.claims;
        // A definition that says too little contradicts nothing.
        let has_evidence =
            verdict.overridden.is_some() || verdict.evidence.first().is_some_and(|first| first.place != Place::Nothing);
        (given == Some(claims) && has_evidence).then(|| {
            let other = if verdict.overridden.is_some() { "an override" } else { "the definition" };
            format!("The author says {name}: {claims}, but {other} says {}{}.", verdict.category, quoted(verdict))
        })
    }
}

/// The words that decided, in quotes; where a person decided, words that agree.
fn quoted(verdict: &Assessment) -> String {
    match verdict.evidence.iter().find(|evidence| evidence.says == verdict.category) {
        Some(evidence) if !evidence.text.is_empty() => format!(" (\"{}\")", evidence.text),
        Some(_) | None => String::new(),
    }
}
