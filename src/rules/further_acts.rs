//! Words by which a text states acts besides those that it opens with.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

use super::Examples;
use super::lexicon::{Form, Inflection, LemmaId, Lexicon};
use super::phrases::{AnyOf, Sequence, by_first_word};
use crate::text::words::Words;

/// The name of the file.
pub(crate) const FILE: &str = "further-acts.yaml";

/// `further-acts.yaml`; its head explains the lists.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FurtherActsEntry {
    pub title: String,
    pub why: String,
    /// The version that introduced it.
    pub since: String,
    pub(crate) sequels: FxHashSet<String>,
    pub(crate) sequel_phrases: Vec<String>,
    pub(crate) fillers: Vec<String>,
    pub(crate) chains: Vec<String>,
    pub(crate) proxies: Vec<String>,
    pub(crate) losses: Vec<String>,
    pub(crate) commands: Vec<String>,
    pub(crate) switches: FxHashSet<String>,
    pub(crate) others: FxHashSet<String>,
    pub(crate) notices: FxHashSet<String>,
    pub(crate) tools: FxHashSet<String>,
    pub(crate) actors: FxHashSet<String>,
    pub(crate) calls: FxHashSet<String>,
    pub(crate) conditions: FxHashSet<String>,
    pub(crate) habits: Vec<String>,
    pub(crate) quantifiers: FxHashSet<String>,
    pub(crate) outside: FxHashSet<String>,
    pub(crate) lasting: Vec<String>,
    pub(crate) changing: Vec<String>,
    pub(crate) runners: Vec<String>,
    pub(crate) carriers: FxHashSet<String>,
    pub(crate) deeds: FxHashMap<String, String>,
    pub(crate) participles: FxHashMap<String, String>,
    pub(crate) phrasals: FxHashMap<String, String>,
    pub(crate) harmless: FxHashSet<String>,
    pub(crate) mild: FxHashSet<String>,
    pub(crate) machines: FxHashSet<String>,
    pub(crate) faded: FxHashSet<String>,
    pub(crate) returned: FxHashSet<String>,
    pub(crate) reaching: Vec<String>,
    pub(crate) weighty: FxHashSet<String>,
    pub(crate) runnables: FxHashSet<String>,
    pub(crate) handings: FxHashSet<String>,
    pub(crate) interpreters: Vec<String>,
    pub(crate) code: FxHashSet<String>,
    pub(crate) statements: FxHashSet<String>,
    /// Tools whose further act decides, and tools that have none.
    pub(crate) examples: Examples,
}

/// The words of `further-acts.yaml`, compiled.
#[derive(Debug, Default)]
pub struct FurtherActs {
    /// As written.
    pub(crate) entry: FurtherActsEntry,
    sequel_phrases: FxHashMap<Box<str>, Vec<Sequence>>,
    habits: FxHashMap<Box<str>, Vec<Sequence>>,
    lasting: FxHashSet<LemmaId>,
    changing: FxHashSet<LemmaId>,
    runners: FxHashSet<LemmaId>,
    deeds: FxHashMap<Box<str>, LemmaId>,
    participles: FxHashMap<Box<str>, LemmaId>,
    /// By verb form and particle.
    phrasals: FxHashMap<Box<str>, Vec<(Box<str>, Form)>>,
    reaching: FxHashSet<LemmaId>,
    interpreters: AnyOf,
    fillers: AnyOf,
    chains: AnyOf,
    proxies: AnyOf,
    losses: AnyOf,
    commands: AnyOf,
}

impl FurtherActs {
    /// Compiles the entry. Words that `lexicon` does not have are left out.
    pub(crate) fn compile(entry: FurtherActsEntry, lexicon: &Lexicon) -> Self {
        let lemma = |verb: &String| lexicon.form(verb).map(|form| form.lemma);
        let resolved = |map: &FxHashMap<String, String>| -> FxHashMap<Box<str>, LemmaId> {
            map.iter().filter_map(|(word, verb)| Some((word.as_str().into(), lemma(verb)?))).collect()
        };
        let mut phrasals: FxHashMap<Box<str>, Vec<(Box<str>, Form)>> = FxHashMap::default();
        for (phrase, verb) in &entry.phrasals {
            if let (Some((word, particle)), Some(lemma)) = (phrase.split_once(' '), lemma(verb)) {
                let inflection = match word {
                    word if word.ends_with("ing") => Inflection::Gerund,
                    word if word.ends_with('s') => Inflection::Third,
                    _ => Inflection::Base,
                };
                let form = Form { lemma, inflection, noun: false };
                phrasals.entry(word.into()).or_default().push((particle.into(), form));
            }
        }
        Self {
            reaching: entry.reaching.iter().filter_map(lemma).collect(),
            interpreters: AnyOf::new(&entry.interpreters),
            fillers: AnyOf::new(&entry.fillers),
            chains: AnyOf::new(&entry.chains),
            proxies: AnyOf::new(&entry.proxies),
            losses: AnyOf::new(&entry.losses),
            commands: AnyOf::new(&entry.commands),
            phrasals,
            sequel_phrases: by_first_word(&entry.sequel_phrases),
            habits: by_first_word(&entry.habits),
            lasting: entry.lasting.iter().filter_map(lemma).collect(),
            changing: entry.changing.iter().filter_map(lemma).collect(),
            runners: entry.runners.iter().filter_map(lemma).collect(),
            deeds: resolved(&entry.deeds),
            participles: resolved(&entry.participles),
            entry,
        }
    }

