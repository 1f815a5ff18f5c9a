//! Why a log cannot be written or read.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::text::os_error::in_words;

/// Why a log cannot be written.
#[derive(Debug, Error)]
pub(crate) enum LogError {
    /// The file cannot be opened.
    #[error("could not open the log {}: {}", path.display(), in_words(cause))]
    Open { path: PathBuf, cause: io::Error },
    /// It is a folder, a device or a symbolic link.
    #[error("could not open the log {}: it is not a regular file", path.display())]
    NotAFile { path: PathBuf },
    /// The file cannot be written, for example because the disk is full.
    #[error("could not write to the log {}: {}", path.display(), in_words(cause))]
    Write { path: PathBuf, cause: io::Error },
    /// Another process holds the log.
    #[error("could not write to the log {}: another process held it for {seconds} seconds", path.display())]
    Busy { path: PathBuf, seconds: u64 },
}

/// Why a log cannot be read.
#[derive(Debug, Error)]
pub(crate) enum LogReadError {
    /// The file cannot be read.
    #[error("{}: {}", path.display(), in_words(cause))]
    File { path: PathBuf, cause: io::Error },
    /// A line is not a record of a guard.
    #[error("{}: line {line} is no record of a guard: {why}", path.display())]
    NotARecord { path: PathBuf, line: usize, why: String },
}
