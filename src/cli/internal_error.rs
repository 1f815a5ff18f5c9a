//! Failures of this program or of the machine.

use std::io;

use thiserror::Error;

use crate::model::{Failure, FailureCause};
use crate::server::ServeError;

/// A failure of this program or of the machine.
pub(crate) type InternalError = Failure<InternalCause>;

/// What failed.
#[derive(Debug, Error)]
pub(crate) enum InternalCause {
    /// The async runtime cannot be created.
    #[error("{0}")]
    Runtime(io::Error),
    /// The tool definitions of `serve` are invalid.
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
