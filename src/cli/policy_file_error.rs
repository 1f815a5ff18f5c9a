//! Why a policy file cannot be read or written.

use std::io;

use thiserror::Error;

use crate::model::{Failure, FailureCause};
use crate::policy::PolicyError;
use crate::policy::merge::MergeError;
use crate::text::os_error::in_words;

/// A policy file that cannot be read or written.
pub(crate) type PolicyFileError = Failure<PolicyFileCause>;

/// Why a policy file cannot be read or written.
#[derive(Debug, Error)]
pub(crate) enum PolicyFileCause {
    /// An error of the operating system while reading.
    #[error("{}", in_words(.0))]
    Read(io::Error),
    /// The file is over the size limit.
    #[error("it has {length} bytes; at most {max} are read")]
    TooLarge {
        length: u64,
        /// The limit, in bytes.
        max: u64,
    },
    /// The file is not a valid policy of its format. The report shows lines with carets.
    #[error("{report}")]
    Syntax {
        /// The name of the format.
        format: &'static str,
        /// What is wrong.
        report: String,
        /// The other formats that can be read.
        others: Vec<&'static str>,
    },
    /// A policy that only its engine can decide, where its rules are needed.
    #[error("its rules cannot be read: a policy of {format} decides single calls")]
    Engine {
        /// The name of the format.
        format: &'static str,
    },
    /// An overlay over a policy that only its engine can decide.
    #[error("a policy of {format} takes no overlay")]
    Overlay {
        /// The name of the format.
        format: &'static str,
    },
    /// An error of the operating system while writing.
    #[error("{}", in_words(.0))]
    Write(io::Error),
    /// The format cannot express the policy.
    #[error("{0}")]
    Format(PolicyError),
    /// The format cannot express the patch.
    #[error("{0}")]
    Patch(PolicyError),
    /// The existing file has edits of the user.
    #[error("it was edited since it was written, or was not written by mcp-scan")]
    Edited {
        /// Whether `--merge` can add new tools to it.
        can_merge: bool,
    },
    /// The existing file differs, and its format has no place to record who wrote it.
    #[error("another file is there, which a person may have edited")]
    MayBeEdited,
    /// The existing file is the policy of another server.
    #[error("{0}")]
    OtherServer(MergeError),
    /// `--merge` with a format other than intercept.
    #[error("only a policy of the intercept format can be merged into")]
    MergeFormat,
    /// Several formats need a folder, but the path is a file.
    #[error("it is a file; several formats need a folder")]
    NeedsFolder,
    /// The existing file for `--merge` cannot be read.
    #[error("{}", in_words(.0))]
    MergeRead(io::Error),
    /// The existing file cannot be merged. The report shows lines with carets.
    #[error("{report}")]
    Merge {
        cause: MergeError,
        /// The cause, with the lines of the file.
        report: String,
    },
}

impl FailureCause for PolicyFileCause {
    fn attempt(&self) -> String {
        match self {
            Self::Read(_) | Self::TooLarge { .. } | Self::Engine { .. } => "could not read the policy",
            Self::Overlay { .. } => "could not lay a policy over the policy",
            Self::Syntax { format, .. } => return format!("could not read the policy as {format}"),
            Self::Write(_)
            | Self::Format(_)
            | Self::MergeFormat
            | Self::Edited { .. }
            | Self::MayBeEdited
            | Self::OtherServer(_) => "could not write the policy",
            Self::Patch(_) => "could not write the patch for the policy",
            Self::NeedsFolder => "could not write the policies",
            Self::MergeRead(_) | Self::Merge { .. } => "could not merge into the policy",
        }
        .into()
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Read(cause) if cause.kind() == io::ErrorKind::NotFound => {
                "check the path; `mcp-scan --policy FILE -- COMMAND` writes a policy for the server that COMMAND starts"
            }
            Self::Read(_) | Self::TooLarge { .. } | Self::Write(_) => return None,
            Self::Syntax { others, .. } => {
                return Some(format!("for another format give --policy-format: {}", others.join(" or ")));
            }
            Self::Engine { .. } => {
                "give the intercept policy of the same server; `mcp-scan policy test` and `policy check` read this format"
            }
            Self::Overlay { .. } => "write the conditions into the policy itself",
            Self::Format(PolicyError::Name { .. }) => {
                "rename the server in the client's configuration, and say its name there with --server-name NAME"
            }
            Self::Format(_) | Self::Patch(_) => return None,
            Self::MergeFormat => "leave --policy-format out, or --merge",
            Self::NeedsFolder => "give the name of a folder; it is made when it is not there",
            Self::Edited { can_merge: true } => {
                "give --merge to keep what is there and add what is new, or --force to write over it"
            }
            Self::Edited { can_merge: false } | Self::MayBeEdited => "give --force to write over it, or another path",
            Self::OtherServer(_) => "give another name for the file, or --force to write over it",
            Self::MergeRead(_) => "check the file and its permissions",
            Self::Merge { cause: MergeError::Profile { file, .. }, .. } => {
                return Some(format!("give --profile {file}, or write a new policy without --merge"));
            }
            Self::Merge { cause: MergeError::Server { .. }, .. } => {
                "give the policy of this server, or --force when it is the same server under another name"
            }
            Self::Merge { .. } => "mend the file, or write a new one without --merge; it is as it was",
        };
        Some(hint.into())
    }
}
