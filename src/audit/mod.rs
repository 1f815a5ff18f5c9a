//! What is wrong with a definition: its author's claims held against what the rest of it says.

pub mod gate;
mod grade;

pub use grade::{Grade, grade};

use crate::model::{Assessment, Category, Finding, Severity, Tool};

/// The findings on one tool.
pub fn findings(tool: &Tool, assessment: &Assessment) -> Vec<Finding> {
    [read_only_contradicted(tool, assessment), destructive_denied(tool, assessment)].into_iter().flatten().collect()
}

/// `readOnlyHint: true` on a tool whose definition says otherwise.
fn read_only_contradicted(tool: &Tool, assessment: &Assessment) -> Option<Finding> {
    let claimed = tool.annotations.read_only_hint == Some(true);
    (claimed && assessment.category != Category::Read).then(|| Finding {
        id: "read-only-hint-contradicted".into(),
        severity: if assessment.category == Category::Write { Severity::Medium } else { Severity::High },
        tool: Some(tool.name.clone()),
        text: format!(
            "The author says readOnlyHint: true, but {} says {}{}.",
            contradicted_by(assessment),
            assessment.category,
            quoted(assessment)
        ),
        ignored: None,
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
            "The author says destructiveHint: false, but {} says Destructive{}.",
            contradicted_by(assessment),
            quoted(assessment)
        ),
        ignored: None,
    })
}

/// Who says otherwise than the author.
fn contradicted_by(assessment: &Assessment) -> &'static str {
    if assessment.overridden.is_some() { "an override" } else { "the definition" }
}

/// The words that decided, in quotes; where a person decided, those that agree.
fn quoted(assessment: &Assessment) -> String {
    match assessment.evidence.iter().find(|evidence| evidence.says == assessment.category) {
        Some(evidence) if !evidence.text.is_empty() => format!(" (\"{}\")", evidence.text),
        _ => String::new(),
    }
}
