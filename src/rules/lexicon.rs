//! Verbs and their senses, compiled for look-up: from a word form to its verb, and from a verb with its object to a
//! category.

use std::collections::HashMap;

use rustc_hash::FxHashMap;

use super::entries::{SenseEntry, Strength, VerbEntry};
use super::phrases::{Sequence, sequences};
use crate::model::Category;
use crate::text::words::{is_hangul, is_unspaced, puts_verb_last};

/// The compiled lexicon.
#[derive(Debug, Default)]
pub struct Lexicon {
    verbs: Vec<VerbEntry>,
    senses: Vec<Sense>,
    lemmas: Vec<Lemma>,
    forms: FxHashMap<Box<str>, Form>,
    /// Regular participles: "deleted".
    participles: FxHashMap<Box<str>, LemmaId>,
    /// Words in Han, kana or hangul, searched within runs of such characters.
    inner: Vec<(Box<str>, LemmaId)>,
}

/// The index of a verb of the lexicon.
pub(crate) type LemmaId = usize;

#[derive(Debug)]
struct Lemma {
    verb: usize,
    noun: bool,
    senses: Vec<usize>,
}

#[derive(Debug)]
struct Sense {
    entry: SenseEntry,
    objects: Vec<Sequence>,
    mentions: Vec<Sequence>,
    into: Vec<Sequence>,
    unless: Vec<Sequence>,
}

/// The inflection of a word form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inflection {
    /// create
    Base,
    /// creates
    Third,
    /// creating
    Gerund,
    /// A word of another language, in the form written.
    Foreign,
}

/// A word recognized as a form of a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    /// The verb.
    pub(crate) lemma: LemmaId,
    pub(crate) inflection: Inflection,
    /// True if the word is as often a noun.
    pub(crate) noun: bool,
}

/// What a verb acts on, as lower-case words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object<'a> {
    /// The noun phrase after the verb, without determiners.
    pub(crate) phrase: Vec<&'a str>,
    /// The noun phrase after "from".
    pub(crate) from: Vec<&'a str>,
    /// The noun phrase after "into".
    pub(crate) into: Vec<&'a str>,
    /// The noun phrase after "for" or "to".
    pub(crate) purpose: Vec<&'a str>,
}

/// What a verb means with its object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meaning<'r> {
    /// The id of the entry.
    pub(crate) rule: &'r str,
    pub(crate) says: Category,
    /// How much weight it has.
    pub(crate) strength: Strength,
    /// True if the object contributed to the meaning.
    pub(crate) specific: bool,
    /// True if it overrides a more severe verb that stands only in the name.
    pub(crate) outweighs_name: bool,
}

impl<'r> Meaning<'r> {
    /// The meaning of a verb without an object.
    pub(crate) fn plain(rule: &'r str, says: Category, strength: Strength) -> Self {
        Self { rule, says, strength, specific: false, outweighs_name: false }
    }
}

/// Errors in verbs and senses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LexiconError {
    /// A word is in two verb entries.
    #[error("\"{word}\" is in both {first} and {second}; keep it in one")]
    RepeatedWord {
        word: String,
        /// The id of the first entry.
        first: String,
        /// The id of the second entry.
        second: String,
    },
    /// A sense of a verb that is in no entry.
    #[error("{sense}: \"{verb}\" is in no entry of verbs.yaml")]
    UnknownVerb {
        /// The id of the sense.
        sense: String,
        verb: String,
    },
}