    /// How many words at `at` say that something is done besides or after; 0 for none.
    pub(crate) fn sequel_len(&self, words: &Words<'_>, at: usize) -> usize {
        let phrases = self.sequel_phrases.get(words.get(at)).into_iter().flatten();
        let longest = phrases.filter(|phrase| words.starts_at(at, phrase)).map(Vec::len).max();
        longest.unwrap_or_else(|| usize::from(self.entry.sequels.contains(words.get(at))))
    }

    /// How many words at `at` say nothing about what is done, as "by default"; 0 for none.
    pub(crate) fn filler_len(&self, words: &Words<'_>, at: usize) -> usize {
        self.fillers.longest_at(words, at).unwrap_or(0)
    }

    /// How many words at `at` lead to the verb of what is done, as "proceeds to"; 0 for none.
    pub(crate) fn chain_len(&self, words: &Words<'_>, at: usize) -> usize {
        let length = self.chains.longest_at(words, at).unwrap_or(0);
        let leads = |length: usize| {
            let takes_base = words.get(at + length - 1) == "to";
            takes_base != words.get(at + length).ends_with("ing")
        };
        if length > 0 && leads(length) { length } else { 0 }
    }

    /// How many words at `at` say that the tool does what another does, as "same as"; 0 for none.
    pub(crate) fn proxy_len(&self, words: &Words<'_>, at: usize) -> usize {
        self.proxies.longest_at(words, at).unwrap_or(0)
    }

    /// How many words at `at` say that something is gone; 0 for none.
    pub(crate) fn loss_len(&self, words: &Words<'_>, at: usize) -> usize {
        self.losses.longest_at(words, at).unwrap_or(0)
    }

    /// How many words at `at` are a command that loses data, as `rm -rf`; `None` for none.
    pub(crate) fn command_len(&self, words: &Words<'_>, at: usize) -> Option<usize> {
        self.commands.longest_at(words, at)
    }

    /// True if the words `from..to` say that something happens by itself or is done by others.
    pub(crate) fn is_habit(&self, words: &Words<'_>, from: usize, to: usize) -> bool {
        (from..to).any(|at| {
            let phrases = self.habits.get(words.get(at)).into_iter().flatten();
            phrases.into_iter().any(|phrase| words.starts_at(at, phrase))
        })
    }

    /// True for a verb of Write that leaves something behind, whatever it is said of.
    pub(crate) fn lasts(&self, lemma: LemmaId) -> bool {
        self.lasting.contains(&lemma)
    }

    /// True for a verb of Write that leaves something behind if it is said to be done besides.
    pub(crate) fn changes(&self, lemma: LemmaId) -> bool {
        self.changing.contains(&lemma)
    }

    /// True for a verb that runs the code that it is said of.
    pub(crate) fn runs(&self, lemma: LemmaId) -> bool {
        self.runners.contains(&lemma)
    }

    /// True for a verb of Write that reaches other people or gives rights.
    pub(crate) fn reaches(&self, lemma: LemmaId) -> bool {
        self.reaching.contains(&lemma)
    }

    /// True if `word` can be a verb with a particle.
    pub(crate) fn takes_particle(&self, word: &str) -> bool {
        self.phrasals.contains_key(word)
    }

    /// The verb that `word` is with `particle`: "shuts down".
    pub(crate) fn phrasal(&self, word: &str, particle: &str) -> Option<Form> {
        self.phrasals.get(word)?.iter().find(|(other, _)| **other == *particle).map(|(_, form)| *form)
    }

    /// How many words at `at` name what runs code, as "a shell"; 0 for none.
    pub(crate) fn interpreter_len(&self, words: &Words<'_>, at: usize) -> usize {
        self.interpreters.longest_at(words, at).unwrap_or(0)
    }

    /// The verb of a noun such as "deletion".
    pub(crate) fn deed(&self, word: &str) -> Option<LemmaId> {
        self.deeds.get(word).copied()
    }

    /// The verb of a participle such as "deleted".
    pub(crate) fn participle(&self, word: &str, lexicon: &Lexicon) -> Option<LemmaId> {
        self.participles.get(word).copied().or_else(|| lexicon.participle(word))
    }
}
