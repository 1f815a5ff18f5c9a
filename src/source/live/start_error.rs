//! Why a server was not started.

use std::io;

use super::environment::UnsetVariable;
use super::sandbox_error::SandboxError;

/// Why a server was not started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// A variable to pass on is not there.
    #[error(transparent)]
    NoVariable(#[from] UnsetVariable),
    /// The sandbox that was asked for cannot be had.
    #[error(transparent)]
    NoSandbox(#[from] SandboxError),
    /// No image is known for the program.
    #[error("no container image is known for {0}")]
    NoImage(String),
    /// A container takes variables of one line.
    #[error("the value of {0} has several lines, which a container cannot get")]
    SeveralLines(String),
    /// The system refused.
    #[error("{0}")]
    System(#[from] io::Error),
}

impl StartError {
    /// What to try.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::NoVariable(_) => "set it, or give it a value with --env NAME=VALUE",
            Self::NoSandbox(SandboxError::NoneWorks(_)) => "install bubblewrap, or name another: --sandbox docker",
            Self::NoSandbox(_) => "start the server without it: --sandbox none, and without --offline",
            Self::NoImage(_) => "name one that holds it: --sandbox docker:IMAGE",
            Self::SeveralLines(_) => "use another sandbox, such as --sandbox bwrap",
            Self::System(_) => "check that the command runs by itself",
        }
    }
}
