//! What a tool lets an agent do at worst.

use super::reading::{words_of_description, words_of_name_and_title};
use crate::model::{Assessment, Tool};
use crate::rules::Ruleset;

/// The place in the ruleset of the first exposure that fits `tool`; none when none does.
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
        (holds || by_text && described.contains(&(at, true))) && !described.contains(&(at, false))
    })
}
