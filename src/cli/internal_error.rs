//! Why this program cannot work: a failure of its own or of the machine.

use std::io;

use thiserror::Error;

use crate::model::{Failure, FailureCause};
use crate::server::ServeError;

/// A failure of this program or of the machine.
pub(crate) type InternalError = Failure<InternalCause>;

/// Why this program cannot work.
#[derive(Debug, Error)]
pub(crate) enum InternalCause {
    /// No threads or no event queue.
    #[error("{0}")]
    Runtime(io::Error),
    /// The tools of `serve` are not what the protocol wants.
    #[error("{0}")]
    Tools(serde_json::Error),
    /// The connection of `serve` failed.
    #[error("{0}")]
    Connection(ServeError),
}

impl FailureCause for InternalCause {
    fn attempt(&self) -> String {
        match self {
            Self::Runtime(_) => "could not start to read",
            Self::Tools(_) | Self::Connection(_) => "could not serve",
        }
        .into()
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Runtime(_) => None,
            Self::Tools(_) | Self::Connection(_) => Some("`mcp-scan serve` is started by an MCP client".into()),
        }
    }
}
