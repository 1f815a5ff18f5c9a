//! What a parameter is for, by its name, type and description.

use rustc_hash::{FxHashMap, FxHashSet};

use super::entries::{InputEntry, ToldEntry};
use super::lexicon::{LemmaId, Lexicon};
use super::phrases::{AnyOf, Sequence, sequences};
use crate::model::Parameter;
use crate::text::words::Words;

/// The parameter roles, compiled, with indexes by word: a parameter is compared only with the roles that share a word
/// with it.
#[derive(Debug, Default)]
pub struct Inputs {
    list: Vec<Input>,
    /// Ends of parameter names, by their last word.
    name_ends: FxHashMap<Box<str>, Vec<Pattern>>,
    /// Starts of parameter names, by their first word.
    name_starts: FxHashMap<Box<str>, Vec<Pattern>>,
    /// Phrases in parameter names, by their first word.
    in_name: FxHashMap<Box<str>, Vec<Pattern>>,
    /// Phrases in parameter descriptions, by their first word.
    in_description: FxHashMap<Box<str>, Vec<Pattern>>,
}

/// A compiled parameter role.
#[derive(Debug)]
pub struct Input {
    /// The entry as written in `inputs.yaml`.
    pub entry: InputEntry,
    mentions: AnyOf,
    values: AnyOf,
    /// How the texts of a tool tell that something with this role goes in.
    pub(crate) told: Option<Told>,
}

/// How texts tell what goes in, where no parameter says so by its name.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) verbs: FxHashSet<LemmaId>,
    /// Objects of the verbs.
    pub(crate) objects: AnyOf,
    /// Words of the description of a parameter whose name says nothing.
    pub(crate) nouns: AnyOf,
    /// Whole names of tools.
    pub(crate) tools: AnyOf,
    /// Places behind the object; it is no such input if it is said to be in another one.
    pub(crate) places: AnyOf,
}

/// A word sequence of a role.
#[derive(Debug)]
struct Pattern {
    words: Sequence,
    /// The index of the role.
    input: usize,
    /// What a match shows about the role.
    shows: Shown,
    /// True if it must be the whole name.
    whole: bool,
}

/// Most listed values of a parameter that are read.
const MAX_VALUES: usize = 200;

/// What is known about a parameter and a role, as bits.
type Shown = u8;
/// The name is one of the role's names.
const NAMED: Shown = 1;
/// The name counts only if a description mentions the role.
const NEEDS_MENTION: Shown = 2;
/// The parameter's description mentions the role.
const MENTIONS: Shown = 4;
/// The description alone shows the role.
const DESCRIPTION_MENTIONS: Shown = 8;
/// Name or description show that it is not the role.
const EXCLUDED: Shown = 16;

