//! Why a server could not be started.

use std::io;

use super::environment::UnsetVariable;
use super::sandbox_error::SandboxError;

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// A variable to pass on is not set.
    #[error(transparent)]
    NoVariable(#[from] UnsetVariable),
    /// The requested sandbox is not available.
    #[error(transparent)]
    NoSandbox(#[from] SandboxError),
    /// There is no default container image for the program.
    #[error("no container image is known for {0}")]
    NoImage(String),
    /// A container cannot receive variables with several lines.
    #[error("the value of {0} has several lines, which a container cannot get")]
    SeveralLines(String),
    /// An error of the operating system.
    #[error("{0}")]
    System(#[from] io::Error),
}

impl StartError {
    /// What the user can try.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::NoVariable(_) => "set it, or give it a value with --env NAME=VALUE",
            Self::NoSandbox(SandboxError::NoneWorks(_)) => "install bubblewrap, or name another: --sandbox docker",
            Self::NoSandbox(SandboxError::OfflineWithout) => "leave out --offline, or leave out --sandbox none",
            Self::NoSandbox(
                SandboxError::NoProgram(_)
                | SandboxError::DoesNotWork(..)
                | SandboxError::OtherSystem(_)
                | SandboxError::NoLandlock,
            ) => "--sandbox auto takes the first that works here; --sandbox none starts the server without one",
            Self::NoImage(_) => "name one that holds it: --sandbox docker:IMAGE",
            Self::SeveralLines(_) => "use another sandbox, such as --sandbox bwrap",
            Self::System(_) => "check that the command runs by itself",
        }
    }
}
