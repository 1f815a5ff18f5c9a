//! Tests the examples of every rule: an entry must apply to those under `match` and to none under `reject`.

use super::reading::Reading;
use super::{ServerContext, classify_alone, exposure, signals, told, verdict};
use crate::model::{Category, Parameter};
use crate::rules::{Doubts, Example, Examples, PhraseOwner, Ruleset};
use crate::text::words::Words;

/// Reports every example with another result than its rule says; empty if all examples are right.
pub(crate) fn failures(ruleset: &Ruleset) -> Vec<String> {
    let mut failures = Vec::new();
    let mut check = |id: &str, examples: &Examples, applies: &dyn Fn(&Example) -> bool| {
        for (list, wanted) in [(&examples.matches, true), (&examples.reject, false)] {
            if list.is_empty() {
                failures.push(format!("{id}: no example that should {}", if wanted { "match" } else { "not match" }));
            }
            for example in list.iter().filter(|e| applies(e) != wanted) {
                let should = if wanted { "should" } else { "should not" };
                failures.push(format!("{id} {should} apply to {}: {}", example.name, example.because));
            }
        }
    };
    let decides = |id: &str, example: &Example| {
        let tool = example.tool();
        let reading = Reading::new(&tool, &ServerContext::default(), ruleset);
        verdict::by_rules(&reading).0.evidence.first().is_some_and(|evidence| evidence.rule == id)
    };
    for entry in ruleset.lexicon.verbs() {
        check(&entry.id, &entry.examples, &|e| decides(&entry.id, e));
    }
    for entry in ruleset.lexicon.senses() {
        check(&entry.id, &entry.examples, &|e| decides(&entry.id, e));
    }
    check("further-acts", &ruleset.further_acts.entry.examples, &|e| {
        let tool = e.tool();
        verdict::by_rules(&Reading::new(&tool, &ServerContext::default(), ruleset)).0.category > Category::Write
    });
    check(Doubts::ID, &ruleset.doubts.entry.examples, &|e| {
        let verdict = classify_alone(&e.tool(), ruleset);
        verdict.category == Category::Read && verdict.evidence.iter().any(|piece| piece.rule == Doubts::ID)
    });
    for (at, entry) in ruleset.statements.iter().enumerate() {
        check(&entry.id, &entry.examples, &|e| {
            let tool = e.tool();
            Reading::new(&tool, &ServerContext::default(), ruleset)
                .phrases
                .iter()
                .any(|(_, found)| found.owner == PhraseOwner::Statement(at))
        });
    }
    for (at, input) in ruleset.inputs.iter().enumerate() {
        check(&input.entry.id, &input.entry.examples, &|e| {
            let declared = e.tool().parameters.into_iter().find(|parameter| parameter.path == e.name);
            let parameter = declared.unwrap_or_else(|| Parameter::named("", &e.name));
            let (name, text) = (Words::new(e.name.as_str()), Words::new(e.text.as_deref().unwrap_or("")));
            let tool = Words::new("");
            ruleset.inputs.of_parameter(&parameter, &name, &text, &tool).any(|(role, _)| role == at)
        });
        if let Some(told) = &input.entry.told {
            check(&input.entry.id, &told.examples, &|e| {
                let tool = e.tool();
                told::role(&Reading::new(&tool, &ServerContext::default(), ruleset), &input.entry.id).is_some()
            });
        }
    }
    for (at, entry) in ruleset.exposures.entries.iter().enumerate() {
        check(&entry.id, &entry.examples, &|e| {
            let tool = e.tool();
            exposure(&tool, &classify_alone(&tool, ruleset), ruleset) == Some(at)
        });
    }
    for entry in &ruleset.signals {
        check(&entry.id, &entry.examples, &|e| {
            let tool = e.tool();
            let reading = Reading::new(&tool, &ServerContext::default(), ruleset);
            signals::find(&reading, verdict::decide(&reading).category).iter().any(|s| s.id == entry.id)
        });
    }
    failures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_keeps_its_word() {
        let failures = failures(&Ruleset::builtin().unwrap());
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
