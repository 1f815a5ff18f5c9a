//! The vocabulary: words and phrases with their classes, read from the rule files.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::classes::Classes;
use super::error::StructureError;
use super::tokens::Token;
use crate::text::fold::fold;
use crate::text::words::{Words, is_unspaced};

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
    /// True if its phrases add to the meaning of their words. The phrases of other classes stand for their words.
    #[serde(default)]
    pub(crate) beside: bool,
    /// Words and phrases.
    pub(crate) words: Vec<String>,
}

/// The classes of every known word and phrase.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    ids: Vec<String>,
    /// How common the words of each class are, roughly: short words are, phrases are not.
    common: Vec<usize>,
    by_first: FxHashMap<Box<str>, Word>,
    /// Phrases in scripts without spaces, by their first character, longest first.
    unspaced: FxHashMap<char, Vec<(Box<str>, Classes)>>,
    /// The classes of verbs, without those that stand beside others.
    pub(crate) verbs: Classes,
    /// The classes of which a negation reverses the meaning: all verbs.
    pub(crate) reversible: Classes,
    /// The classes of negations and prohibitions.
    pub(crate) not: Classes,
    /// The class of words for the absence of something ("without"), which a negation before them reverses.
    pub(crate) lacking: Classes,
    /// The class of words that negate a whole clause, though not the verb after them ("nothing").
    pub(crate) nothing: Classes,
    /// The class of what is put off ("wait"): to forbid that is to press on.
    pub(crate) delay: Classes,
    /// The class of words that introduce an example.
    pub(crate) example: Classes,
    /// The class of words that say that a name is a tool's.
    pub(crate) tool: Classes,
    /// The class of the last parts of the names of hosts.
    pub(crate) domain: Classes,
    /// The class of words in a tool's name that say that the tool acts.
    pub(crate) acting: Classes,
    /// The classes of verbs of telling and asking: what is not told is concealed.
    telling: Classes,
}