impl Lexicon {
    /// Compiles the entries. A word in two verb entries is an error, and so is a sense of an unknown verb.
    pub(crate) fn compile(verbs: Vec<VerbEntry>, senses: Vec<SenseEntry>) -> Result<Self, LexiconError> {
        let mut lexicon = Self {
            verbs: Vec::new(),
            senses: Vec::new(),
            lemmas: Vec::new(),
            forms: FxHashMap::default(),
            participles: FxHashMap::default(),
            inner: Vec::new(),
        };
        let mut lemma_of: HashMap<String, LemmaId> = HashMap::new();
        for (verb, entry) in verbs.iter().enumerate() {
            for word in &entry.verbs {
                let id = lexicon.lemmas.len();
                lexicon.lemmas.push(Lemma { verb, noun: entry.nouns.contains(word), senses: Vec::new() });
                if let Some(other) = lemma_of.insert(word.clone(), id) {
                    let other = &verbs[lexicon.lemmas[other].verb].id;
                    return Err(LexiconError::RepeatedWord {
                        word: word.clone(),
                        first: other.clone(),
                        second: entry.id.clone(),
                    });
                }
            }
            lexicon.lemmas.push(Lemma { verb, noun: false, senses: Vec::new() });
            let id = lexicon.lemmas.len() - 1;
            for word in &entry.others {
                if word.chars().all(is_unspaced_or_hangul) {
                    lexicon.inner.push((word.as_str().into(), id));
                } else {
                    lexicon.forms.entry(word.as_str().into()).or_insert(Form {
                        lemma: id,
                        inflection: Inflection::Foreign,
                        noun: false,
                    });
                }
            }
        }
        lexicon.inner.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        for (at, sense) in senses.iter().enumerate() {
            for verb in &sense.verbs {
                let lemma = lemma_of
                    .get(verb)
                    .ok_or_else(|| LexiconError::UnknownVerb { sense: sense.id.clone(), verb: verb.clone() })?;
                lexicon.lemmas[*lemma].senses.push(at);
            }
        }
        lexicon.senses = senses.into_iter().map(Sense::compile).collect();
        lexicon.verbs = verbs;
        // Base forms come first: a form that is another verb's base form belongs to that verb ("rates" is of rate, not
        // of rat).
        let mut words: Vec<(&String, &LemmaId)> = lemma_of.iter().collect();
        words.sort();
        for &(word, &lemma) in &words {
            let noun = lexicon.lemmas[lemma].noun;
            lexicon.forms.insert(word.as_str().into(), Form { lemma, inflection: Inflection::Base, noun });
        }
        for &(word, &lemma) in &words {
            let Lemma { noun, verb, .. } = lexicon.lemmas[lemma];
            if lexicon.verbs[verb].uninflected.contains(word) {
                continue;
            }
            for (form, inflection) in inflected(word) {
                lexicon.forms.entry(form.into()).or_insert(Form { lemma, inflection, noun });
            }
            if lexicon.verbs[verb].says != Category::Read {
                for participle in participles(word) {
                    lexicon.participles.entry(participle.into()).or_insert(lemma);
                }
            }
        }
        Ok(lexicon)
    }

    /// Removes all senses, so that verbs have only their plain meaning.
    pub(crate) fn forget_senses(&mut self) {
        self.senses.clear();
        self.lemmas.iter_mut().for_each(|lemma| lemma.senses.clear());
    }

    /// The verb form that `word` (lower case) is.
    pub(crate) fn form(&self, word: &str) -> Option<Form> {
        if let Some(form) = self.forms.get(word) {
            return Some(*form);
        }
        let first = word.chars().next()?;
        if is_unspaced_or_hangul(first) { self.inner_form(word) } else { self.prefixed_form(word) }
    }

    /// The verb of a regular participle, such as "deleted". Those of verbs that read are not kept.
    pub(crate) fn participle(&self, word: &str) -> Option<LemmaId> {
        self.participles.get(word).copied()
    }

    /// A base form after the prefix "re" (repeats it) or "un" (undoes it, so changes something). Verbs that read are
    /// not derived with "re": to reload is not to load again.
    fn prefixed_form(&self, word: &str) -> Option<Form> {
        let base = |stem: &str| self.forms.get(stem).filter(|f| f.inflection == Inflection::Base).copied();
        let changes = |form: &Form| self.verbs[self.lemmas[form.lemma].verb].says != Category::Read;
        if let Some(again) = word.strip_prefix("re").and_then(base).filter(changes) {
            return Some(again);
        }
        word.strip_prefix("un")
            .and_then(base)
            .and_then(|_| self.forms.get("change").copied())
            .map(|f| Form { noun: false, ..f })
    }

    /// The verb within a run of Han, kana or hangul: Chinese puts it first, Japanese and Korean last.
    fn inner_form(&self, run: &str) -> Option<Form> {
        let verb_last = puts_verb_last(run);
        let places = self.inner.iter().filter_map(|(word, lemma)| {
            let at = if verb_last { run.rfind(&**word) } else { run.find(&**word) };
            at.map(|at| (at, word.len(), *lemma))
        });
        let chosen = if verb_last {
            places.max_by_key(|&(at, len, _)| (at + len, len))
        } else {
            places.min_by_key(|&(at, len, _)| (at, std::cmp::Reverse(len)))
        };
        chosen.map(|(_, _, lemma)| Form { lemma, inflection: Inflection::Foreign, noun: false })
    }

    /// The second of two verbs that are joined within a run of Chinese characters: "create or delete".
    pub(crate) fn joined_form(&self, run: &str) -> Option<Form> {
        let rest = run
            .find(['或', '和', '与', '及', '并'])
            .and_then(|at| run[at..].chars().next().map(|c| &run[at + c.len_utf8()..]))?;
        let (_, lemma) = self.inner.iter().find(|(word, _)| rest.starts_with(&**word))?;
        Some(Form { lemma: *lemma, inflection: Inflection::Foreign, noun: false })
    }

