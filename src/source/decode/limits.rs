//! How much of a definition is kept.

/// Longest name kept, in characters; the protocol advises 128.
pub(crate) const MAX_NAME: usize = 1_000;
