//! The options of `guard`.

use clap::Args;

use super::guard_run::GuardRunArgs;

/// The options of `guard`.
#[derive(Debug, Clone, Args)]
pub(crate) struct GuardArgs {
    /// How a server is guarded.
    #[command(flatten)]
    pub(crate) run: GuardRunArgs,
}
