//! Patterns that leave words out. RE2 has no look-ahead, so that "any word but these" is spelt out as a tree of letters.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// Any run of some characters that is none of some words; letters are alike in upper and lower case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Without {
    /// The words that are left out.
    pub words: Vec<String>,
    /// The characters of a run: `word` for ASCII letters, digits and `_`, `letters`, else those that end it, as in `/\.`.
    #[serde(default = "word")]
    pub of: String,
}

fn word() -> String {
    "word".into()
}

/// The characters of the runs that have a name, each as it is written in a class.
const RUNS: [(&str, &str); 2] =
    [("word", "0123456789_abcdefghijklmnopqrstuvwxyz"), ("letters", "abcdefghijklmnopqrstuvwxyz")];

/// `pattern` with each `%name%` replaced by its part.
pub(crate) fn fill(pattern: &str, parts: &BTreeMap<String, Without>) -> String {
    let replace =
        |filled: String, (name, part): (&String, &Without)| filled.replace(&format!("%{name}%"), &part.pattern());
    parts.iter().fold(pattern.to_owned(), replace)
}

impl Without {
    /// The pattern of one run.
    pub(crate) fn pattern(&self) -> String {
        let words: BTreeSet<Vec<char>> = self.words.iter().map(|word| word.to_lowercase().chars().collect()).collect();
        let words: Vec<&[char]> = words.iter().map(Vec::as_slice).collect();
        format!("(?i:{})", self.rest(&words, 0))
    }

    /// What may follow `depth` characters that all of `words` share. The words are sorted and distinct.
    fn rest(&self, words: &[&[char]], depth: usize) -> String {
        let more: Vec<&[char]> = words.iter().copied().filter(|word| word.len() > depth).collect();
        let ends_here = more.len() < words.len();
        let mut letters: Vec<char> = more.iter().map(|word| word[depth]).collect();
        letters.dedup();
        let mut branches = vec![format!("{}{}*", self.class(&letters), self.class(&[]))];
        for letter in &letters {
            let below: Vec<&[char]> = more.iter().copied().filter(|word| word[depth] == *letter).collect();
            branches.push(format!("{}{}", escape(*letter), self.rest(&below, depth + 1)));
        }
        let optional = if depth > 0 && !ends_here { "?" } else { "" };
        format!("(?:{}){optional}", branches.join("|"))
    }

    /// The characters of a run but for `letters`.
    fn class(&self, letters: &[char]) -> String {
        if let Some((_, characters)) = RUNS.iter().find(|(name, _)| *name == self.of) {
            let kept: String = characters.chars().filter(|c| !letters.contains(c)).collect();
            return format!("[{}]", ranges(&kept));
        }
        let left_out: String = letters.iter().map(|letter| escape(*letter)).collect();
        format!("[^{}{left_out}]", self.of)
    }
}

/// Characters in their order, three or more on end as a range.
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
    fn a_run_may_be_of_all_but_some_characters() {
        let without = Without { words: vec![".env".into(), "my-key".into()], of: r"/\\".into() };
        assert!(!matches(&without, ".ENV") && !matches(&without, "a/b") && !matches(&without, "my-key"));
        assert!(matches(&without, ".environment") && matches(&without, "my-keys") && matches(&without, "ü"));
    }
}
