//! Finds hints of the author that the rest of the definition contradicts.

use serde::{Deserialize, Serialize};

use crate::model::{Assessment, EvidenceField, Tool};

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "the hint with this value, on a tool whose category contradicts it";

/// The hint, and its contradicted value.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContradictedHint {
    hint: Hint,
    /// The value that the author gives the hint.
    claims: bool,
}

/// A hint in the tool's annotations.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Hint {
    /// "Does not modify its environment."
    ReadOnlyHint,
    /// "May perform destructive updates."
    DestructiveHint,
}

impl ContradictedHint {
    /// The finding, with the hint and the evidence quoted.
    pub(crate) fn find(&self, tool: &Tool, verdict: &Assessment) -> Option<String> {
        let (name, given) = match self.hint {
            Hint::ReadOnlyHint => ("readOnlyHint", tool.annotations.read_only_hint),
            Hint::DestructiveHint => ("destructiveHint", tool.annotations.destructive_hint),
        };
        let claims = self.claims;
        // A definition without evidence cannot contradict a hint.
        let has_evidence = verdict.overridden.is_some()
            || verdict.evidence.first().is_some_and(|first| first.place != EvidenceField::Nothing);
        (given == Some(claims) && has_evidence).then(|| {
            let other = if verdict.overridden.is_some() { "an override" } else { "the definition" };
            format!("The author says {name}: {claims}, but {other} says {}{}.", verdict.category, quoted(verdict))
        })
    }
}

/// The deciding words in quotes; after an override, words that agree with it.
fn quoted(verdict: &Assessment) -> String {
    match verdict.evidence.iter().find(|evidence| evidence.says == verdict.category) {
        Some(evidence) if !evidence.text.is_empty() => format!(" (\"{}\")", evidence.text),
        Some(_) | None => String::new(),
    }
}
