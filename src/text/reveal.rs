//! Text shown so that nothing in it can hide: every blank or invisible character but a single space between words is
//! shown by its escape, and a long run of one character is counted instead of repeated.

use std::sync::LazyLock;

use regex::Regex;

/// Runs of one character up to this long are shown as they are.
const LONGEST_RUN: usize = 40;
/// The same for characters that are escaped.
const LONGEST_ESCAPED_RUN: usize = 3;

/// What takes room or none and shows nothing: controls, formats, separators, unassigned and private characters, default
/// ignorables, fillers and the blank Braille pattern.
static UNSEEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[\p{C}\p{Z}\p{White_Space}\p{Default_Ignorable_Code_Point}\x{2800}\x{3164}\x{FFA0}]$")
        .expect("the pattern is right")
});

/// True for a character that a person does not see.
pub(crate) fn is_unseen(c: char) -> bool {
    // Plain ASCII needs no pattern.
    if c.is_ascii() {
        return c.is_ascii_control() || c == ' ';
    }
    UNSEEN.is_match(c.encode_utf8(&mut [0; 4]))
}

/// `text` on one line with every hidden character shown: `a\u{2800}b`, `a\u{20}[×500]b`.
pub(crate) fn reveal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut follows_a_word = false;
    while let Some(c) = chars.next() {
        let mut run = 1;
        while chars.next_if_eq(&c).is_some() {
            run += 1;
        }
        let is_gap = c == ' ' && run == 1 && follows_a_word && chars.peek().is_some();
        let is_shown = is_gap || !is_unseen(c);
        let shown = if is_shown { c.to_string() } else { c.escape_unicode().to_string() };
        if run <= if is_shown { LONGEST_RUN } else { LONGEST_ESCAPED_RUN } {
            out.extend(std::iter::repeat_n(shown, run));
        } else {
            out.push_str(&format!("{shown}[×{run}]"));
        }
        follows_a_word = !is_unseen(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides() {
        for (text, shown) in [
            ("node server.js", "node server.js"),
            ("a  b ", "a\\u{20}\\u{20}b\\u{20}"),
            ("a\nb\tc\r", "a\\u{a}b\\u{9}c\\u{d}"),
            ("x\u{2800}y\u{202e}z\u{200b}", "x\\u{2800}y\\u{202e}z\\u{200b}"),
            ("\u{e0041}\u{115f}\u{3000}\u{fe0f}", "\\u{e0041}\\u{115f}\\u{3000}\\u{fe0f}"),
            ("\u{1b}[2Jok", "\\u{1b}[2Jok"),
            ("größe 日本", "größe 日本"),
        ] {
            assert_eq!(reveal(text), shown);
        }
        assert_eq!(reveal(&format!("a{}; evil", " ".repeat(5_000))), "a\\u{20}[×5000]; evil");
        assert_eq!(reveal(&format!("{}evil", "A".repeat(5_000))), "A[×5000]evil");
    }
}
