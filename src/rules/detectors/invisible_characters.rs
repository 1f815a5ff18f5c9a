//! Finds invisible characters.

use super::homoglyph_name::code_point;
use crate::model::ModelText;
use crate::text::hidden::hidden;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "characters without a width or without ink that no script or emoji needs";

pub(crate) fn find(text: &ModelText<'_>) -> Option<String> {
    let c = invisible(&text.source).or_else(|| unseen(&text.source))?;
    Some(format!("{} holds the invisible {}.", text.label_capitalised(), code_point(c)))
}

/// The first character that no script or emoji needs at its position; icons and spaces of other widths do not count.
fn unseen(text: &str) -> Option<char> {
    let is_drawn = |c: char| matches!(c, '\u{2000}'..='\u{200A}' | '\u{205F}' | '\u{E000}'..='\u{F8FF}');
    hidden(text).map(|(_, c)| c).find(|&c| !is_drawn(c))
}

fn invisible(text: &str) -> Option<char> {
    let is_invisible = |c: char| {
        matches!(
            c,
            '\u{200B}' | '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{2060}'
                ..='\u{2064}' | '\u{2800}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
        )
    };
    if text.is_ascii() { None } else { text.chars().find(|&c| is_invisible(c)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_found_and_joiners_are_not() {
        for blank in ['\u{3164}', '\u{115f}', '\u{2800}'] {
            assert_eq!(invisible(&format!("a{blank}b")), Some(blank));
        }
        assert_eq!(invisible("👨‍👩‍👧"), None);
    }
}
