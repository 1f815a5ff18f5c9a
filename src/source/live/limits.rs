//! How much of a server's messages is read.

/// Longest line or message, in bytes.
pub const MAX_MESSAGE: usize = 16 << 20;
