//! Text as a reader sees it: invisible characters are removed and look-alikes become Latin letters, so that disguised
//! sentences are found. For comparison only, never for display: byte offsets differ from the original.

use std::borrow::Cow;

use unicode_security::confusable_detection::skeleton;

use super::clean::is_unsafe;

/// `text` as a person or a model reads it.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { text.chars().filter_map(folded).collect() }
}

/// The character that `c` looks like; `None` if it is invisible.
fn folded(c: char) -> Option<char> {
    match c {
        _ if c.is_ascii() => Some(c),
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{02BC}' | '\u{FF07}' | '\u{2032}' => Some('\''),
        '\u{201C}'..='\u{201F}' | '\u{00AB}' | '\u{00BB}' | '\u{FF02}' => Some('"'),
        '\u{FE0F}' => None,
        _ if is_unsafe(c) => None,
        _ => Some(latin(c).unwrap_or(c)),
    }
}

/// The Latin letter that `c` looks like; `None` if there is none.
pub(crate) fn latin(c: char) -> Option<char> {
    let like: String = if c.is_alphabetic() { skeleton(&c.to_string()).collect() } else { return None };
    let mut letters = like.chars();
    match (letters.next(), letters.next()) {
        // A capital I and a small l look the same.
        (Some('l'), None) if c.is_uppercase() => Some('I'),
        (Some(letter), None) if letter.is_ascii_alphabetic() => Some(letter),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dressed_up_reads_as_it_is_meant() {
        assert_eq!(fold("Don\u{2019}t te\u{200b}ll"), "Don't tell");
        assert_eq!(fold("\u{0406}gn\u{043e}r\u{0435}"), "Ignore");
        assert_eq!(fold("t\u{e0065}ell ❤\u{fe0f}"), "tell ❤");
        assert_eq!(fold("löschen 删除"), "löschen 删除");
    }
}
