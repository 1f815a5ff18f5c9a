//! Decides where a definition has no verb, by its nouns.

use super::draft::Draft;
use super::reading::Reading;
use super::{evidence, settle};
use crate::model::{Category, Confidence, EvidenceField};
use crate::text::words::is_unspaced;

impl Draft<'_> {
    /// Without a verb: pages of results, and what a plural name lists, are read.
    pub(super) fn nouns_decide(&mut self) {
        let reading = self.reading;
        if settle::takes_code(self.reading) || reading.role("amount").is_some() {
            return;
        }
        if let Some(parameter) = reading.role("paging") {
            let evidence = evidence::in_parameter("paging", &parameter.path, parameter.name(), Category::Read);
            return self.raise(Category::Read, Confidence::Low, evidence);
        }
        if !reading.description.is_empty() && reading.description.iter().all(|word| word.chars().all(is_unspaced)) {
            let last = reading.description.len() - 1;
            let evidence =
                evidence::between(self.reading, "noun-phrase", EvidenceField::Description, 0, last, Category::Read);
            return self.raise(Category::Read, Confidence::Low, evidence);
        }
        // "Recent commits of a branch", "Width and height of an image": the sentence only names things.
        let head = reading.sentences.first().and_then(|&(start, end)| {
            let ends_name = |at: &usize| match reading.description.get(*at) {
                "of" | "between" => true,
                word => *at == start + 1 && reading.rules.grammar.prepositions.contains(word),
            };
            (start + 1..end).find(ends_name).map(|at| at - 1)
        });
        let names_things = |&head: &usize| {
            let of_what = ["of", "between"].contains(&reading.description.get(head + 1));
            is_plural(reading.description.get(head)) || (of_what && !is_doing(reading.description.get(head)))
        };
        if let Some(head) = head.filter(names_things) {
            let evidence =
                evidence::between(reading, "plural-noun", EvidenceField::Description, head, head, Category::Read);
            return self.raise(Category::Read, Confidence::Low, evidence);
        }
        let last = head_of_name(reading);
        if reading.description.is_empty() && is_plural(reading.name.get(last)) {
            let evidence =
                evidence::between(self.reading, "plural-name", EvidenceField::Name, last, last, Category::Read);
            self.raise(Category::Read, Confidence::Low, evidence);
        }
    }
}

/// The head noun of a name: the last word before a preposition, or the last word.
fn head_of_name(reading: &Reading<'_>) -> usize {
    let name = &reading.name;
    let stop = (1..name.len()).find(|&at| reading.rules.grammar.prepositions.contains(name.get(at)));
    stop.unwrap_or(name.len()).saturating_sub(1)
}

/// True for a noun of an action or of who acts: "removal", "handling", "manager".
fn is_doing(noun: &str) -> bool {
    ["tion", "sion", "ment", "al", "ing", "er", "or"].iter().any(|end| noun.ends_with(end))
}

/// True for a word that looks like an English plural.
fn is_plural(word: &str) -> bool {
    word.len() > 3 && word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end))
}
