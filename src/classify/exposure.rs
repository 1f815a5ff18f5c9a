//! What a tool lets an agent do at worst.

use crate::model::{Assessment, Tool};
use crate::rules::Ruleset;
use crate::text::words::Words;

/// The place in the ruleset of the first exposure that fits `tool`; none when none does.
pub fn exposure(tool: &Tool, assessment: &Assessment, ruleset: &Ruleset) -> Option<usize> {
    let texts = [Words::of(tool.name.as_str()), Words::of(tool.title.as_deref().unwrap_or_default())];
    let phrases = &ruleset.exposures.phrases;
    let said: Vec<(usize, usize)> =
        texts.iter().flat_map(|words| phrases.find(words).into_iter().filter_map(|found| found.owner)).collect();
    ruleset.exposures.entries.iter().enumerate().position(|(at, entry)| {
        entry.when.iter().enumerate().any(|(nth, when)| when.holds(assessment, said.contains(&(at, nth))))
    })
}
