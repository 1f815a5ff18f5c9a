//! The options of the commands that read recorded calls: `policy learn` and `policy replay`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::{OverlayArgs, TextFormat, readable_dialects};
use crate::cli::values;
use crate::policy::Dialect;

/// The options of `policy learn`.
#[derive(Debug, Clone, Args)]
pub(crate) struct PolicyLearnArgs {
    /// The recorded calls, as for `policy replay`
    #[arg(value_name = "CALLS", value_hint = ValueHint::FilePath)]
    pub(crate) calls: PathBuf,
    /// The name of the server that was called
    #[arg(long, value_name = "NAME", default_value = "recorded", value_parser = values::server_name)]
    pub(crate) server_name: String,
}

/// The options of `policy replay`.
#[derive(Debug, Clone, Args)]
pub(crate) struct PolicyReplayArgs {
    /// The policy file
    #[arg(value_name = "POLICY", value_hint = ValueHint::FilePath)]
    pub(crate) policy: PathBuf,
    /// The recorded calls: a JSON object a line with tool, arguments and if wanted at (seconds), MCP messages, or the log
    /// of a guard with --log-arguments; `-` is standard input
    #[arg(value_name = "CALLS", value_hint = ValueHint::FilePath)]
    pub(crate) calls: PathBuf,
    /// The form of the result
    #[arg(short, long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub(crate) format: TextFormat,
    /// The policy's form; what it looks like when not given
    #[arg(long, value_name = "NAME", value_parser = readable_dialects())]
    pub(crate) policy_format: Option<Dialect>,
    /// Policies that tighten it.
    #[command(flatten)]
    pub(crate) overlays: OverlayArgs,
}
