//! A list of the server's known tools in the policy file, so that tools that a person deleted stay out.

use std::collections::BTreeSet;

use super::lines::{File, Line};

/// The line above the names.
const HEADING: &str = "# The server's tools so far. --merge leaves out those that were deleted above:";
/// Width of a line with names, in columns.
const WIDTH: usize = 78;

/// The comment lines for `names`: the heading and a JSON array in ASCII.
pub(crate) fn lines<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let sorted: BTreeSet<&str> = names.into_iter().collect();
    let mut lines = vec![HEADING.to_owned(), "# [".to_owned()];
    for (at, name) in sorted.iter().enumerate() {
        let comma = if at + 1 < sorted.len() { "," } else { "" };
        let word = format!("{}{comma}", ascii(name));
        if let Some(line) = lines.last_mut() {
            let space = if line.ends_with('[') { "" } else { " " };
            if line.len() + space.len() + word.len() <= WIDTH || line.ends_with('[') {
                line.push_str(&format!("{space}{word}"));
                continue;
            }
        }
        lines.push(format!("#  {word}"));
    }
    lines.iter_mut().last().into_iter().for_each(|line| line.push(']'));
    lines
}

/// The names listed in `text`, and the range of lines; `None` if there is no list, or if it was edited.
pub(crate) fn read(text: &str) -> Option<(BTreeSet<String>, std::ops::Range<usize>)> {
    let lines: Vec<&str> = text.lines().collect();
    let heading = lines.iter().rposition(|line| *line == HEADING)?;
    let is_closed = |line: &&str| line.ends_with(']');
    let last = (heading + 1..lines.len()).find(|at| is_closed(&lines[*at]))?;
    let array: Option<String> = lines[heading + 1..=last].iter().map(|line| line.strip_prefix('#')).collect();
    let names: Vec<String> = serde_json::from_str(&array?).ok()?;
    Some((names.into_iter().collect(), heading..last + 1))
}

impl File {
    /// Updates the list in the file: `names`, which it has, and `now`.
    pub(crate) fn remember(&mut self, names: &BTreeSet<String>, now: &[&str]) {
        let Some((_, place)) = read(&self.text()) else { return };
        let all = lines(names.iter().map(String::as_str).chain(now.iter().copied()));
        self.lines.splice(place, all.into_iter().map(Line::new));
    }
}

/// `name` as a JSON string in ASCII, which is safe in comments.
fn ascii(name: &str) -> String {
    let quoted = serde_json::Value::from(name).to_string();
    let mut out = String::with_capacity(quoted.len());
    for unit in quoted.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte @ 0x20..=0x7e) => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_names_are_remembered(names in proptest::collection::btree_set(".{0,40}", 0..20)) {
            let text = format!("tools: {{}}\n{}\n# Unedited: x\n", lines(names.iter().map(String::as_str)).join("\n"));
            prop_assert!(text.is_ascii());
            let (read, _) = read(&text).unwrap();
            prop_assert_eq!(read, names);
        }
    }

    #[test]
    fn what_is_not_ours_is_not_read() {
        assert!(read("tools: {}\n").is_none());
        assert!(read(&format!("{HEADING}\n# [\"a\"\ntools: {{}}\n")).is_none());
        assert!(read(&format!("{HEADING}\ntools: []\n")).is_none());
    }
}
