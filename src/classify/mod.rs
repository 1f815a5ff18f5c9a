//! Classifies a tool by the ruleset and by what the tools of its server have in common. A pure function.
//!
//! [`server_context`] finds what a server's tools share, and [`reading`] parses one definition. [`names`] and
//! [`sentences`] find the claims of its words, [`further_acts`] what other sentences state in their [`clauses`] ([`active`] and [`passive`]), [`told`] what goes in where no
//! parameter says so, [`actions`] the operations of a dispatch tool. [`verdict`] weighs all of
//! it, [`similar_wording`] compares its `features` with those of labelled tools, and [`signals`] lists what a reviewer
//! should know.

mod actions;
mod active;
mod beside;
mod claims;
mod clauses;
mod doubts;
mod draft;
mod evidence;
mod examples;
mod explain;
mod exposure;
mod features;
mod further_acts;
mod kept;
mod listed;
#[cfg(test)]
mod misreadings;
mod names;
mod nouns;
mod passive;
mod reading;
mod roles;
mod sentences;
mod server_context;
mod settle;
mod signals;
mod similar_wording;
#[cfg(test)]
mod tests;
mod told;
mod verdict;

pub(crate) use examples::failures as example_failures;
pub(crate) use explain::{Change, Considered, Explanation, Stated, explain, would_change};
pub(crate) use exposure::exposure;
pub(crate) use reading::{words_of_description, words_of_name_and_title, words_of_parameter};
pub(crate) use roles::{RoleTaken, roles};
pub use server_context::ServerContext;
pub(crate) use similar_wording::SimilarWording;

use crate::model::{Annotations, Assessment, Category, Score, Signal, Tool};
use crate::rules::{FeatureKind, Ruleset, Scoring};

/// Classifies a tool without the other tools of its server.
pub fn classify_alone(tool: &Tool, ruleset: &Ruleset) -> Assessment {
    classify(tool, &ServerContext::default(), ruleset)
}

/// Classifies `tool`, one of the tools that `context` was built from.
pub fn classify(tool: &Tool, context: &ServerContext, ruleset: &Ruleset) -> Assessment {
    let reading = reading::Reading::new(tool, context, ruleset);
    let verdict = verdict::decide(&reading);
    let signals = signals::find(&reading, verdict.category);
    Assessment {
        category: verdict.category,
        severity: verdict.category.severity(),
        score: score(verdict.category, &signals, &ruleset.scoring),
        confidence: verdict.confidence,
        signals,
        evidence: verdict.evidence,
        actions: verdict.actions,
        overridden: None,
    }
}

/// The classification of `tool` as if its author gave no hints. `None` if the hints cannot change it: those that claim
/// less than the definition says are never believed.
pub(crate) fn classify_without_hints(tool: &Tool, context: &ServerContext, ruleset: &Ruleset) -> Option<Assessment> {
    let hints = &tool.annotations;
    let may_raise = hints.destructive_hint == Some(true) || hints.read_only_hint == Some(false);
    may_raise.then(|| {
        let annotations = Annotations { title: hints.title.clone(), ..Annotations::default() };
        classify(&Tool { annotations, ..tool.clone() }, context, ruleset)
    })
}

/// The features of `tool` for the similar-wording model, to fit its weights.
pub fn features(tool: &Tool, context: &ServerContext, ruleset: &Ruleset) -> Vec<(FeatureKind, String)> {
    let reading = reading::Reading::new(tool, context, ruleset);
    let (draft, _) = verdict::by_rules(&reading);
    let mut found = Vec::new();
    features::each_feature(&draft, &mut |kind, key, _| found.push((kind, key.to_owned())));
    found
}

/// The most probable category of `tool` by the similar-wording model, and its probability; `None` without model data.
pub fn likeliest_by_wording(tool: &Tool, context: &ServerContext, ruleset: &Ruleset) -> Option<(Category, f64)> {
    let reading = reading::Reading::new(tool, context, ruleset);
    let (draft, _) = verdict::by_rules(&reading);
    similar_wording::opinion(&draft).map(|opinion| opinion.likeliest())
}

/// The score and its arithmetic for display: the base of the category, plus the bump if there is an aggravating signal,
/// and at least the minimum of any signal.
pub(crate) fn score(category: Category, signals: &[Signal], scoring: &Scoring) -> Score {
    let base = scoring.base.get(&category).copied().unwrap_or(1);
    let (value, sum) = match signals.iter().find(|s| s.aggravating) {
        Some(signal) => (base + scoring.bump, format!("{base} ({category}) + {} ({})", scoring.bump, signal.id)),
        None => (base, format!("{base} ({category})")),
    };
    let value = value.min(scoring.max);
    let least = signals.iter().filter_map(|signal| Some((*scoring.least.get(&signal.id)?, &signal.id)));
    match least.max_by_key(|(least, _)| *least) {
        Some((least, id)) if least > value => {
            Score { value: least, arithmetic: format!("{sum}, at least {least} ({id}) = {least}") }
        }
        _ => Score { value, arithmetic: format!("{sum} = {value}") },
    }
}
