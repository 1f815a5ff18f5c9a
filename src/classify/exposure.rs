//! What a tool lets an agent do at worst.

use super::reading::words_of_name_and_title;
use crate::model::{Assessment, Tool};
use crate::rules::Ruleset;

/// The place in the ruleset of the first exposure that fits `tool`; none when none does.
pub(crate) fn exposure(tool: &Tool, assessment: &Assessment, ruleset: &Ruleset) -> Option<usize> {
    let texts = words_of_name_and_title(tool);
    let phrases = &ruleset.exposures.phrases;
    let said: Vec<(usize, usize)> =
        texts.iter().flat_map(|words| phrases.find(words).into_iter().filter_map(|found| found.owner)).collect();
    ruleset.exposures.entries.iter().enumerate().position(|(at, entry)| {
        entry.when.iter().enumerate().any(|(nth, when)| when.holds(assessment, said.contains(&(at, nth))))
    })
}
