//! How much of a saved listing is read.

/// Largest JSON document read, in bytes after unpacking; JSONL is streamed and has no such limit.
pub(crate) const MAX_DOCUMENT: u64 = 256 << 20;
/// Longest line of JSONL, in bytes.
pub(crate) const MAX_LINE: u64 = 16 << 20;
