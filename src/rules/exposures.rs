//! What a server lets an agent do at worst, as data.

use serde::Deserialize;

use super::{Alternative, Examples, Phrases};
use crate::model::Category;

/// An entry of `exposures.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExposureEntry {
    /// Kebab-case, never reused.
    pub id: String,
    /// Completes "the server ...".
    pub title: String,
    /// The most points, of 100, that a server with such a tool has.
    pub points: u32,
    /// What one call can reach.
    pub reach: String,
    /// Why it matters.
    pub why: String,
    /// The version that brought it.
    pub since: String,
    /// Alternatives of which one must hold.
    pub when: Vec<Alternative>,
    /// Word sequences that are no such thing.
    pub except: Vec<String>,
    /// What its description may say instead of `when`: a name and parameters that hide it change nothing.
    #[serde(default)]
    pub(crate) described: Option<Described>,
    /// Word sequences of a description that are no such thing, but more.
    #[serde(default)]
    pub(crate) except_described: Vec<String>,
    /// Tools that have this exposure and tools that have not.
    pub examples: Examples,
}

/// Words of a description, of a tool of one of these categories.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Described {
    /// Its category is one of these.
    pub(crate) only_for: Vec<Category>,
    /// One of these word sequences stands in its description.
    pub(crate) phrases: Vec<String>,
}

/// All exposures, compiled.
#[derive(Debug)]
pub struct Exposures {
    /// As they are written, the gravest first.
    pub entries: Vec<ExposureEntry>,
    /// The phrases of all alternatives, each by the places of its entry and its own; none for an exception.
    pub phrases: Phrases<Option<(usize, usize)>>,
    /// The phrases of descriptions, each by the place of its entry; true for those that make a tool such.
    pub(crate) described: Phrases<(usize, bool)>,
}

impl Exposures {
    /// Compiles `entries`.
    pub(crate) fn compile(entries: Vec<ExposureEntry>) -> Self {
        let (mut phrases, mut described) = (Phrases::default(), Phrases::default());
        let mut group = 0;
        for (at, entry) in entries.iter().enumerate() {
            for (nth, alternative) in entry.when.iter().enumerate() {
                alternative.phrases.iter().for_each(|phrase| phrases.add(phrase, group, Some((at, nth))));
                entry.except.iter().for_each(|phrase| phrases.add(phrase, group, None));
                group += 1;
            }
            let such = entry.described.iter().flat_map(|described| &described.phrases);
            such.for_each(|phrase| described.add(phrase, 2 * at, (at, true)));
            entry.except_described.iter().for_each(|phrase| described.add(phrase, 2 * at + 1, (at, false)));
        }
        Self { entries, phrases, described }
    }
}
