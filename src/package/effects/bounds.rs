//! How far calls are followed.

/// The longest chain of calls.
pub(super) const MAX_DEPTH: usize = 6;
/// The most functions that are visited for one start.
pub(super) const MAX_VISITED: usize = 150;
