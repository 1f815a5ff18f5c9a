//! Why a server cannot be added to a client, or removed from it.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::edit::EditError;
use crate::model::{Failure, FailureCause};
use crate::policy::PolicyError;
use crate::source::PinError;

/// Why a server cannot be added to a client.
pub(crate) type AddError = Failure<AddCause>;

/// Why a server cannot be removed from a client.
pub(crate) type RemoveError = Failure<RemoveCause>;

/// Why a server cannot be added to a client, or removed from it.
#[derive(Debug, Error)]
pub(crate) enum AddCause {
    /// Several targets, or a target that is not a server.
    #[error("it is not one server to start or to reach")]
    NoServer,
    /// The source of a package.
    #[error("the source of a package is read and not run, so it is no server that a client could start")]
    Package {
        /// The command that starts the package.
        command: String,
    },
    /// The version is unknown.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// The client has no configuration of this kind on this system.
    #[error("{0} has no configuration of this kind on this system")]
    NoPlace(&'static str),
    /// A file cannot be edited.
    #[error("{}: {cause}", .path.display())]
    Edit { path: PathBuf, cause: EditError },
    /// The user must add the entry by hand.
    #[error("{} has servers in a form that mcp-scan does not edit; paste this entry into it:\n{entry}", .path.display())]
    ByHand {
        path: PathBuf,
        client: &'static str,
        /// The entry in the format of the file.
        entry: String,
    },
    /// The client's permissions format cannot express the policy.
    #[error(transparent)]
    Permissions(#[from] PolicyError),
    /// A file cannot be read.
    #[error("{}: {cause}", .path.display())]
    Read {
        path: PathBuf,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// An existing file of the user would be overwritten.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// There is no terminal for the question.
    #[error("there is no terminal to ask on")]
    Nobody,
    /// The record for `mcp-scan remove` cannot be written.
    #[error("could not keep the record for `mcp-scan remove`: {0}")]
    Record(io::Error),
    /// `guard install` changed the entry.
    #[error("a guard stands in front of it")]
    Guarded {
        /// The command that takes the guard away.
        command: String,
    },
    /// There is no record of this server.
    #[error("mcp-scan did not add a server of this name{}", .file.as_ref().map(|file| format!(" to {}", file.display())).unwrap_or_default())]
    NotAdded {
        /// The configuration. `None` if that of every client was looked at.
        file: Option<PathBuf>,
        /// The commands that remove what was added.
        removable: Vec<String>,
    },
    /// Several clients have a server of this name.
    #[error("it was added to several clients")]
    SeveralClients {
        /// The commands that remove what was added.
        removable: Vec<String>,
    },
}

/// Which servers can be removed.
fn removable(commands: &[String]) -> String {
    match commands {
        [] => "mcp-scan has added no server here that it could remove; check --client and --project".into(),
        commands => format!("what `mcp-scan add` wrote is removed by {}", commands.join(", or by ")),
    }
}

impl FailureCause for AddCause {
    fn attempt(&self) -> String {
        "could not add the server".into()
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoServer => "give one command that starts it, or its address",
            Self::Package { command } => return Some(format!("give the command that starts it: {command}")),
            Self::Pin(_) => "write the version into the command: npx -y NAME@1.2.3, uvx NAME==1.2.3",
            Self::ByHand { client, .. } => {
                return Some(format!(
                    "nothing was written; when {client} has the entry, write the policy and the lock with `mcp-scan --policy FILE` and `mcp-scan lock`"
                ));
            }
            Self::NoPlace(_) => "give --project DIR for the configuration of a project, or another client",
            Self::Edit { cause: EditError::Taken(_), .. } => "give another --name, or remove what is there",
            Self::Edit { cause: EditError::Format(_), .. } => {
                "write the entry by hand, and lock the server with `mcp-scan lock`"
            }
            Self::Edit { .. } => "mend the file; it is as it was",
            Self::Permissions(_) => "give another --name",
            Self::Read { .. } => "check the file and its permissions",
            Self::Exists(_) => "give another --policy FILE, or merge with `mcp-scan --policy FILE --merge`",
            Self::Nobody => "give --yes to write without a question, or --dry-run to see what would be written",
            Self::Record(_) => "nothing was written; check the folder of states",
            Self::Guarded { command } => return Some(format!("take the guard away first: `{command}`")),
            Self::NotAdded { removable: commands, .. } | Self::SeveralClients { removable: commands } => {
                return Some(removable(commands));
            }
        };
        Some(hint.into())
    }
}

/// Why a server cannot be removed from a client: the causes are those of adding one.
#[derive(Debug, Error)]
#[error(transparent)]
pub(crate) struct RemoveCause(AddCause);

impl FailureCause for RemoveCause {
    fn attempt(&self) -> String {
        "could not remove the server".into()
    }

    fn hint(&self) -> Option<String> {
        match &self.0 {
            AddCause::Edit { .. } => Some(
                "nothing was changed; mend the file, or take the entry out of it by hand, and run this again".into(),
            ),
            AddCause::Nobody => {
                Some("give --yes to remove without a question, or --dry-run to see what would be removed".into())
            }
            other => other.hint(),
        }
    }
}

/// The error that the server `name` cannot be added.
pub(crate) fn failure(name: &str, cause: AddCause) -> AddError {
    AddError::new(name.to_owned(), cause)
}

/// The error that the server `name` cannot be removed.
pub(crate) fn removal_failure(name: &str, cause: AddCause) -> RemoveError {
    RemoveError::new(name.to_owned(), RemoveCause(cause))
}
