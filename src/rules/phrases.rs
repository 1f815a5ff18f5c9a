//! Finds word sequences within sentences. `*` in a phrase stands for one or two words. The longest phrase of a group
//! wins at a position, and the group does not read the covered words again, so that an exception is simply a longer
//! phrase.

use rustc_hash::FxHashMap;

use crate::text::words::Words;

/// The words of a phrase, in lower case.
pub(crate) type Sequence = Vec<Box<str>>;

/// Splits each phrase of `list` into words.
pub(crate) fn sequences(list: &[String]) -> Vec<Sequence> {
    list.iter().map(|phrase| phrase.split_whitespace().map(Into::into).collect()).collect()
}

/// The phrases of `list`, divided into words, by their first word. Empty phrases are left out.
pub(crate) fn by_first_word(list: &[String]) -> FxHashMap<Box<str>, Vec<Sequence>> {
    let mut by_first: FxHashMap<Box<str>, Vec<Sequence>> = FxHashMap::default();
    for sequence in sequences(list) {
        if let Some(first) = sequence.first() {
            by_first.entry(first.clone()).or_default().push(sequence);
        }
    }
    by_first
}

/// Which words may be in a set, by their length and their first and last byte. To look one up takes several times as long.
#[derive(Debug, Clone, Default)]
struct MayHave([u64; 16]);

impl MayHave {
    fn of<'w>(words: impl IntoIterator<Item = &'w Box<str>>) -> Self {
        let mut all = Self::default();
        words.into_iter().for_each(|word| all.add(word));
        all
    }

    fn add(&mut self, word: &str) {
        let bit = Self::bit(word);
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    /// False if `word` is surely not in the set.
    fn may_have(&self, word: &str) -> bool {
        let bit = Self::bit(word);
        self.0[bit / 64] & (1 << (bit % 64)) != 0
    }

    fn bit(word: &str) -> usize {
        let byte = |byte: Option<&u8>| byte.copied().map_or(0, usize::from);
        let (first, last) = (byte(word.as_bytes().first()), byte(word.as_bytes().last()));
        (word.len() * 97 + first * 29 + last * 5) % 1024
    }
}

/// Word sequences of one owner. Whether a text has one of them is found in one pass over its words.
#[derive(Debug, Default)]
pub(crate) struct AnyOf {
    by_first: FxHashMap<Box<str>, Vec<Sequence>>,
    first_words: MayHave,
}

impl AnyOf {
    /// The phrases of `list`, divided into words. Empty phrases are left out.
    pub(crate) fn new(list: &[String]) -> Self {
        let by_first = by_first_word(list);
        Self { first_words: MayHave::of(by_first.keys()), by_first }
    }

    /// True if there is no sequence.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_first.is_empty()
    }

    /// True if `words` contains one of the sequences.
    pub(crate) fn is_in(&self, words: &Words<'_>) -> bool {
        !self.is_empty() && (0..words.len()).any(|at| self.starts_at(words, at))
    }

    /// The length of the longest sequence that starts at word `at` of `words`.
    pub(crate) fn longest_at(&self, words: &Words<'_>, at: usize) -> Option<usize> {
        let list = self.at(words.get(at))?;
        list.iter().filter(|sequence| words.starts_at(at, sequence)).map(Vec::len).max()
    }

    /// True if one of the sequences is all that `words` are.
    pub(crate) fn is_whole(&self, words: &Words<'_>) -> bool {
        !words.is_empty() && self.longest_at(words, 0) == Some(words.len())
    }

    /// True if one of the sequences starts at word `at` of `words`.
    pub(crate) fn starts_at(&self, words: &Words<'_>, at: usize) -> bool {
        let list = self.at(words.get(at));
        list.is_some_and(|list| list.iter().any(|sequence| words.starts_at(at, sequence)))
    }

    /// The sequences that begin with `word`.
    fn at(&self, word: &str) -> Option<&Vec<Sequence>> {
        if self.first_words.may_have(word) { self.by_first.get(word) } else { None }
    }
}

/// Phrases of many owners, matched in one pass.
#[derive(Debug)]
pub struct Phrases<T> {
    by_first: FxHashMap<Box<str>, Vec<Phrase<T>>>,
    first_words: MayHave,
    groups: usize,
}

#[derive(Debug)]
struct Phrase<T> {
    rest: Vec<Box<str>>,
    group: usize,
    owner: T,
}

/// A match: the words `from..=to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found<T> {
    /// First word.
    pub(crate) from: usize,
    /// Last word.
    pub(crate) to: usize,
    /// Whose phrase it is.
    pub(crate) owner: T,
}

impl<T> Default for Phrases<T> {
    fn default() -> Self {
        Self { by_first: FxHashMap::default(), first_words: MayHave::default(), groups: 0 }
    }
}

impl<T: Copy> Phrases<T> {
    /// Adds a phrase to `group` (0, 1, ...). An empty phrase adds nothing.
    pub(crate) fn add(&mut self, phrase: &str, group: usize, owner: T) {
        let mut parts = phrase.split_whitespace();
        let Some(first) = parts.next() else { return };
        let rest: Vec<Box<str>> = parts.map(Into::into).collect();
        self.first_words.add(first);
        let bucket = self.by_first.entry(first.into()).or_default();
        let at = bucket.partition_point(|p| p.rest.len() >= rest.len());
        bucket.insert(at, Phrase { rest, group, owner });
        self.groups = self.groups.max(group + 1);
    }

    /// All matches in `words`, ordered by first word.
    pub(crate) fn find(&self, words: &Words<'_>) -> Vec<Found<T>> {
        let mut found = Vec::new();
        // Made for the first word that begins a phrase: most texts have none.
        let mut covered = Vec::new();
        for (from, word) in words.iter().enumerate().filter(|(_, word)| self.first_words.may_have(word)) {
            for phrase in self.by_first.get(word).map_or(&[][..], Vec::as_slice) {
                covered.resize(self.groups, 0_usize);
                if covered[phrase.group] > from {
                    continue;
                }
                if let Some(to) = ends_at(&phrase.rest, words, from) {
                    covered[phrase.group] = to + 1;
                    found.push(Found { from, to, owner: phrase.owner });
                }
            }
        }
        found
    }
}

/// The index of the last word of `rest` if it follows word `at`.
fn ends_at(rest: &[Box<str>], words: &Words<'_>, at: usize) -> Option<usize> {
    match rest {
        [] => Some(at),
        _ if words.ends_sentence(at) => None,
        [star, tail @ ..] if &**star == "*" => {
            let stops = 1 + usize::from(!words.ends_sentence(at + 1));
            (1..=stops).find_map(|skipped| ends_at(tail, words, at + skipped))
        }
        [next, tail @ ..] if words.get(at + 1) == &**next => ends_at(tail, words, at + 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_wins_and_covers() {
        let mut phrases = Phrases::default();
        phrases.add("read only", 0, 'r');
        phrases.add("read only by default", 0, 'd');
        phrases.add("not read only", 0, 'n');
        phrases.add("only", 1, 'o');
        phrases.add("make * read only", 0, 'm');
        let owners = |text: &str| phrases.find(&Words::new(text)).into_iter().map(|f| f.owner).collect::<String>();
        assert_eq!(owners("a read-only query"), "ro");
        assert_eq!(owners("Read-only by default."), "do");
        assert_eq!(owners("is not read only"), "no");
        assert_eq!(owners("make the file read only"), "mo");
        assert_eq!(owners("read"), "");
        assert_eq!(owners("what you read. Only then"), "o", "a phrase ends with its sentence");
    }
}
