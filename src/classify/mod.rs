//! Tool and ruleset become an assessment: a pure function.
//!
//! [`reading`] takes the definition apart once; [`claims`] finds what its words claim; [`actions`] splits a dispatch
//! tool; [`verdict`] weighs all of it; [`signals`] names what a reviewer should know.

mod actions;
mod claims;
mod examples;
mod explain;
mod reading;
mod signals;
mod verdict;

pub use examples::failures as example_failures;
pub use explain::{Change, Considered, Explanation, InputRole, Stated, explain};

use crate::model::{Assessment, Category, Score, Signal, Tool};
use crate::rules::{Ruleset, Scoring};

/// The verdict on `tool`.
pub fn classify(tool: &Tool, ruleset: &Ruleset) -> Assessment {
    let reading = reading::Reading::of(tool, ruleset);
    let verdict = verdict::decide(&reading);
    let signals = signals::of(&reading, verdict.category);
    Assessment {
        category: verdict.category,
        severity: verdict.category.severity(),
        score: score(verdict.category, &signals, &ruleset.scoring),
        confidence: verdict.confidence,
        signals,
        evidence: verdict.evidence,
        actions: verdict.actions,
    }
}

/// Base by category, plus the bump once for the first aggravating signal, with the arithmetic for people.
fn score(category: Category, signals: &[Signal], scoring: &Scoring) -> Score {
    let base = scoring.base.get(&category).copied().unwrap_or(1);
    match signals.iter().find(|s| s.aggravating) {
        Some(signal) => {
            let value = (base + scoring.bump).min(scoring.max);
            Score { value, arithmetic: format!("{base} ({category}) + {} ({}) = {value}", scoring.bump, signal.id) }
        }
        None => Score { value: base, arithmetic: format!("{base} ({category}) = {base}") },
    }
}
