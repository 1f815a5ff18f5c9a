//! The worst that a tool lets an agent do.

use super::reading::{Reading, words_of_description, words_of_name_and_title};
use super::server_context::ServerContext;
use crate::model::{Assessment, Tool};
use crate::rules::{Ruleset, Takes};

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
    let texts = [&reading.name, &reading.title, &reading.description];
    let is_taken_away =
        || texts.iter().any(|words| ruleset.exposures.unless_takes.find(words).iter().any(|f| f.owner == at));
    takes.inputs.iter().any(is_free)
        && takes.unless_stated.is_none_or(|effect| reading.statement(effect).is_none())
        && !is_taken_away()
}
