//! How a run ends.

/// The exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    /// The gate failed: a finding, a drift, a failed test.
    GateFailed = 1,
    /// The command line, or a file that it names, cannot be used.
    Usage = 2,
    /// At least one target could not be read.
    Unread = 3,
    /// This program or the machine failed: sysexits' `EX_SOFTWARE`.
    Internal = 70,
    /// The user or the system ended the run.
    Interrupted = 130,
}
