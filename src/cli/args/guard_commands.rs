//! The commands of `guard` besides guarding a server.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::TextFormat;

/// What `guard` does besides guarding a server.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum GuardCommand {
    /// Show what a guard decided: calls allowed, asked, limited and denied by tool
    #[command(after_help = LOG_EXAMPLES)]
    Log(GuardLogArgs),
}

const LOG_EXAMPLES: &str = "\
Examples:
  mcp-scan guard log guard.jsonl
  mcp-scan guard log --verify guard.jsonl
  mcp-scan policy replay policy.yaml guard.jsonl   (a log with --log-arguments)";

/// The options of `guard log`.
#[derive(Debug, Clone, Args)]
pub(crate) struct GuardLogArgs {
    /// The log that a guard wrote; its full files FILE.1, FILE.2 ... are read too
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Find records that were removed, changed, moved or cut off; exit with 1 if there are any
    #[arg(long)]
    pub(crate) verify: bool,
    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: TextFormat,
}
