//! How a log is written.

use crate::source::secret::KnownSecrets;

/// How a log is written.
#[derive(Debug, Clone)]
pub(crate) struct LogOptions {
    /// The size in bytes at which a new file begins.
    pub(crate) max_bytes: u64,
    /// How many full files are kept beside the current one.
    pub(crate) keep: u32,
    /// Whether the arguments of calls are written, with their secrets redacted.
    pub(crate) arguments: bool,
    /// The secrets of the guard's environment and headers, redacted from arguments.
    pub(crate) secrets: KnownSecrets,
}

impl LogOptions {
    /// The default of `--log-max-size`.
    pub(crate) const MAX_BYTES: u64 = 64 << 20;
    /// The default of `--log-keep`.
    pub(crate) const KEEP: u32 = 9;
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { max_bytes: Self::MAX_BYTES, keep: Self::KEEP, arguments: false, secrets: KnownSecrets::default() }
    }
}
