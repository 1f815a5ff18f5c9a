//! The options of `guard`.

use clap::Args;

use super::guard_commands::GuardCommand;
use super::guard_run::{EXAMPLES, GuardRunArgs};

/// The options of `guard`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, after_help = EXAMPLES)]
pub(crate) struct GuardArgs {
    /// What to do besides guarding a server
    #[command(subcommand)]
    pub(crate) command: Option<GuardCommand>,
    /// How a server is guarded.
    #[command(flatten)]
    pub(crate) run: GuardRunArgs,
}
