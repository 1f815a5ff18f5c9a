//! Words and their classes, as data.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::classes::Classes;
use super::error::StructureError;
use crate::text::words::Words;

/// An entry of `order-words.yaml`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WordClass {
    /// Kebab-case, the name by which structures call it.
    pub(crate) id: String,
    /// What its words have in common.
    pub(crate) title: String,
    /// The version that brought it.
    pub(crate) since: String,
    /// True for verbs: a negation before one turns its meaning round.
    #[serde(default)]
    pub(crate) verb: bool,
    /// Words and phrases.
    pub(crate) words: Vec<String>,
}

/// All classes, by word.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    ids: Vec<String>,
    by_first: FxHashMap<Box<str>, Word>,
    pub(crate) verbs: Classes,
    /// The class of negations.
    pub(crate) not: Classes,
    /// The class of words that introduce an example.
    pub(crate) example: Classes,
    /// The class of words that say that a name is one of a tool.
    pub(crate) tool: Classes,
    /// The class of words by which a name says that its tool acts.
    pub(crate) acting: Classes,
}

/// What a word alone means, and the phrases that it opens, the longest first.
#[derive(Debug, Default)]
struct Word {
    classes: Classes,
    phrases: Vec<(Vec<Box<str>>, Classes)>,
}

/// A word or phrase that was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meaning {
    pub(crate) classes: Classes,
    /// How many words it takes.
    pub(crate) words: usize,
}

impl Vocabulary {
    /// The vocabulary of `entries`.
    pub(crate) fn new(entries: Vec<WordClass>) -> Result<Self, StructureError> {
        let mut vocabulary = Self::default();
        for (index, entry) in entries.into_iter().enumerate() {
            let class = Classes::of_vocabulary(index).ok_or(StructureError::TooManyClasses)?;
            if entry.verb {
                vocabulary.verbs |= class;
            }
            for text in &entry.words {
                vocabulary.add(text, class);
            }
            vocabulary.ids.push(entry.id);
        }
        vocabulary.not = vocabulary.class("not")?;
        vocabulary.example = vocabulary.class("example")?;
        vocabulary.tool = vocabulary.class("tool")?;
        vocabulary.acting = vocabulary.class("acting")?;
        Ok(vocabulary)
    }

    fn add(&mut self, text: &str, class: Classes) {
        let words = Words::of(text);
        let mut parts = words.iter();
        let Some(first) = parts.next() else { return };
        let word = self.by_first.entry(first.into()).or_default();
        let rest: Vec<Box<str>> = parts.map(Into::into).collect();
        if rest.is_empty() {
            word.classes |= class;
        } else if let Some((_, classes)) = word.phrases.iter_mut().find(|(known, _)| *known == rest) {
            *classes |= class;
        } else {
            let at = word.phrases.partition_point(|(known, _)| known.len() >= rest.len());
            word.phrases.insert(at, (rest, class));
        }
    }

    /// The class called `id`.
    pub(crate) fn class(&self, id: &str) -> Result<Classes, StructureError> {
        let built_in = Classes::BUILT_IN.iter().find(|(name, _)| *name == id).map(|(_, class)| *class);
        let of_vocabulary = || self.ids.iter().position(|known| known == id).and_then(Classes::of_vocabulary);
        built_in.or_else(of_vocabulary).ok_or_else(|| StructureError::UnknownClass(id.to_owned()))
    }

    /// What stands at word `at`: the longest phrase, else the word.
    pub(crate) fn meaning(&self, words: &Words<'_>, at: usize) -> Option<Meaning> {
        let word = self.by_first.get(words.get(at))?;
        let is_here = |rest: &[Box<str>]| rest.iter().enumerate().all(|(n, part)| words.get(at + 1 + n) == &**part);
        match word.phrases.iter().find(|(rest, _)| is_here(rest)) {
            Some((rest, classes)) => Some(Meaning { classes: *classes, words: rest.len() + 1 }),
            None => Some(Meaning { classes: word.classes, words: 1 }),
        }
    }
}
