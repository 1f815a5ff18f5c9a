//! Text that a model reads and a person is not shown.

use super::homoglyph_name::code_point;
use crate::model::ModelText;

/// What it does, for `rules show`.
pub const ABOUT: &str =
    "tag characters outside of a flag, direction overrides, rows of variation selectors, and terminal codes";

/// The rest of the black flag emoji for England, Scotland and Wales: the only tag characters that are drawn.
const FLAGS: [&str; 3] = [
    "\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
    "\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
];

/// Hidden characters in `text`.
pub fn find(text: &ModelText<'_>) -> Option<String> {
    let c = hidden(&text.source)?;
    Some(format!("{} hides text behind {}.", text.place_capitalised(), code_point(c)))
}

/// The first hidden character of `text`.
fn hidden(text: &str) -> Option<char> {
    if text.is_ascii() {
        return text.chars().find(|&c| c == '\u{1b}');
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

/// True for a variation selector that selects nothing: behind another one, or an ideographic one behind anything but an
/// ideograph. A row of them can encode bytes.
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
    fn a_row_of_variation_selectors_is_hidden_text() {
        assert_eq!(hidden("❤\u{fe0f} 1\u{fe0f}\u{20e3} 葛\u{e0100}"), None);
        assert_eq!(hidden("❤\u{fe0f}\u{fe01}"), Some('\u{fe01}'));
        assert_eq!(hidden("a\u{e0121}"), Some('\u{e0121}'));
    }
}
