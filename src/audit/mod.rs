//! What is wrong with a definition: its author's claims held against what the rest of it says.

pub mod gate;
mod grade;

pub use grade::{Grade, grade};

use crate::model::{Assessment, Category, Finding, Severity, Tool};

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
    let claimed = tool.annotations.read_only_hint == Some(true);
    (claimed && assessment.category != Category::Read).then(|| Finding {
        id: "read-only-hint-contradicted".into(),
        severity: if assessment.category == Category::Write { Severity::Medium } else { Severity::High },
        tool: Some(tool.name.clone()),
        text: format!(
            "The author says readOnlyHint: true, but the definition says {}{}.",
            assessment.category,
            quoted(assessment)
        ),
    })
}

/// `readOnlyHint: false` on a tool whose definition plainly reads.
fn read_only_denied(tool: &Tool, assessment: &Assessment) -> Option<Finding> {
    let denied = tool.annotations.read_only_hint == Some(false);
    (denied && assessment.category == Category::Read).then(|| Finding {
        id: "read-only-hint-denied".into(),
        severity: Severity::Low,
        tool: Some(tool.name.clone()),
        text: format!("The author says readOnlyHint: false, but the definition says Read{}.", quoted(assessment)),
    })
}

/// `destructiveHint: false` on a tool whose definition says that it destroys.
fn destructive_denied(tool: &Tool, assessment: &Assessment) -> Option<Finding> {
    let denied = tool.annotations.destructive_hint == Some(false);
    (denied && assessment.category == Category::Destructive).then(|| Finding {
        id: "destructive-hint-contradicted".into(),
        severity: Severity::High,
        tool: Some(tool.name.clone()),
        text: format!(
            "The author says destructiveHint: false, but the definition says Destructive{}.",
            quoted(assessment)
        ),
    })
}

/// The words that decided, in quotes.
fn quoted(assessment: &Assessment) -> String {
    match assessment.evidence.first() {
        Some(evidence) if !evidence.text.is_empty() => format!(" (\"{}\")", evidence.text),
        _ => String::new(),
    }
}