impl Inputs {
    /// The compiled entries. Verbs that `lexicon` does not have are left out.
    pub(crate) fn new(entries: Vec<InputEntry>, lexicon: &Lexicon) -> Self {
        let mut inputs = Self::default();
        for (input, entry) in entries.iter().enumerate() {
            for (list, shows, whole) in
                [(&entry.names, NAMED, false), (&entry.whole, NAMED, true), (&entry.needs_mention, NEEDS_MENTION, true)]
            {
                add(&mut inputs.name_ends, list, input, shows, whole, |words| words.last());
            }
            add(&mut inputs.name_starts, &entry.begins, input, NAMED, false, |words| words.first());
            add(&mut inputs.in_name, &entry.except, input, EXCLUDED, false, |words| words.first());
            for (list, shows) in [
                (&entry.unless_mentions, EXCLUDED),
                (&entry.description_mentions, DESCRIPTION_MENTIONS),
                (&entry.mentions, MENTIONS),
            ] {
                add(&mut inputs.in_description, list, input, shows, false, |words| words.first());
            }
        }
        let told = |entry: &ToldEntry| Told {
            verbs: entry.verbs.iter().filter_map(|verb| Some(lexicon.form(verb)?.lemma)).collect(),
            objects: AnyOf::new(&entry.objects),
            nouns: AnyOf::new(&entry.nouns),
            tools: AnyOf::new(&entry.tools),
            places: AnyOf::new(&entry.places),
        };
        let compile = |entry: InputEntry| Input {
            mentions: AnyOf::new(&entry.mentions),
            values: AnyOf::new(&entry.values),
            told: entry.told.as_ref().map(told),
            entry,
        };
        inputs.list = entries.into_iter().map(compile).collect();
        inputs
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Input> {
        self.list.iter()
    }

    /// The roles of `parameter`, each with its index. `name` and `description` are its words, `tool` those of the tool's
    /// description.
    pub(crate) fn of_parameter<'i>(
        &'i self,
        parameter: &'i Parameter,
        name: &Words<'_>,
        description: &Words<'_>,
        tool: &'i Words<'_>,
    ) -> impl Iterator<Item = (usize, &'i Input)> {
        let mut shown = vec![0; self.list.len()];
        let last = name.get(name.len().saturating_sub(1));
        for pattern in self.name_ends.get(last).into_iter().flatten() {
            if ends(name, &pattern.words) && (!pattern.whole || name.len() == pattern.words.len()) {
                shown[pattern.input] |= pattern.shows;
            }
        }
        for pattern in name.iter().next().and_then(|word| self.name_starts.get(word)).into_iter().flatten() {
            if name.starts_at(0, &pattern.words) {
                shown[pattern.input] |= pattern.shows;
            }
        }
        mark(&self.in_name, name, &mut shown);
        mark(&self.in_description, description, &mut shown);
        self.list.iter().enumerate().filter(move |(at, input)| input.fits(parameter, shown[*at], tool))
    }
}

impl<'i> IntoIterator for &'i Inputs {
    type Item = &'i Input;
    type IntoIter = std::slice::Iter<'i, Input>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Input {
    fn fits(&self, parameter: &Parameter, shown: Shown, tool: &Words<'_>) -> bool {
        if shown & EXCLUDED != 0 {
            return false;
        }
        let is_listed = || {
            let listed = parameter.values.iter().take(MAX_VALUES);
            !self.values.is_empty()
                && listed.map(|value| Words::new(value.as_str())).any(|value| self.values.is_in(&value))
        };
        let by_value = shown & (NAMED | DESCRIPTION_MENTIONS) == 0;
        if by_value && !is_listed() {
            return false;
        }
        let typed =
            parameter.types.is_empty() || self.entry.types.is_empty() || parameter.types.share(self.entry.types);
        let mentioned = || shown & (NEEDS_MENTION | MENTIONS) != NEEDS_MENTION || self.mentions.is_in(tool);
        typed && (by_value || shown & DESCRIPTION_MENTIONS != 0 || mentioned())
    }
}

/// Adds the phrases of `list` to `index`, each under its `key` word.
fn add(
    index: &mut FxHashMap<Box<str>, Vec<Pattern>>,
    list: &[String],
    input: usize,
    shows: Shown,
    whole: bool,
    key: fn(&Sequence) -> Option<&Box<str>>,
) {
    for words in sequences(list) {
        let Some(word) = key(&words).cloned() else { continue };
        index.entry(word).or_default().push(Pattern { words, input, shows, whole });
    }
}

/// Notes what the phrases of `index` in `words` show.
fn mark(index: &FxHashMap<Box<str>, Vec<Pattern>>, words: &Words<'_>, shown: &mut [Shown]) {
    for (at, word) in words.iter().enumerate() {
        for pattern in index.get(word).into_iter().flatten() {
            if words.starts_at(at, &pattern.words) {
                shown[pattern.input] |= pattern.shows;
            }
        }
    }
}

fn ends(words: &Words<'_>, end: &[Box<str>]) -> bool {
    words.len() >= end.len() && words.iter().rev().zip(end.iter().rev()).all(|(w, e)| w == &**e)
}
