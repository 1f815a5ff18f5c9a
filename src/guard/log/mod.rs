//! The log of decisions: JSON lines, each with the digest of the line before, in files that several guards share.
//!
//! - [`entry`] a decision and its line; [`chain`] the digests; [`head`] the state of the log after its last line
//! - [`queue`] hands records to the thread that writes them; [`writer`] appends lines and rotates files; [`reader`] reads them; [`mod@verify`] finds what was changed
//! - [`summary`] counts decisions by tool

mod chain;
mod entry;
mod error;
mod files;
mod head;
mod options;
mod queue;
mod reader;
mod summary;
#[cfg(test)]
mod tests;
mod verify;
mod writer;

pub(crate) use entry::{Ending, LogEntry};
pub(crate) use error::{LogError, LogReadError};
pub(crate) use options::LogOptions;
pub(crate) use queue::{LogQueue, LogRecord, Observer};
pub(crate) use summary::{Summary, ToolSummary, summarize};
pub(crate) use verify::{Verification, verify};
pub(crate) use writer::AuditLog;
