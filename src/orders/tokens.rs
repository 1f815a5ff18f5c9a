//! The tokens of a sentence, and where a sentence ends.

use super::classes::Classes;
use crate::text::words::Words;

/// A word, a name, a quotation or an address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) classes: Classes,
    /// Its first word, and the first one after it.
    pub(crate) words: (u32, u32),
    /// The first byte of the negation before a verb, if there is one.
    pub(crate) negation: Option<usize>,
    /// Its first byte in the folded text.
    pub(crate) start: usize,
    /// One past its last byte.
    pub(crate) end: usize,
}

/// True if a sentence ends before word `at`: at a full stop with a space, an empty line, or a line break before a
/// bullet or a capital letter.
pub(crate) fn ends_sentence(words: &Words<'_>, at: usize) -> bool {
    let gap = words.gap_before(at);
    if gap == " " || gap.is_empty() {
        return false;
    }
    if let Some(stop) = gap.find(['.', '!', '?', '\u{3002}']) {
        return gap[stop..].contains(char::is_whitespace) || gap.contains('\u{3002}');
    }
    match gap.find('\n') {
        Some(line) => gap[line + 1..].chars().any(|c| !c.is_whitespace() || c == '\n') || words.is_capitalised(at),
        None => false,
    }
}
