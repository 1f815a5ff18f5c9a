//! The worst that a server lets an agent do.

use serde::Deserialize;

use super::entries::Effect;
use super::{Alternative, Examples, Phrases};
use crate::model::{Assessment, Category};

/// An entry of `exposures.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExposureEntry {
    /// Kebab-case, never reused.
    pub id: String,
    /// Completes the sentence "the server ...".
    pub title: String,
    /// The most points (of 100) for a server with such a tool.
    pub points: u32,
    /// What one call can reach.
    pub reach: String,
    /// Why it matters.
    pub why: String,
    /// The version that introduced it.
    pub since: String,
    /// Alternative conditions; one must hold.
    pub when: Vec<Alternative>,
    /// Word sequences that do not count.
    pub except: Vec<String>,
    /// An alternative to `when` that reads only the description: its name and parameters cannot hide the exposure.
    #[serde(default)]
    pub(crate) described: Option<Described>,
    /// Alternatives to `when` that read the parameters: what goes in can do more than the words say.
    #[serde(default)]
    pub(crate) takes: Vec<Takes>,
    /// Further word sequences that do not count in descriptions.
    #[serde(default)]
    pub(crate) except_described: Vec<String>,
    /// Tools with this exposure, and tools without.
    pub examples: Examples,
}

/// A condition on a tool's category and description.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Described {
    /// The category is one of these.
    pub(crate) only_for: Vec<Category>,
    /// The description contains one of these word sequences.
    pub(crate) phrases: Vec<String>,
}

/// A condition on a tool's category and its unbounded parameters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Takes {
    /// The category is one of these.
    pub(crate) only_for: Vec<Category>,
    /// The tool has one of these signals.
    pub(crate) signals: Vec<String>,
    /// A parameter has one of these roles of `inputs.yaml` and no list of values.
    pub(crate) inputs: Vec<String>,
    /// A statement with this effect takes the exposure away.
    #[serde(default)]
    pub(crate) unless_stated: Option<Effect>,
    /// Words that take the exposure away in a clause that speaks of what goes in.
    #[serde(default)]
    pub(crate) unless: Vec<String>,
    /// Words that also take it away as the verb of the tool's name or opening.
    #[serde(default)]
    pub(crate) unless_main_verb: Vec<String>,
    /// Nouns of such clauses, besides the name of the parameter.
    #[serde(default)]
    pub(crate) about: Vec<String>,
    /// Nouns of such clauses that stand for something else: "formats the output of the command".
    #[serde(default)]
    pub(crate) not_about: Vec<String>,
}

impl Takes {
    /// True if category and signals fit, so that the parameters are worth reading.
    pub(crate) fn may_hold(&self, assessment: &Assessment) -> bool {
        self.only_for.contains(&assessment.category)
            && assessment.signals.iter().any(|signal| self.signals.contains(&signal.id))
    }
}

/// All exposures, compiled.
#[derive(Debug)]
pub struct Exposures {
    /// The entries, the most severe first.
    pub entries: Vec<ExposureEntry>,
    /// The phrases of all alternatives, by the indices of entry and alternative; `None` for exceptions.
    pub phrases: Phrases<Option<(usize, usize)>>,
    /// The phrases in descriptions, by the index of their entry; false for exceptions.
    pub(crate) described: Phrases<(usize, bool)>,
    /// The words that take a `takes` away, by the indices of entry and `takes`; true for those that do as a main verb.
    pub(crate) unless_takes: Phrases<((usize, usize), bool)>,
}

impl Exposures {
    pub(crate) fn compile(entries: Vec<ExposureEntry>) -> Self {
        let (mut phrases, mut described) = (Phrases::default(), Phrases::default());
        let mut unless_takes = Phrases::default();
        let mut group = 0;
        for (at, entry) in entries.iter().enumerate() {
            for (nth, alternative) in entry.when.iter().enumerate() {
                alternative.phrases.iter().for_each(|phrase| phrases.add(phrase, group, Some((at, nth))));
                entry.except.iter().for_each(|phrase| phrases.add(phrase, group, None));
                group += 1;
            }
            let such = entry.described.iter().flat_map(|described| &described.phrases);
            such.for_each(|phrase| described.add(phrase, 2 * at, (at, true)));
            for (nth, takes) in entry.takes.iter().enumerate() {
                takes.unless.iter().for_each(|phrase| unless_takes.add(phrase, at, ((at, nth), false)));
                takes.unless_main_verb.iter().for_each(|phrase| unless_takes.add(phrase, at, ((at, nth), true)));
            }
            entry.except_described.iter().for_each(|phrase| described.add(phrase, 2 * at + 1, (at, false)));
        }
        Self { entries, phrases, described, unless_takes }
    }
}
