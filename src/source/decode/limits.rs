//! Limits on definitions.

/// Maximum length of a name, in characters. The protocol recommends at most 128.
pub(crate) const MAX_NAME: usize = 1_000;
/// Maximum length of a URI, in characters.
pub(crate) const MAX_URI: usize = 8_192;
/// Maximum number of arguments of a prompt, of domains and of permissions of an app. Real ones have a few.
pub(crate) const MAX_PARTS: usize = 500;

/// The first `max` characters of `text`, or `None` if it is not longer.
pub(crate) fn cut(text: &str, max: usize) -> Option<String> {
    let (end, _) = text.char_indices().nth(max)?;
    text.get(..end).map(str::to_owned)
}
