//! The vocabulary: words and phrases with their classes, read from the rule files.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::classes::Classes;
use super::error::StructureError;
use crate::text::words::Words;

/// An entry of `order-words.yaml`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WordClass {
    /// The name of the class in structures, in kebab-case.
    pub(crate) id: String,
    /// What its words have in common.
    pub(crate) title: String,
    /// The version that introduced it.
    pub(crate) since: String,
    /// True for verbs: a negation before a verb reverses its meaning.
    #[serde(default)]
    pub(crate) verb: bool,
    /// Words and phrases.
    pub(crate) words: Vec<String>,
}

/// The classes of every known word and phrase.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    ids: Vec<String>,
    by_first: FxHashMap<Box<str>, Word>,
    pub(crate) verbs: Classes,
    /// The class of negations.
    pub(crate) not: Classes,
    /// The class of words that introduce an example.
    pub(crate) example: Classes,
    /// The class of words that say that a name is a tool's.
    pub(crate) tool: Classes,
    /// The class of words in a tool's name that say that the tool acts.
    pub(crate) acting: Classes,
}

/// The classes of a word, and the phrases that begin with it, longest first.
#[derive(Debug, Default)]
struct Word {
    classes: Classes,
    phrases: Vec<(Vec<Box<str>>, Classes)>,
}

/// A word or phrase that was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meaning {
    pub(crate) classes: Classes,
    /// How many words it has.
    pub(crate) words: usize,
}

impl Vocabulary {
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
        let words = Words::new(text);
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

    pub(crate) fn class(&self, id: &str) -> Result<Classes, StructureError> {
        let built_in = Classes::BUILT_IN.iter().find(|(name, _)| *name == id).map(|(_, class)| *class);
        let of_vocabulary = || self.ids.iter().position(|known| known == id).and_then(Classes::of_vocabulary);
        built_in.or_else(of_vocabulary).ok_or_else(|| StructureError::UnknownClass(id.to_owned()))
    }

    /// The names of `classes`, apart from names in the form of an identifier: whether one is known depends on the schema.
    pub(crate) fn names(&self, classes: Classes) -> impl Iterator<Item = &str> {
        let built_in = Classes::BUILT_IN.iter().map(|(name, class)| (*name, Some(*class)));
        let entries = self.ids.iter().enumerate().map(|(at, id)| (id.as_str(), Classes::of_vocabulary(at)));
        let known = built_in.chain(entries).filter(|(_, class)| *class != Some(Classes::IDENTIFIER));
        known.filter(move |(_, class)| class.is_some_and(|class| class.intersects(classes))).map(|(name, _)| name)
    }

    /// The meaning of the longest phrase at word `at`, else of the word.
    pub(crate) fn meaning(&self, words: &Words<'_>, at: usize) -> Option<Meaning> {
        let word = self.by_first.get(words.get(at))?;
        let next = words.get(at + 1);
        let is_here = |rest: &[Box<str>]| {
            rest.iter().enumerate().all(|(n, part)| &**part == if n == 0 { next } else { words.get(at + 1 + n) })
        };
        match word.phrases.iter().find(|(rest, _)| is_here(rest)) {
            Some((rest, classes)) => Some(Meaning { classes: *classes, words: rest.len() + 1 }),
            None => Some(Meaning { classes: word.classes, words: 1 }),
        }
    }
}
