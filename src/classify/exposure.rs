//! The worst that a tool lets an agent do.

use super::claims::{self, Claim};
use super::reading::{Reading, words_of_description, words_of_name_and_title};
use super::server_context::ServerContext;
use super::{names, sentences, settle, told};
use crate::model::{Assessment, EvidenceField, Tool};
use crate::rules::{Ruleset, Takes};
use crate::text::words::Words;

/// Words of a clause that are looked at.
const MAX_CLAUSE: usize = 10;

/// The index of the first exposure in the ruleset that fits `tool`; `None` if none fits.
pub(crate) fn exposure(tool: &Tool, assessment: &Assessment, ruleset: &Ruleset) -> Option<usize> {
    let exposures = &ruleset.exposures;
    let texts = words_of_name_and_title(tool);
    let named: Vec<(usize, usize)> =
        texts.iter().flat_map(|words| exposures.phrases.find(words)).filter_map(|found| found.owner).collect();
    let described: Vec<(usize, bool)> =
        exposures.described.find(&words_of_description(tool)).into_iter().map(|found| found.owner).collect();
    exposures.entries.iter().enumerate().position(|(at, entry)| {
        let by_text = entry.described.as_ref().is_some_and(|text| text.only_for.contains(&assessment.category));
        let mut alternatives = entry.when.iter().enumerate();
        let holds = alternatives.any(|(nth, when)| when.holds(assessment, named.contains(&(at, nth))));
        let mut inputs = entry.takes.iter().enumerate();
        let mut by_input = || inputs.any(|(nth, takes)| goes_in(takes, (at, nth), tool, assessment, ruleset));
        (holds || by_text && described.contains(&(at, true)) || by_input()) && !described.contains(&(at, false))
    })
}

/// True if `takes`, which has the indices `at`, holds for `tool`.
fn goes_in(takes: &Takes, at: (usize, usize), tool: &Tool, assessment: &Assessment, ruleset: &Ruleset) -> bool {
    if !takes.may_hold(assessment) {
        return false;
    }
    let context = ServerContext::default();
    let reading = Reading::new(tool, &context, ruleset);
    let is_free = |role: &String| reading.role(role).is_some_and(|parameter| parameter.values.is_empty());
    let goes_in = |role: &String| is_free(role) || told::role(&reading, role).is_some();
    takes.inputs.iter().any(goes_in)
        && takes.unless_stated.is_none_or(|effect| reading.statement(effect).is_none())
        && !is_taken_away(takes, at, &reading)
}

/// True if the texts say that what goes in is only looked at or kept.
fn is_taken_away(takes: &Takes, at: (usize, usize), reading: &Reading<'_>) -> bool {
    let opening = sentences::of_opening(reading);
    let main = names::of_tool_name(reading, &opening);
    // "Formats the command and runs it".
    let runs = |claim: &Claim<'_>| settle::runs_code(reading, claim) && settle::is_runner(reading, claim);
    if opening.iter().any(runs) {
        return false;
    }
    let parameters: Vec<&str> = takes.inputs.iter().filter_map(|role| Some(reading.role(role)?.name())).collect();
    let parameters: Vec<Words<'_>> = parameters.into_iter().map(Words::new).collect();
    [EvidenceField::Name, EvidenceField::Title, EvidenceField::Description].into_iter().any(|place| {
        let words = reading.words(place);
        let found = reading.rules.exposures.unless_takes.find(words);
        found.into_iter().filter(|found| found.owner.0 == at).any(|found| {
            let is_main = main.iter().chain(&opening).any(|claim| claim.place == place && claim.at == found.from);
            let is_last = place == EvidenceField::Name && found.to + 1 == words.len();
            let is_about = |noun: &str| {
                takes.about.iter().any(|about| about == noun)
                    || parameters.iter().any(|name| name.iter().any(|word| word == noun))
            };
            found.owner.1 && is_main || speaks_of(words, found.from, is_main || is_last, &is_about, &takes.not_about)
        })
    })
}

/// True if word `at` is said of something for which `is_about` holds: that stands behind it in its clause, or right in
/// front of it ("code review").
fn speaks_of(
    words: &Words<'_>,
    at: usize,
    is_verb: bool,
    is_about: &dyn Fn(&str) -> bool,
    not_about: &[String],
) -> bool {
    if at > 0 && is_about(words.get(at - 1)) && !claims::breaks(words.gap_before(at)) {
        return true;
    }
    // "in the given format": a noun that only tells how.
    let is_noun = [
        "a",
        "an",
        "the",
        "given",
        "this",
        "that",
        "in",
        "same",
        "specified",
        "requested",
        "your",
        "its",
        "of",
        "as",
        "desired",
    ];
    let only_tells_how = at > 0 && !is_verb && is_noun.contains(&words.get(at - 1));
    let ends = |next: &usize| {
        claims::breaks(words.gap_before(*next))
            || ["then", "while", "but", "before", "after"].contains(&words.get(*next))
    };
    let behind = (at + 1..words.len().min(at + 1 + MAX_CLAUSE)).take_while(|next| !ends(next));
    let mut nouns =
        behind.map(|next| words.get(next)).filter(|word| is_about(word) || not_about.iter().any(|not| not == word));
    !only_tells_how && nouns.next().is_some_and(is_about)
}
