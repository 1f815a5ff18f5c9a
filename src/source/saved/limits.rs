//! Size limits of saved listings.

/// Maximum size of a JSON document after unpacking, in bytes. JSONL is streamed and has no such limit.
pub(crate) const MAX_DOCUMENT: u64 = 256 << 20;
/// Maximum length of a JSONL line, in bytes.
pub(crate) const MAX_LINE: u64 = 16 << 20;
/// Largest window of a Zstandard file, as a power of two: 32 MiB of memory.
pub(crate) const MAX_WINDOW_LOG: u32 = 25;
