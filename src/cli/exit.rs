//! The exit codes.

/// The exit code of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    /// A gate failed: because of a finding, drift or a failed test.
    GateFailed = 1,
    /// The command line, or a file that it names, is unusable.
    Usage = 2,
    /// At least one target could not be read.
    Unread = 3,
    /// This program or the machine failed (`EX_SOFTWARE` in sysexits).
    Internal = 70,
    /// The user or the system interrupted the run.
    Interrupted = 130,
}
