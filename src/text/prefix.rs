//! The start of a long text.

/// `text` up to `max` bytes, at a character's boundary.
pub(crate) fn prefix(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
}
