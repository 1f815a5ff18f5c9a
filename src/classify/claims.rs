//! A word that claims what its tool does: a verb with its object, or a noun that names what is read.

use super::reading::Reading;
use crate::model::{Category, Place};
use crate::rules::{LemmaId, Meaning, Strength};
use crate::text::words::Words;

/// What else a description calls the tool.
const AGENT_NOUNS: [&str; 7] = ["tool", "agent", "service", "server", "assistant", "engine", "api"];

/// One verb, what it says with its object, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim<'r> {
    /// Which verb; none for a noun that stands for one.
    pub(crate) lemma: Option<LemmaId>,
    /// What it says.
    pub(crate) meaning: Meaning<'r>,
    /// In which text.
    pub(crate) place: Place,
    /// Which word.
    pub(crate) at: usize,
    /// How surely the word is the verb that tells what the tool does.
    pub(crate) standing: Standing,
    /// True when the word is as often a noun.
    pub(crate) ambiguous: bool,
}

/// How surely a word is the verb that tells what a tool does, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// A noun that stands for a verb, or a word that is as often a noun and stands inside a name.
    Noun,
    /// A word that is as often a noun, in front; or a verb that was searched for behind a noun.
    Likely,
    /// It can only be a verb, and stands where the verb stands.
    Sure,
}

impl Claim<'_> {
    /// True when it decides unless something more specific does.
    pub(crate) fn is_strong(&self) -> bool {
        self.meaning.strength == Strength::Strong
    }

    /// True for a description that only names what is read.
    pub(crate) fn is_noun_phrase(&self) -> bool {
        self.place == Place::Description && self.meaning.rule == READ_NOUN
    }

    /// The category it speaks for.
    pub(crate) fn says(&self) -> Category {
        self.meaning.says
    }
}

/// Nouns for kinds of tools, behind the noun that tells what one does.
const KIND_NOUNS: [&str; 8] = ["tool", "utility", "helper", "function", "endpoint", "service", "wrapper", "skill"];
/// The id of the claim that a noun makes where there is no verb.
const READ_NOUN: &str = "read-noun";

/// True when the text between two words ends a phrase.
pub(crate) fn breaks(gap: &str) -> bool {
    gap.contains(['.', ';', ':', '(', ',', '—', '\n', '!', '?'])
}

/// Where there is no verb, a noun that names what is read: "Weather forecast for a city".
pub(crate) fn read_noun<'t>(
    reading: &'t Reading<'t>,
    words: &Words<'_>,
    place: Place,
    start: usize,
    end: usize,
) -> Option<Claim<'t>> {
    let grammar = &reading.rules.grammar;
    let stop = (start..end).find(|&at| at > start && grammar.prepositions.contains(words.get(at))).unwrap_or(end);
    let mut head = stop.checked_sub(1).filter(|head| *head >= start)?;
    // "An agent for market analysis": what it is for tells.
    if words.get(stop) == "for" && AGENT_NOUNS.contains(&words.get(head)) {
        let from = stop + 1;
        let ends = |&at: &usize| grammar.prepositions.contains(words.get(at)) || breaks(words.gap_before(at));
        head = (from..end).find(ends).unwrap_or(end).checked_sub(1).filter(|head| *head >= from)?;
    }
    // "DNS lookup utility": a kind of tool says nothing.
    while head > start && KIND_NOUNS.contains(&words.get(head)) {
        head -= 1;
    }
    let meaning = Meaning::plain(READ_NOUN, Category::Read, Strength::Weak);
    grammar.read_nouns.contains(words.get(head)).then_some(Claim {
        lemma: None,
        meaning,
        place,
        at: head,
        standing: Standing::Noun,
        ambiguous: true,
    })
}
