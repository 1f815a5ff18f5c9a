//! What is wrong with a definition: its author's claims held against what the rest of it says.

mod baseline;
pub mod gate;
mod grade;

pub use baseline::Baseline;
pub use grade::{Grade, grade};

use crate::model::{Assessment, Category, Finding, Severity, Tool};

/// The ids of all findings.
pub const FINDINGS: [&str; 3] =
    ["read-only-hint-contradicted", "read-only-hint-denied", "destructive-hint-contradicted"];

/// The findings on one tool.
pub fn findings(tool: &Tool, assessment: &Assessment) -> Vec<Finding> {
    let findings = [
        read_only_contradicted(tool, assessment),
        read_only_denied(tool, assessment),
        destructive_denied(tool, assessment),
    ];
    findings.into_iter().flatten().collect()
}

/// `readOnlyHint: true` on a tool whose definition says otherwise.
fn read_only_contradicted(tool: &Tool, assessment: &Assessment) -> Option<Finding> {
    let severity = if assessment.category == Category::Write { Severity::Medium } else { Severity::High };
    let claimed = tool.annotations.read_only_hint == Some(true) && assessment.category != Category::Read;
    claimed.then(|| contradiction("read-only-hint-contradicted", severity, tool, "readOnlyHint: true", assessment))
}

/// `readOnlyHint: false` on a tool whose definition plainly reads.
fn read_only_denied(tool: &Tool, assessment: &Assessment) -> Option<Finding> {
    let denied = tool.annotations.read_only_hint == Some(false) && assessment.category == Category::Read;
    denied.then(|| contradiction("read-only-hint-denied", Severity::Low, tool, "readOnlyHint: false", assessment))
}

/// `destructiveHint: false` on a tool whose definition says that it destroys.
fn destructive_denied(tool: &Tool, assessment: &Assessment) -> Option<Finding> {
    let denied = tool.annotations.destructive_hint == Some(false) && assessment.category == Category::Destructive;
    let id = "destructive-hint-contradicted";
    denied.then(|| contradiction(id, Severity::High, tool, "destructiveHint: false", assessment))
}

/// The finding that quotes the author's hint and what says otherwise.
fn contradiction(id: &str, severity: Severity, tool: &Tool, hint: &str, assessment: &Assessment) -> Finding {
    let other = if assessment.overridden.is_some() { "an override" } else { "the definition" };
    Finding {
        id: id.into(),
        severity,
        tool: Some(tool.name.clone()),
        text: format!("The author says {hint}, but {other} says {}{}.", assessment.category, quoted(assessment)),
        ignored: None,
    }
}

/// The words that decided, in quotes; where a person decided, those that agree.
fn quoted(assessment: &Assessment) -> String {
    match assessment.evidence.iter().find(|evidence| evidence.says == assessment.category) {
        Some(evidence) if !evidence.text.is_empty() => format!(" (\"{}\")", evidence.text),
        _ => String::new(),
    }
}
