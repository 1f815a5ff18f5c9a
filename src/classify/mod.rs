//! Tool and ruleset become an assessment: a pure function.

use crate::model::{Assessment, Category, Confidence, Score, Tool};
use crate::rules::Ruleset;

/// The verdict on `tool`.
pub fn classify(_tool: &Tool, _ruleset: &Ruleset) -> Assessment {
    let category = Category::Write;
    Assessment {
        category,
        severity: category.severity(),
        score: Score { value: 2, arithmetic: "2 (Write) = 2".into() },
        confidence: Confidence::Low,
        signals: vec![],
        evidence: vec![],
        actions: vec![],
    }
}
