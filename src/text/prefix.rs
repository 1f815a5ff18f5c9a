//! Truncation at a character boundary.

/// The first `max` bytes of `text`, or fewer so that no character is cut.
pub(crate) fn prefix(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
}
