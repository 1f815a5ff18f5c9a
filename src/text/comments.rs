//! The comments and texts in code of any language, by the signs that most languages share.

use std::sync::LazyLock;

use regex::Regex;

/// Signs that begin a comment at the start of a line.
const AT_START: [&str; 9] = ["#", "//", "--", ";", "/*", "*", "<!--", "REM ", "rem "];
/// Signs that begin a comment behind code.
const BEHIND: [&str; 2] = [" # ", " // "];
/// Signs around a text of several lines.
const BLOCKS: [&str; 2] = ["\"\"\"", "'''"];

/// A text of several words in quotes.
static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#""([^"\n]{20,})"|'([^'\n]{20,})'|`([^`]{20,})`"#).expect("the pattern is right"));

/// The comments in `code`, those on lines that follow each other as one text, and the texts in quotes.
pub(crate) fn comments(code: &str) -> Vec<String> {
    let (mut found, mut open, mut is_inside) = (Vec::new(), String::new(), false);
    for line in code.lines() {
        let was_inside = is_inside;
        for sign in BLOCKS {
            is_inside ^= line.matches(sign).count() % 2 == 1;
        }
        let comment = if was_inside || is_inside { Some(line.trim()) } else { comment(line) };
        match comment {
            Some(text) => {
                open.push_str(text);
                open.push('\n');
            }
            None if !open.is_empty() => found.push(std::mem::take(&mut open)),
            None => {}
        }
    }
    found.extend((!open.is_empty()).then_some(open));
    let quoted = QUOTED.captures_iter(code).filter_map(|quoted| quoted.iter().skip(1).flatten().next());
    found.extend(quoted.map(|text| text.as_str().to_owned()));
    found
}

/// The comment on a line.
fn comment(line: &str) -> Option<&str> {
    let line = line.trim();
    if AT_START.iter().any(|sign| line.starts_with(sign)) {
        return Some(line.trim_start_matches(|c: char| c.is_ascii_punctuation() || c == ' '));
    }
    let behind = BEHIND.iter().filter_map(|sign| line.split_once(sign)).map(|(_, comment)| comment.trim());
    behind.min_by_key(|comment| std::cmp::Reverse(comment.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_are_found() {
        let code = "#!/usr/bin/env python3\n# One.\n# Two.\nx = 1  # three\n\"\"\"Four\nfive.\"\"\"\nprint(\"six is a text of words\")\n// seven\n";
        assert_eq!(
            comments(code),
            ["usr/bin/env python3\nOne.\nTwo.\nthree\n\"\"\"Four\nfive.\"\"\"\n", "seven\n", "six is a text of words"]
        );
    }
}
