//! Changes to a text by its lines, made all at once.

use std::collections::{BTreeMap, BTreeSet};

/// Changes to some lines of a text; lines are counted from 0.
#[derive(Debug, Default)]
pub struct Edits {
    inserted: BTreeMap<usize, String>,
    replaced: BTreeMap<usize, String>,
    removed: BTreeSet<usize>,
}

impl Edits {
    /// Puts `lines`, each with its end, before the line `at`, after what was put there earlier.
    pub fn insert(&mut self, at: usize, lines: String) {
        self.inserted.entry(at).or_default().push_str(&lines);
    }

    /// Puts `line` in the place of the line `at`.
    pub fn replace(&mut self, at: usize, line: String) {
        self.replaced.insert(at, line);
    }

    /// Takes the line `at` away.
    pub fn remove(&mut self, at: usize) {
        self.removed.insert(at);
    }

    /// `text`, whose lines with their ends are `lines`, with the changes; what is new ends its lines as the text does.
    pub fn apply(self, text: &str, lines: &[&str]) -> String {
        let windows = text.contains("\r\n");
        let ended = |new: &str| if windows { new.replace('\n', "\r\n") } else { new.to_owned() };
        let mut out = String::with_capacity(text.len());
        for at in 0..=lines.len() {
            if let Some(new) = self.inserted.get(&at) {
                if !out.is_empty() && !out.ends_with('\n') {
                    out.push_str(&ended("\n"));
                }
                out.push_str(&ended(new));
            }
            let Some(line) = lines.get(at).filter(|_| !self.removed.contains(&at)) else { continue };
            match self.replaced.get(&at) {
                Some(new) => out.push_str(&ended(new)),
                None => out.push_str(line),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_keep_the_ends_of_lines() {
        let text = "a\r\nb\r\nc";
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mut edits = Edits::default();
        edits.insert(3, "d\n".into());
        edits.insert(1, "x\n".into());
        edits.insert(1, "y\n".into());
        edits.replace(1, "B\n".into());
        edits.remove(0);
        assert_eq!(edits.apply(text, &lines), "x\r\ny\r\nB\r\nc\r\nd\r\n");
        assert_eq!(Edits::default().apply(text, &lines), text);
    }
}
