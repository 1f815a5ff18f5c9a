//! The features of a sentence for the second reader: its words, the groups and classes that they belong to, and its place.

use super::classes::Classes;
use super::sentences::{Place, Sentence};
use super::tokens::{Token, ends_sentence};
use super::word_groups::{GroupId, GroupSet, Known, Mark, WordGroups};
use crate::text::stem::stem;
use crate::text::words::Words;

/// From this many on, shared groups count the same.
const MAX_SHARED: u32 = 3;
/// The marks of tokens by their classes; the first that fits counts.
const MARKS: [(Classes, Mark); 9] = [
    (Classes::OWN_TOOL, Mark::OwnTool),
    (Classes::OTHER_TOOL, Mark::OtherTool),
    (Classes::URL, Mark::Url),
    (Classes::EMAIL, Mark::Email),
    (Classes::PATH, Mark::Path),
    (Classes::CODE, Mark::Code),
    (Classes::QUOTED, Mark::Quoted),
    (Classes::IDENTIFIER, Mark::Identifier),
    (Classes::NUMBER, Mark::Number),
];

/// A feature of a sentence.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Feature<'w> {
    /// The stem of a word, and its weight.
    Word(&'w str, Option<Known>),
    /// The group of a word, or a mark.
    Group(GroupId),
    /// The groups of two words that follow each other.
    Pair(GroupId, GroupId),
    /// Word classes, all that the sentence has.
    Classes(Classes),
    /// Where the sentence stands in its text.
    Place(Place),
    /// The number of groups that it shares with the first sentence of its text.
    Shared(u32),
}

/// The groups of the first sentence of a text.
pub(crate) fn groups_of_opening(words: &Words<'_>, groups: &WordGroups) -> GroupSet {
    let mut set = GroupSet::default();
    let sentence = (0..words.len()).take_while(|&at| at == 0 || !ends_sentence(words, at));
    for group in sentence.map(|at| groups.stem(stem(words.get(at))).group).filter(|group| groups.is_content(*group)) {
        set.insert(group);
    }
    set
}

/// Calls `found` for each feature of `sentence`, whose text has these `words`. A feature can come more than once.
pub(crate) fn each_feature<'w>(
    sentence: &Sentence,
    words: &'w Words<'_>,
    opening: impl FnOnce() -> GroupSet,
    groups: &WordGroups,
    mut found: impl FnMut(Feature<'w>),
) {
    let mut own = GroupSet::default();
    let mut previous = groups.mark(Mark::Start);
    for token in &sentence.tokens {
        let marked = mark(token, words).map(|mark| groups.mark(mark));
        let range = if marked.is_some() { 0..1 } else { token.words.0..token.words.1 };
        for at in range {
            let group = marked.unwrap_or_else(|| {
                let text = stem(words.get(at as usize));
                let stem = groups.stem(text);
                found(Feature::Word(text, stem.known));
                stem.group
            });
            if groups.is_content(group) {
                own.insert(group);
            }
            found(Feature::Group(group));
            found(Feature::Pair(previous, group));
            previous = group;
        }
    }
    found(Feature::Pair(previous, groups.mark(Mark::End)));
    found(Feature::Classes(sentence.classes));
    found(Feature::Place(sentence.place));
    match sentence.place {
        Place::Opening => {}
        Place::Later | Place::Quotation => found(Feature::Shared(own.shared(opening()).min(MAX_SHARED))),
    }
}

/// The mark of a token that is a name or a value. A word of several parts is a name, whether or not it is known.
fn mark(token: &Token, words: &Words<'_>) -> Option<Mark> {
    let known = MARKS.iter().find(|(classes, _)| token.classes.intersects(*classes)).map(|(_, mark)| *mark);
    let is_compound = || {
        let text = words.source().get(token.start..token.end).unwrap_or_default();
        token.words.1 > token.words.0 + 1 && !text.contains(char::is_whitespace)
    };
    known.or_else(|| is_compound().then_some(Mark::Identifier))
}
