//! Finds text that a model reads and a person does not see.

use super::homoglyph_name::code_point;
use crate::model::ModelText;
use crate::text::hidden as unseen;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "tag characters outside of a flag, direction overrides, rows of variation selectors, terminal \
                         codes, and rows or a large share of any characters that are not seen";

/// This many hidden characters in a row are a hidden text: scripts and emoji need at most two.
const ROW: usize = 4;
/// Fewest hidden characters in a text, and the share (one of 40) at which they are a hidden text: one byte takes eight.
const MANY: usize = 16;
const SHARE: usize = 40;

/// This many changes between kinds of white space in a row are not layout.
const CHANGES: usize = 40;

/// The tag sequences of the flags of England, Scotland and Wales: the only tag characters that are rendered.
const FLAGS: [&str; 3] = [
    "\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
    "\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
];

pub(crate) fn find(text: &ModelText<'_>) -> Option<String> {
    let c = hidden(&text.source).or_else(|| row_or_share(&text.source))?;
    Some(format!("{} hides text behind {}.", text.label_capitalised(), code_point(c)))
}

/// The first hidden character of `text` if there are many: in a row, or as a share of the text.
fn row_or_share(text: &str) -> Option<char> {
    let (mut first, mut count, mut row, mut end) = (None, 0, 0, usize::MAX);
    for (at, c) in unseen::hidden(text) {
        row = if at == end { row + 1 } else { 1 };
        end = at + c.len_utf8();
        count += 1;
        first.get_or_insert(c);
        if row >= ROW {
            return Some(c);
        }
    }
    let length = || text.chars().count();
    let share = first.filter(|_| count >= MANY && count * SHARE >= length());
    // A script needs joiners in some words, not after every other letter.
    let is_woven = |joiners: usize| joiners >= MANY && joiners * 3 > length();
    share
        .or_else(|| unseen::joiners(text).next().map(|(_, c)| c).filter(|_| is_woven(unseen::joiners(text).count())))
        .or_else(|| blanks(text))
}

/// The first character of a long run of changing white space: tabs and spaces can encode text.
fn blanks(text: &str) -> Option<char> {
    if text.is_ascii() && !has_long_blank(text) {
        return None;
    }
    let (mut first, mut previous, mut changes) = (None, None, 0);
    for c in text.chars() {
        if !c.is_whitespace() {
            (first, previous, changes) = (None, None, 0);
            continue;
        }
        first.get_or_insert(c);
        changes += usize::from(previous.is_some_and(|previous| previous != c));
        previous = Some(c);
        if changes >= CHANGES {
            return first;
        }
    }
    None
}

/// True if there are so many blanks in a row in the ASCII `text` that they can change often enough.
fn has_long_blank(text: &str) -> bool {
    let mut row = 0;
    text.len() > CHANGES
        && text.bytes().any(|byte| {
            row = if matches!(byte, b' ' | b'\t'..=b'\r') { row + 1 } else { 0 };
            row > CHANGES
        })
}

/// The first character of `text` that is always suspicious.
fn hidden(text: &str) -> Option<char> {
    if text.is_ascii() {
        return text.contains('\u{1b}').then_some('\u{1b}');
    }
    let mut previous = ' ';
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let is_direction = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        let is_tag = matches!(c, '\u{E0000}'..='\u{E007F}');
        if is_direction || is_tag || matches!(c, '\u{1b}' | '\u{9b}') || is_stray_selector(c, previous) {
            return Some(c);
        }
        rest = &rest[c.len_utf8()..];
        if c == '\u{1F3F4}' {
            rest = FLAGS.iter().find_map(|flag| rest.strip_prefix(flag)).unwrap_or(rest);
        }
        previous = c;
    }
    None
}

/// True for a variation selector without effect: after another one, or an ideographic one after anything but an
/// ideograph. A run of them can encode bytes.
fn is_stray_selector(c: char, previous: char) -> bool {
    let is_ideographic = |c| matches!(c, '\u{E0100}'..='\u{E01EF}');
    let is_selector = |c| matches!(c, '\u{FE00}'..='\u{FE0F}') || is_ideographic(c);
    let is_ideograph =
        matches!(previous, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}');
    is_selector(c) && (is_selector(previous) || (is_ideographic(c) && !is_ideograph))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_joiners_are_not_hidden_text() {
        assert_eq!(hidden("🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} ok"), None);
        assert_eq!(hidden("🏴\u{e0068}\u{e0069}\u{e007f}"), Some('\u{e0068}'), "no country's flag");
        let after = format!("🏴{}\u{e0061}", FLAGS[1]);
        assert_eq!(hidden(&after), Some('\u{e0061}'), "tags after the end of a flag");
        assert_eq!(hidden("a\u{202e}b"), Some('\u{202e}'));
        assert_eq!(hidden("👨‍👩‍👧"), None);
    }

    #[test]
    fn a_row_of_any_characters_that_are_not_seen_is_hidden_text() {
        let alphabets = [
            ['\u{200b}', '\u{200c}'],
            ['\u{2060}', '\u{2062}'],
            ['\u{e000}', '\u{e001}'],
            ['\u{3164}', '\u{115f}'],
            ['\u{2800}', '\u{034f}'],
            ['\u{fff9}', '\u{1d173}'],
            ['\u{2002}', '\u{2003}'],
            ['\u{1}', '\u{2}'],
            ['\u{180e}', '\u{180b}'],
            ['\u{378}', '\u{fdd0}'],
            ['\u{2028}', '\u{2029}'],
        ];
        for alphabet in alphabets {
            let row: String = (0..432).map(|at| alphabet[at % 2]).collect();
            assert!(row_or_share(&format!("Lists notes.{row}")).is_some(), "{alphabet:?}");
            let woven: String = "Lists all notes of it.".repeat(4).chars().flat_map(|c| [c, alphabet[0]]).collect();
            assert!(alphabet[0] == '\u{2002}' || row_or_share(&woven).is_some(), "{alphabet:?}");
        }
        for blanks in ["\t ", "\u{a0} ", "\n ", "\u{3000}\u{1680}"] {
            assert!(row_or_share(&format!("Lists notes.{}", blanks.repeat(216))).is_some(), "{blanks:?}");
        }
        let woven: String = ["ا\u{200c}", "ا\u{200d}"].concat().repeat(100);
        assert_eq!(row_or_share(&format!("Lists notes. {woven}")), Some('\u{200c}'));
        assert_eq!(row_or_share(&"1\u{fe0e}1\u{fe0f}".repeat(100)), Some('\u{fe0e}'));
        let layout = "a\n        b\n\n\t\tc \u{a0}d\n    \n    \n".repeat(100);
        let hebrew = "שלום\u{200f} (עולם)\u{200e} ".repeat(40);
        let thai = "ไทย\u{200b}".repeat(100);
        for text in [&layout, &hebrew, &thai] {
            assert_eq!(row_or_share(text), None, "{text}");
        }
        let persian = "یادداشت\u{200c}ها ".repeat(200);
        let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦 ".repeat(50);
        for text in [persian.as_str(), &family, "a\u{ad}b c\u{200b}d", "\u{f00c} done \u{f00d} failed"] {
            assert_eq!(row_or_share(text), None, "{text}");
        }
    }

    #[test]
    fn a_row_of_variation_selectors_is_hidden_text() {
        assert_eq!(hidden("❤\u{fe0f} 1\u{fe0f}\u{20e3} 葛\u{e0100}"), None);
        assert_eq!(hidden("❤\u{fe0f}\u{fe01}"), Some('\u{fe01}'));
        assert_eq!(hidden("a\u{e0121}"), Some('\u{e0121}'));
    }
}
