//! A tool, what its server's tools share, and the ruleset become an assessment: a pure function.
//!
//! [`server_context`] finds what a server's tools share; [`reading`] takes one definition apart; [`names`] and
//! [`sentences`] find what its words claim; [`actions`] splits a dispatch tool; [`verdict`] weighs all of it;
//! [`similar_wording`] compares it with labelled tools; [`signals`] names what a reviewer should know.

mod actions;
mod claims;
mod examples;
mod explain;
mod listed;
mod names;
mod reading;
mod roles;
mod sentences;
mod server_context;
mod signals;
mod similar_wording;
mod verdict;

pub use examples::failures as example_failures;
pub use explain::{Change, Considered, Explanation, InputRole, Stated, explain, would_change};
pub use reading::{words_of_description, words_of_parameter};
pub use roles::{RoleTaken, roles};
pub use server_context::ServerContext;
pub use similar_wording::{SimilarWording, TellingWord};

use crate::model::{Assessment, Category, Score, Signal, Tool};
use crate::rules::{Ruleset, Scoring, WordPlace};

/// The verdict on a tool that stands alone.
pub fn classify_alone(tool: &Tool, ruleset: &Ruleset) -> Assessment {
    classify(tool, &ServerContext::default(), ruleset)
}

/// The verdict on `tool`, one of the tools that `context` was built from.
pub fn classify(tool: &Tool, context: &ServerContext, ruleset: &Ruleset) -> Assessment {
    let reading = reading::Reading::of(tool, context, ruleset);
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
        overridden: None,
    }
}

/// The words of `tool` that the second reader weighs, for fitting it.
pub fn words_that_count(tool: &Tool, context: &ServerContext, ruleset: &Ruleset) -> Vec<(WordPlace, String)> {
    let mut words = Vec::new();
    let reading = reading::Reading::of(tool, context, ruleset);
    similar_wording::each_word(&reading, &mut |place, _, _, word| words.push((place, word.to_owned())));
    words
}

/// What the second reader says of `tool`, and with which probability; nothing if the ruleset has no data for it.
pub fn likeliest_by_wording(tool: &Tool, context: &ServerContext, ruleset: &Ruleset) -> Option<(Category, f64)> {
    let reading = reading::Reading::of(tool, context, ruleset);
    let verdict = verdict::by_rules(&reading);
    similar_wording::opinion(&reading, verdict.category, verdict.confidence).map(|opinion| opinion.likeliest())
}

/// Base by category, plus the bump once for the first aggravating signal, with the arithmetic for people.
pub fn score(category: Category, signals: &[Signal], scoring: &Scoring) -> Score {
    let base = scoring.base.get(&category).copied().unwrap_or(1);
    match signals.iter().find(|s| s.aggravating) {
        Some(signal) => {
            let value = (base + scoring.bump).min(scoring.max);
            Score { value, arithmetic: format!("{base} ({category}) + {} ({}) = {value}", scoring.bump, signal.id) }
        }
        None => Score { value: base, arithmetic: format!("{base} ({category}) = {base}") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Annotations, Confidence};
    use crate::rules::Ruleset;

    fn tool(name: &str, description: &str) -> Tool {
        Tool { name: name.into(), description: Some(description.into()), ..Tool::default() }
    }

    #[test]
    fn what_cannot_be_read_or_says_nothing_is_write_at_low_confidence() {
        let rules = Ruleset::builtin().unwrap();
        let broken = Tool { error: Some("the definition is a number".into()), ..tool("list_users", "Lists users.") };
        for tool in [broken, tool("zzz", ""), tool("", "")] {
            let verdict = classify_alone(&tool, &rules);
            assert_eq!((verdict.category, verdict.confidence), (Category::Write, Confidence::Low));
            assert_eq!(verdict.evidence[0].rule, "says-too-little");
        }
    }

    #[test]
    fn hints_raise_and_never_lower() {
        let rules = Ruleset::builtin().unwrap();
        let definitions = [
            ("list_users", "Lists users."),
            ("create_user", "Creates a user."),
            ("run_job", "Runs a job."),
            ("delete_user", "Deletes a user."),
            ("refund_customer", "Refunds a customer."),
            ("thing", ""),
        ];
        for (name, description) in definitions {
            let plain = classify_alone(&tool(name, description), &rules).category;
            for read_only_hint in [None, Some(true), Some(false)] {
                for destructive_hint in [None, Some(true), Some(false)] {
                    let annotations = Annotations { read_only_hint, destructive_hint, ..Annotations::default() };
                    let hinted = classify_alone(&Tool { annotations, ..tool(name, description) }, &rules).category;
                    assert!(hinted >= plain, "{name}: {plain} became {hinted}");
                }
            }
        }
        let not_read_only = Annotations { read_only_hint: Some(false), ..Annotations::default() };
        let hinted =
            |name, text| classify_alone(&Tool { annotations: not_read_only.clone(), ..tool(name, text) }, &rules);
        let lifted = hinted("user_report", "");
        assert_eq!((lifted.category, lifted.evidence[0].rule.as_str()), (Category::Write, "author-hint"));
        assert_eq!(hinted("list_users", "Lists users.").category, Category::Read, "plain words outweigh the hint");
    }

    #[test]
    fn a_title_stands_in_for_a_description() {
        let rules = Ruleset::builtin().unwrap();
        let titled = Tool { title: Some("Delete user".into()), ..tool("op17", "") };
        let verdict = classify_alone(&titled, &rules);
        assert_eq!((verdict.category, verdict.evidence[0].place), (Category::Destructive, crate::model::Place::Title));
    }

    #[test]
    fn spans_are_counted_in_characters() {
        let rules = Ruleset::builtin().unwrap();
        let verdict = classify_alone(&tool("🛡_delete", "🛡️ Löscht und deletes."), &rules);
        for evidence in &verdict.evidence {
            let source = if evidence.place == crate::model::Place::Name {
                "🛡_delete"
            } else {
                "🛡️ Löscht und deletes."
            };
            let [start, end] = evidence.span;
            assert_eq!(source.chars().skip(start).take(end - start).collect::<String>(), evidence.text);
        }
    }

    #[test]
    fn the_score_follows_its_arithmetic() {
        let rules = Ruleset::builtin().unwrap();
        let verdict = classify_alone(&tool("delete_user", "Deletes a user. This cannot be undone."), &rules);
        assert_eq!(
            (verdict.score.value, verdict.score.arithmetic.as_str()),
            (5, "4 (Destructive) + 1 (irreversible) = 5")
        );
        let verdict = classify_alone(&tool("list_users", "Lists users."), &rules);
        assert_eq!((verdict.score.value, verdict.score.arithmetic.as_str()), (1, "1 (Read) = 1"));
    }
}