    /// The meaning of `lemma` with `object`: that of the sense with the longest object phrase, else of the verb alone.
    pub(crate) fn meaning(&self, lemma: LemmaId, object: &Object<'_>) -> Meaning<'_> {
        let lemma = &self.lemmas[lemma];
        let best = lemma
            .senses
            .iter()
            .filter_map(|&at| self.senses[at].fits(object).map(|length| (length, at)))
            .max_by_key(|&(length, at)| (length, std::cmp::Reverse(at)));
        match best {
            Some((_, at)) => {
                let entry = &self.senses[at].entry;
                Meaning {
                    rule: &entry.id,
                    says: entry.says,
                    strength: entry.strength,
                    specific: true,
                    outweighs_name: entry.outweighs_name,
                }
            }
            None => {
                let entry = &self.verbs[lemma.verb];
                Meaning::plain(&entry.id, entry.says, entry.strength)
            }
        }
    }

    /// True if `lemma` alone says little.
    pub(crate) fn is_vague(&self, lemma: LemmaId) -> bool {
        self.verbs[self.lemmas[lemma].verb].strength == Strength::Weak
    }

    /// The entries of `verbs.yaml`.
    pub(crate) fn verbs(&self) -> &[VerbEntry] {
        &self.verbs
    }

    /// The entries of `senses.yaml`.
    pub(crate) fn senses(&self) -> impl Iterator<Item = &SenseEntry> {
        self.senses.iter().map(|s| &s.entry)
    }
}

impl Sense {
    fn compile(entry: SenseEntry) -> Self {
        Self {
            objects: sequences(&entry.objects),
            mentions: sequences(&entry.mentions),
            into: sequences(&entry.into),
            unless: sequences(&entry.unless),
            entry,
        }
    }

    /// The number of matching words of the object; `None` if the sense does not apply.
    fn fits(&self, object: &Object<'_>) -> Option<usize> {
        let is_from = |place: &String| object.from.last().is_some_and(|head| same_noun(head, place));
        if self.entry.unless_from.iter().any(is_from) {
            return None;
        }
        if self.unless.iter().any(|words| holds(&object.phrase, words) || holds(&object.purpose, words)) {
            return None;
        }
        let by_object = self.objects.iter().filter(|o| ends_with(&object.phrase, o)).map(|o| 2 * o.len()).max();
        let by_mention = self.mentions.iter().any(|m| holds(&object.phrase, m)).then_some(1);
        let by_from = match object.from.last() {
            Some(head) if self.entry.from.iter().any(|f| same_noun(head, f)) => Some(1),
            _ => None,
        };
        let by_into = self.into.iter().any(|place| ends_with(&object.into, place)).then_some(1);
        by_object.max(by_mention).max(by_from).max(by_into)
    }
}

fn ends_with(phrase: &[&str], end: &[Box<str>]) -> bool {
    phrase.len() >= end.len() && phrase.iter().rev().zip(end.iter().rev()).all(|(w, e)| same_noun(w, e))
}

fn holds(phrase: &[&str], part: &[Box<str>]) -> bool {
    !part.is_empty() && phrase.windows(part.len()).any(|window| window.iter().zip(part).all(|(w, e)| same_noun(w, e)))
}

/// True if `word` is the singular or plural of `noun`.
fn same_noun(word: &str, noun: &str) -> bool {
    if word == noun {
        return true;
    }
    match word.strip_prefix(noun) {
        Some("s" | "es") => true,
        Some(_) => false,
        None => noun.strip_suffix('y').is_some_and(|stem| word.strip_prefix(stem) == Some("ies")),
    }
}

/// The third person and -ing forms of an English verb. Includes forms with doubled consonants wherever they are
/// possible.
fn inflected(verb: &str) -> Vec<(String, Inflection)> {
    let third = match verb.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if verb.ends_with(['s', 'x', 'z', 'o']) || verb.ends_with("ch") || verb.ends_with("sh") => {
            format!("{verb}es")
        }
        _ => format!("{verb}s"),
    };
    let gerund = match verb.strip_suffix('e') {
        Some(stem) if !stem.ends_with(['e', 'o']) => format!("{stem}ing"),
        _ => format!("{verb}ing"),
    };
    let mut forms = vec![(third, Inflection::Third), (gerund, Inflection::Gerund)];
    if let Some(last) = verb.chars().last().filter(|c| "bdglmnprtv".contains(*c)) {
        forms.push((format!("{verb}{last}ing"), Inflection::Gerund));
    }
    forms
}

/// The participles of an English verb that are formed by rule. Includes forms with doubled consonants wherever they are
/// possible.
fn participles(verb: &str) -> Vec<String> {
    let plain = match verb.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ied"),
        _ if verb.ends_with('e') => format!("{verb}d"),
        _ => format!("{verb}ed"),
    };
    let doubled = verb.chars().last().filter(|c| "bdglmnprt".contains(*c)).map(|last| format!("{verb}{last}ed"));
    std::iter::once(plain).chain(doubled).collect()
}

fn is_unspaced_or_hangul(c: char) -> bool {
    is_unspaced(c) || is_hangul(c)
}
