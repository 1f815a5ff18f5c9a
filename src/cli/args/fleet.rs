//! The options of many targets at once.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::values::{Shard, shard};

/// Many targets, and which of them.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Fleets")]
pub(crate) struct FleetArgs {
    /// Also scan the targets in FILE: one target or command per line, quoted as in a shell, comments after `#`; `-` is
    /// standard input
    #[arg(long = "targets", value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub(crate) targets_file: Option<PathBuf>,
    /// Scan only the I-th of N shares of the targets (1/4 to 4/4)
    #[arg(long, value_name = "I/N", value_parser = shard, hide_short_help = true)]
    pub(crate) shard: Option<Shard>,
    /// Save the result of each target in the folder DIR, and skip targets that an earlier run saved; `mcp-scan DIR` joins
    /// the results
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, hide_short_help = true)]
    pub(crate) resume: Option<PathBuf>,
}
