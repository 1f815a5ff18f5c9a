//! The author's hints held against what the rest of the definition says.

use crate::model::{Assessment, Place, Tool};
use crate::rules::{FindingRule, Hint};

/// The claim that the category contradicts, with both sides quoted.
pub fn contradicted(rule: &FindingRule, tool: &Tool, assessment: &Assessment) -> Option<String> {
    let (name, given) = match rule.entry.hint? {
        Hint::ReadOnlyHint => ("readOnlyHint", tool.annotations.read_only_hint),
        Hint::DestructiveHint => ("destructiveHint", tool.annotations.destructive_hint),
    };
    let claims = rule.entry.claims;
    // A definition that says too little contradicts nothing.
    let says_something = assessment.overridden.is_some()
        || assessment.evidence.first().is_some_and(|first| first.place != Place::Nothing);
    (given == Some(claims) && says_something).then(|| {
        let other = if assessment.overridden.is_some() { "an override" } else { "the definition" };
        format!("The author says {name}: {claims}, but {other} says {}{}.", assessment.category, quoted(assessment))
    })
}

/// Nothing that tells a client to ask.
pub fn missing(tool: &Tool) -> Option<String> {
    let hints = &tool.annotations;
    let silent = hints.read_only_hint.is_none() && hints.destructive_hint.is_none();
    silent.then(|| "The tool destroys, and no hint says so.".to_owned())
}

/// The words that decided, in quotes; where a person decided, those that agree.
fn quoted(assessment: &Assessment) -> String {
    match assessment.evidence.iter().find(|evidence| evidence.says == assessment.category) {
        Some(evidence) if !evidence.text.is_empty() => format!(" (\"{}\")", evidence.text),
        _ => String::new(),
    }
}