/// The classes of a word, and the phrases that begin with it, longest first.
#[derive(Debug, Default)]
struct Word {
    classes: Classes,
    phrases: Vec<(Vec<Box<str>>, Classes)>,
    /// The phrases that add to its meaning.
    beside: Vec<(Vec<Box<str>>, Classes)>,
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
                vocabulary.reversible |= class;
            }
            if entry.verb && !entry.beside {
                vocabulary.verbs |= class;
            }
            for text in &entry.words {
                vocabulary.add(text, class, entry.beside);
            }
            vocabulary.common.push(entry.words.iter().map(|text| how_common(text)).sum());
            vocabulary.ids.push(entry.id);
        }
        vocabulary.not = vocabulary.class("not")? | vocabulary.class("forbid")?;
        vocabulary.lacking = vocabulary.class("lacking")?;
        vocabulary.nothing = vocabulary.class("nothing")?;
        vocabulary.delay = vocabulary.class("delay")?;
        vocabulary.example = vocabulary.class("example")?;
        vocabulary.tool = vocabulary.class("tool")?;
        vocabulary.domain = vocabulary.class("domain")?;
        vocabulary.acting = vocabulary.class("acting")?;
        for id in ["tell", "ask", "ask-tell", "let", "informed", "mention"] {
            vocabulary.telling |= vocabulary.class(id)?;
        }
        Ok(vocabulary)
    }

    fn add(&mut self, text: &str, class: Classes, beside: bool) {
        // Texts are folded before they are read.
        let words = Words::new(fold(text));
        let mut parts = words.iter();
        let Some(first) = parts.next() else { return };
        if let Some(opening) = first.chars().next().filter(|c| is_unspaced(*c) && parts.len() == 0) {
            let phrases = self.unspaced.entry(opening).or_default();
            match phrases.iter_mut().find(|(known, _)| **known == *first) {
                Some((_, classes)) => *classes |= class,
                None => {
                    let at = phrases.partition_point(|(known, _)| known.len() >= first.len());
                    phrases.insert(at, (first.into(), class));
                }
            }
            return;
        }
        let word = self.by_first.entry(first.into()).or_default();
        let rest: Vec<Box<str>> = parts.map(Into::into).collect();
        if rest.is_empty() {
            word.classes |= class;
            return;
        }
        let phrases = if beside { &mut word.beside } else { &mut word.phrases };
        if let Some((_, classes)) = phrases.iter_mut().find(|(known, _)| *known == rest) {
            *classes |= class;
        } else {
            let at = phrases.partition_point(|(known, _)| known.len() >= rest.len());
            phrases.insert(at, (rest, class));
        }
    }

    pub(crate) fn class(&self, id: &str) -> Result<Classes, StructureError> {
        let built_in = Classes::BUILT_IN.iter().find(|(name, _)| *name == id).map(|(_, class)| *class);
        let of_vocabulary = || self.ids.iter().position(|known| known == id).and_then(Classes::of_vocabulary);
        built_in.or_else(of_vocabulary).ok_or_else(|| StructureError::UnknownClass(id.to_owned()))
    }

    /// How common words with one of `classes` are, roughly.
    pub(crate) fn how_common(&self, classes: Classes) -> usize {
        let of_class = |number: usize| match number.checked_sub(Classes::BUILT_IN.len()) {
            Some(entry) => self.common.get(entry).copied().unwrap_or_default(),
            None => COMMON_FORM,
        };
        classes.numbers().map(of_class).sum()
    }

    /// The names of `classes`, apart from names in the form of an identifier, since whether one is known depends on the schema,
    /// from the start of a sentence, which is a place, and from what is also an account.
    pub(crate) fn names(&self, classes: Classes) -> impl Iterator<Item = &str> {
        let built_in = Classes::BUILT_IN.iter().map(|(name, class)| (*name, Some(*class)));
        let entries = self.ids.iter().enumerate().map(|(at, id)| (id.as_str(), Classes::of_vocabulary(at)));
        let known = built_in
            .chain(entries)
            .filter(|(_, class)| !matches!(*class, Some(Classes::IDENTIFIER | Classes::START | Classes::HANDLE)));
        known.filter(move |(_, class)| class.is_some_and(|class| class.intersects(classes))).map(|(name, _)| name)
    }

    /// The classes of the longest phrase that begins `text`, which is in a script without spaces, and its length in bytes.
    pub(crate) fn unspaced(&self, text: &str) -> Option<(Classes, usize)> {
        let phrases = self.unspaced.get(&text.chars().next()?)?;
        let (phrase, classes) = phrases.iter().find(|(phrase, _)| text.starts_with(&**phrase))?;
        Some((*classes, phrase.len()))
    }

    /// True if the `tokens` of a sentence say what is not done, other than telling and asking, or give an example.
    pub(crate) fn denies(&self, tokens: &[Token]) -> bool {
        let is_denied = |token: &Token| {
            let is_told = token.classes.intersects(self.telling);
            token.negation.is_some() && !is_told && token.classes.intersects(self.verbs)
        };
        tokens.iter().any(|token| token.classes.intersects(self.example) || is_denied(token))
    }

    /// The classes of a single word.
    pub(crate) fn of_word(&self, word: &str) -> Classes {
        self.by_first.get(word).map_or(Classes::NONE, |word| word.classes)
    }

    /// The meaning of the longest phrase at word `at`, else of the word.
    pub(crate) fn meaning(&self, words: &Words<'_>, at: usize) -> Option<Meaning> {
        let word = self.by_first.get(words.get(at))?;
        let next = words.get(at + 1);
        let is_here = |rest: &[Box<str>]| {
            rest.iter().enumerate().all(|(n, part)| &**part == if n == 0 { next } else { words.get(at + 1 + n) })
        };
        let beside = word.beside.iter().filter(|(rest, _)| is_here(rest));
        let beside = beside.fold(Classes::NONE, |all, (_, classes)| all | *classes);
        match word.phrases.iter().find(|(rest, _)| is_here(rest)) {
            Some((rest, classes)) => Some(Meaning { classes: *classes | beside, words: rest.len() + 1 }),
            None => Some(Meaning { classes: word.classes | beside, words: 1 }),
        }
    }
}

/// How common a class is that a token has by its form.
const COMMON_FORM: usize = 300;

/// How common a word or phrase is, roughly.
fn how_common(text: &str) -> usize {
    match text.len() {
        _ if text.contains(' ') => 1,
        0..=3 => 100,
        _ => 10,
    }
}
