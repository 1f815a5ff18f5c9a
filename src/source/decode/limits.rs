//! Limits on definitions.

/// Maximum length of a name, in characters. The protocol recommends at most 128.
pub(crate) const MAX_NAME: usize = 1_000;
