//! A claim is a word that suggests a category: a verb with its object, or a noun that names what is read.

use super::reading::Reading;
use crate::model::{Category, EvidenceField};
use crate::rules::{LemmaId, Meaning, Strength};
use crate::text::words::Words;

/// Nouns for the tool itself. If one is followed by "for", the purpose says what the tool does.
const AGENT_NOUNS: [&str; 7] = ["tool", "agent", "service", "server", "assistant", "engine", "api"];

/// A verb with its meaning and its position.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim<'r> {
    /// The verb; `None` for a noun that stands in for one.
    pub(crate) lemma: Option<LemmaId>,
    /// What the verb means with its object.
    pub(crate) meaning: Meaning<'r>,
    /// The text that contains it.
    pub(crate) place: EvidenceField,
    /// The index of the word.
    pub(crate) at: usize,
    /// How certain it is that this word is the verb for what the tool does.
    pub(crate) standing: Standing,
    /// True if the word is as often a noun.
    pub(crate) ambiguous: bool,
}

/// How certain it is that a word is the verb for what a tool does, least certain first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// A noun that stands in for a verb, or a word that is as often a noun, inside a name.
    Noun,
    /// A word that is as often a noun, at the start; or a verb found after a noun.
    Likely,
    /// A word that can only be a verb, at the verb's position.
    Sure,
}

impl Claim<'_> {
    /// True if it decides unless a more specific claim does.
    pub(crate) fn is_strong(&self) -> bool {
        self.meaning.strength == Strength::Strong
    }

    /// True if the description only names what is read, without a verb.
    pub(crate) fn is_noun_phrase(&self) -> bool {
        self.place == EvidenceField::Description && self.meaning.rule == READ_NOUN
    }

    pub(crate) fn says(&self) -> Category {
        self.meaning.says
    }
}

/// Nouns for kinds of tools, which follow the noun that says what one does.
const KIND_NOUNS: [&str; 8] = ["tool", "utility", "helper", "function", "endpoint", "service", "wrapper", "skill"];
/// The rule id of claims by nouns, where there is no verb.
const READ_NOUN: &str = "read-noun";

/// True when the text between two words ends a phrase.
pub(crate) fn breaks(gap: &str) -> bool {
    gap.contains(['.', ';', ':', '(', ',', '—', '\n', '!', '?'])
}

/// The claim of a noun for what is read, where there is no verb: "Weather forecast for a city".
pub(crate) fn read_noun<'t>(
    reading: &'t Reading<'t>,
    words: &Words<'_>,
    place: EvidenceField,
    start: usize,
    end: usize,
) -> Option<Claim<'t>> {
    let grammar = &reading.rules.grammar;
    let stop = (start..end).find(|&at| at > start && grammar.prepositions.contains(words.get(at))).unwrap_or(end);
    let mut head = stop.checked_sub(1).filter(|head| *head >= start)?;
    // "An agent for market analysis": the purpose is the head noun.
    if words.get(stop) == "for" && AGENT_NOUNS.contains(&words.get(head)) {
        let from = stop + 1;
        let ends = |&at: &usize| grammar.prepositions.contains(words.get(at)) || breaks(words.gap_before(at));
        head = (from..end).find(ends).unwrap_or(end).checked_sub(1).filter(|head| *head >= from)?;
    }
    // "DNS lookup utility": the kind of tool is skipped.
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
