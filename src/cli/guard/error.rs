//! Why a server cannot be guarded.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

use crate::guard::log::LogError;
use crate::guard::state::StateError;
use crate::model::{Failure, FailureCause};

/// Why a server cannot be guarded.
pub(crate) type GuardError = Failure<GuardCause>;

/// Why a server cannot be guarded.
#[derive(Debug, Error)]
pub(crate) enum GuardCause {
    /// No target, several targets, or a target that is not a server.
    #[error("it is not one server to start")]
    NoServer,
    /// The server is reached over HTTP.
    #[error("it is reached over HTTP, and a guard stands in front of servers that it starts")]
    Http,
    /// The counts cannot be kept.
    #[error(transparent)]
    State(#[from] StateError),
    /// The log cannot be opened.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The system has no state folder.
    #[error("there is no folder to count calls in")]
    NoStateFolder,
    /// `--metrics`: the address is taken.
    #[error("the counts cannot be served at {address}: {cause}")]
    Metrics { address: SocketAddr, cause: io::Error },
    /// The streams failed.
    #[error("{0}")]
    Streams(io::Error),
}

impl FailureCause for GuardCause {
    fn attempt(&self) -> String {
        "could not guard the server".into()
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoServer => "give the command of one server: mcp-scan guard --policy FILE -- npx -y some-server",
            Self::Http => "give a command; a bridge such as mcp-remote reaches a URL over stdio",
            Self::State(_) | Self::NoStateFolder => "name another place with --state, such as --state memory",
            Self::Log(_) => "name another file with --log",
            Self::Metrics { .. } => "name another port with --metrics",
            Self::Streams(_) => return None,
        };
        Some(hint.into())
    }
}
