//! Why a guard cannot be put in front of a server, or taken away.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::entry_text::EntryTextError;
use crate::cli::add::edit::EditError;
use crate::model::{Failure, FailureCause};
use crate::text::prose;

/// Why a guard cannot be put in front of a server, or taken away.
pub(crate) type InstallError = Failure<InstallCause>;

/// Why a guard cannot be put in front of a server, or taken away.
#[derive(Debug, Error)]
pub(crate) enum InstallCause {
    /// The client has no configuration of this kind on this system.
    #[error("{0} has no configuration of this kind on this system")]
    NoPlace(&'static str),
    /// A file cannot be read.
    #[error("{}: {cause}", .path.display())]
    Read { path: PathBuf, cause: io::Error },
    /// The configuration has a format that is not edited.
    #[error("{}: {cause}", .path.display())]
    Format { path: PathBuf, cause: EditError },
    /// The entry cannot be changed.
    #[error("{}: {cause}", .path.display())]
    Entry { path: PathBuf, cause: EntryTextError },
    /// The configuration has no such server.
    #[error("{} has no server of this name", .path.display())]
    NoServer {
        path: PathBuf,
        /// The servers that it has.
        known: Vec<String>,
    },
    /// The record for `mcp-scan guard uninstall` cannot be written or read.
    #[error("the record for `mcp-scan guard uninstall`: {0}")]
    Record(io::Error),
    /// There is no folder for the policy, the lock and the log.
    #[error("there is no folder for its policy, its lock and its log")]
    NoFolder,
    /// There is no terminal for the question.
    #[error("nobody is there to ask")]
    Nobody,
}

impl FailureCause for InstallCause {
    fn attempt(&self) -> String {
        "could not change the configuration".into()
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoPlace(_) => "give --project DIR for the configuration of a project, or another client",
            Self::Read { .. } => "check the file and its permissions",
            Self::Format { .. } | Self::Entry { cause: EntryTextError::Form | EntryTextError::OfProject, .. } => {
                "write the entry by hand: `mcp-scan guard --policy FILE -- COMMAND` in the place of COMMAND"
            }
            Self::Entry { .. } => "mend the file; it is as it was",
            Self::NoServer { known, .. } if known.is_empty() => "`mcp-scan discover` lists the servers of all clients",
            Self::NoServer { known, .. } => return Some(format!("it has {}", prose::list(known))),
            Self::Record(_) => "nothing was written; check the folder of states",
            Self::NoFolder => "name one with --folder DIR",
            Self::Nobody => "give --yes to write without a question, or --dry-run to see what would be written",
        };
        Some(hint.into())
    }
}

/// The error that `subject` cannot be guarded.
pub(super) fn failure(subject: &str, cause: InstallCause) -> InstallError {
    InstallError::new(subject.to_owned(), cause)
}
