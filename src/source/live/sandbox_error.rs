//! Why a sandbox is not available.

/// Why a sandbox is not available.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SandboxError {
    /// A program is not installed.
    #[error("there is no {0}")]
    NoProgram(&'static str),
    /// A program is installed but fails.
    #[error("{0} does not work here: {1}")]
    DoesNotWork(&'static str, String),
    /// The sandbox belongs to another operating system.
    #[error("{0} is not of this system")]
    OtherSystem(&'static str),
    /// The kernel is too old or built without Landlock.
    #[error("the kernel has no Landlock")]
    NoLandlock,
    /// `--offline` was requested without a sandbox.
    #[error("only a sandbox can keep a server from the network")]
    OfflineWithout,
    /// No sandbox works.
    #[error("a sandbox is required, and none works here: {}", list(.0))]
    NoneWorks(Vec<SandboxError>),
}

/// The reasons on one line.
pub(crate) fn list(causes: &[SandboxError]) -> String {
    causes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
