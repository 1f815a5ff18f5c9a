//! The options of `guard`.

use clap::Args;

use super::guard_commands::GuardCommand;

/// The options of `guard`.
#[derive(Debug, Clone, Args)]
pub(crate) struct GuardArgs {
    /// What to do besides guarding a server
    #[command(subcommand)]
    pub(crate) command: GuardCommand,
}
