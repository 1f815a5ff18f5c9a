//! Why there is no sandbox.

/// Why there is no sandbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SandboxError {
    /// A program is missing.
    #[error("there is no {0}")]
    NoProgram(&'static str),
    /// A program is there and fails.
    #[error("{0} does not work here: {1}")]
    DoesNotWork(&'static str, String),
    /// Another system has it.
    #[error("{0} is not of this system")]
    OtherSystem(&'static str),
    /// The kernel is too old or was built without it.
    #[error("the kernel has no Landlock")]
    NoLandlock,
    /// No network was asked for, and no sandbox.
    #[error("only a sandbox can keep a server from the network")]
    OfflineWithout,
    /// No sandbox works.
    #[error("a sandbox is required, and none works here: {}", list(.0))]
    NoneWorks(Vec<SandboxError>),
}

/// The causes in one line.
pub(crate) fn list(causes: &[SandboxError]) -> String {
    causes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
