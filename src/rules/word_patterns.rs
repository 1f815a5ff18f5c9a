//! Regular expressions that exclude words. RE2 has no look-ahead, so "any word but these" becomes a tree of letters.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// Matches runs of certain characters, except certain words; case does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Without {
    /// The excluded words; `dblink*` excludes every word that begins so.
    pub words: Vec<String>,
    /// The characters of a run: `word` for ASCII letters, digits and `_`, `letters`, else those that end a run, as in
    /// `/\.`.
    #[serde(default = "word")]
    pub of: String,
}

fn word() -> String {
    "word".into()
}

/// Stands at the end of an excluded word for any rest.
const ANY_REST: char = '*';

/// The named character sets, as written in a character class.
const RUNS: [(&str, &str); 2] =
    [("word", "0123456789_abcdefghijklmnopqrstuvwxyz"), ("letters", "abcdefghijklmnopqrstuvwxyz")];

/// Replaces each `%name%` in `pattern` by its part. In the built-in rules, `build.rs` did so.
pub(crate) fn fill(pattern: &str, parts: &BTreeMap<String, Without>) -> String {
    let replace = |filled: String, (name, part): (&String, &Without)| {
        let place = format!("%{name}%");
        if filled.contains(&place) { filled.replace(&place, &part.pattern()) } else { filled }
    };
    parts.iter().fold(pattern.to_owned(), replace)
}

impl Without {
    /// The regular expression for one run.
    pub(crate) fn pattern(&self) -> String {
        let words: BTreeSet<Vec<char>> = self.words.iter().map(|word| word.to_lowercase().chars().collect()).collect();
        let begins = |word: &&Vec<char>| {
            let prefixes = (1..word.len()).map(|end| [&word[..end], &[ANY_REST]].concat());
            prefixes.filter(|prefix| prefix != *word).any(|prefix| words.contains(&prefix))
        };
        let words: Vec<&[char]> = words.iter().filter(|word| !begins(word)).map(Vec::as_slice).collect();
        if self.of == word() {
            return format!("(?i:{})", self.rest(&words, 0));
        }
        // The class of these runs is long, so it is written as seldom as possible.
        let more = format!("{}{}*", self.leaving(&words, 0), self.class(&[]));
        let ends = self.ending(&words, 0).map(|ends| format!("|{ends}")).unwrap_or_default();
        format!("(?i:{more}{ends})")
    }

    /// The characters up to the first one that no word of `words` has there.
    fn leaving(&self, words: &[&[char]], depth: usize) -> String {
        let (letters, below) = branches(words, depth);
        let more = below.iter().map(|(letter, words)| format!("{}{}", escape(*letter), self.leaving(words, depth + 1)));
        let ways: Vec<String> = [self.class(&letters)].into_iter().chain(more).collect();
        if let [only] = &ways[..] { only.clone() } else { format!("(?:{})", ways.join("|")) }
    }

    /// The beginnings of `words` that are no word themselves; `None` if there are none.
    fn ending(&self, words: &[&[char]], depth: usize) -> Option<String> {
        let (_, below) = branches(words, depth);
        let ends = |(letter, words): &(char, Vec<&[char]>)| {
            self.ending(words, depth + 1).map(|rest| format!("{}{rest}", escape(*letter)))
        };
        let ways: Vec<String> = below.iter().filter_map(ends).collect();
        let may_end = depth > 0 && words.iter().all(|word| word.len() > depth);
        match (&ways[..], may_end) {
            ([], true) => Some(String::new()),
            ([], false) => None,
            ([only], false) => Some(only.clone()),
            (ways, false) => Some(format!("(?:{})", ways.join("|"))),
            ([only], true) if only.chars().count() == 1 => Some(format!("{only}?")),
            (ways, true) => Some(format!("(?:{})?", ways.join("|"))),
        }
    }

    /// The rest of the expression after the first `depth` characters, which all of `words` share. `words` is sorted and
    /// distinct, and none of them begins with another that ends in `*`.
    fn rest(&self, words: &[&[char]], depth: usize) -> String {
        let more: Vec<&[char]> = words.iter().copied().filter(|word| word.len() > depth).collect();
        let ends_here = more.len() < words.len();
        let mut letters: Vec<char> = more.iter().map(|word| word[depth]).collect();
        letters.dedup();
        let mut branches = vec![format!("{}{}*", self.class(&letters), self.class(&[]))];
        for letter in &letters {
            let below: Vec<&[char]> = more.iter().copied().filter(|word| word[depth] == *letter).collect();
            if !below.iter().any(|word| word[depth + 1..] == [ANY_REST]) {
                branches.push(format!("{}{}", escape(*letter), self.rest(&below, depth + 1)));
            }
        }
        let optional = if depth > 0 && !ends_here { "?" } else { "" };
        format!("(?:{}){optional}", branches.join("|"))
    }

    /// The characters of a run except `letters`.
    fn class(&self, letters: &[char]) -> String {
        if letters.is_empty() && self.of == word() {
            return r"\w".into();
        }
        if let Some((_, characters)) = RUNS.iter().find(|(name, _)| *name == self.of) {
            let kept: String = characters.chars().filter(|c| !letters.contains(c)).collect();
            return format!("[{}]", ranges(&kept));
        }
        let left_out: String = letters.iter().map(|letter| escape(*letter)).collect();
        format!("[^{}{left_out}]", self.of)
    }
}

/// A letter, and the words that have it at a place.
type Branch<'w> = (char, Vec<&'w [char]>);

/// The letters at `depth` of `words`, and the words below each letter behind which something may follow.
fn branches<'w>(words: &[&'w [char]], depth: usize) -> (Vec<char>, Vec<Branch<'w>>) {
    let more: Vec<&[char]> = words.iter().copied().filter(|word| word.len() > depth).collect();
    let mut letters: Vec<char> = more.iter().map(|word| word[depth]).collect();
    letters.dedup();
    let below = |letter: &char| {
        let words: Vec<&[char]> = more.iter().copied().filter(|word| word[depth] == *letter).collect();
        let is_open = !words.iter().any(|word| word[depth + 1..] == [ANY_REST]);
        is_open.then_some((*letter, words))
    };
    let below = letters.iter().filter_map(below).collect();
    (letters, below)
}

/// Sorted characters, with three or more consecutive ones as a range.
fn ranges(characters: &str) -> String {
    let all: Vec<char> = characters.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < all.len() {
        let run = all[at..].windows(2).take_while(|pair| pair[0] as u32 + 1 == pair[1] as u32).count();
        match run {
            0 | 1 => out.extend(&all[at..=at + run]),
            _ => out.push_str(&format!("{}-{}", all[at], all[at + run])),
        }
        at += run + 1;
    }
    out
}

fn escape(letter: char) -> String {
    if letter.is_ascii_alphanumeric() || letter == '_' || letter == ' ' {
        letter.to_string()
    } else {
        format!("\\{letter}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(without: &Without, text: &str) -> bool {
        regex::Regex::new(&format!("^{}$", without.pattern())).unwrap().is_match(text)
    }

    #[test]
    fn a_run_is_any_word_but_those() {
        let words = ["drop", "delete", "dro", "d"].map(str::to_owned).to_vec();
        let without = Without { words, of: "word".into() };
        for left_out in ["drop", "DROP", "Delete", "dro", "d", "", "drop table"] {
            assert!(!matches(&without, left_out), "{left_out}");
        }
        for kept in ["drops", "dropped", "dr", "de", "a", "deletes", "x_drop", "_", "9"] {
            assert!(matches(&without, kept), "{kept}");
        }
    }

    #[test]
    fn a_word_with_a_star_excludes_all_that_begin_so() {
        let words = ["pg_read*", "pg_read_file", "pg_stat_file", "do"].map(str::to_owned).to_vec();
        let without = Without { words, of: "word".into() };
        for left_out in ["pg_read", "PG_READ_FILE", "pg_read_x", "pg_stat_file", "do"] {
            assert!(!matches(&without, left_out), "{left_out}");
        }
        for kept in ["pg_rea", "pg_stat_files", "pg_", "done", "reads", "pg_x"] {
            assert!(matches(&without, kept), "{kept}");
        }
    }

    #[test]
    fn a_run_may_be_of_all_but_some_characters() {
        let without = Without { words: vec![".env".into(), "my-key".into()], of: r"/\\".into() };
        assert!(!matches(&without, ".ENV") && !matches(&without, "a/b") && !matches(&without, "my-key"));
        assert!(matches(&without, ".environment") && matches(&without, "my-keys") && matches(&without, "ü"));
    }

    #[test]
    fn both_ways_of_writing_exclude_the_same() {
        let words = ["drop", "delete", "dro", "d", "pg_r*", "pg_stat", "e"].map(str::to_owned).to_vec();
        let short = Without { words: words.clone(), of: "word".into() };
        let long = Without { words, of: r"\W".into() };
        for text in [
            "drop", "dro", "dr", "d", "de", "drops", "pg", "pg_", "pg_r", "pg_ra", "pg_s", "pg_stats", "e", "ee", "x",
            "",
        ] {
            assert_eq!(matches(&short, text), matches(&long, text), "{text}");
        }
    }
}
