//! The options of `lock` and `diff`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};

use super::{ConfigArgs, FailOnDrift, ServerArgs};
use crate::policy::Dialect;
use crate::rules::DEFAULT_PROFILE;

/// Default path of the lock file.
pub(crate) const LOCK_FILE: &str = "mcp-scan.lock";

/// The options of `lock`.
#[derive(Debug, Clone, Args)]
pub(crate) struct LockArgs {
    /// The targets to approve, as in a scan
    #[arg(value_name = "TARGET", required = true, trailing_var_arg = true, value_hint = ValueHint::AnyPath)]
    pub(crate) targets: Vec<String>,
    /// Lock file; entries of other servers are kept
    #[arg(short, long, value_name = "FILE", default_value = LOCK_FILE, help_heading = "Output", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
    /// Write a new file; entries of other servers are removed
    #[arg(long, help_heading = "Output")]
    pub(crate) replace: bool,
    /// Overwrite a lock that a person has edited
    #[arg(long, help_heading = "Output")]
    pub(crate) force: bool,
    /// Approve only the server or tool NAME, or `all`; other entries stay as they are (repeatable)
    #[arg(long, value_name = "NAME", conflicts_with = "replace", help_heading = "Output")]
    pub(crate) approve: Vec<String>,
    /// Policy profile, as in a scan
    #[arg(long, value_name = "NAME", default_value = DEFAULT_PROFILE, help_heading = "Output")]
    pub(crate) profile: String,
    /// Which configuration is in force.
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// How servers are started and reached.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// The options of `diff`.
#[derive(Debug, Clone, Args)]
pub(crate) struct DiffArgs {
    /// The targets to compare, as in a scan
    #[arg(value_name = "TARGET", required = true, trailing_var_arg = true, value_hint = ValueHint::AnyPath)]
    pub(crate) targets: Vec<String>,
    /// Lock file
    #[arg(long, value_name = "FILE", default_value = LOCK_FILE, value_hint = ValueHint::FilePath)]
    pub(crate) lock: PathBuf,
    /// Compare with this file, folder or address instead of with a lock
    #[arg(long, value_name = "TARGET", conflicts_with = "lock", value_hint = ValueHint::AnyPath)]
    pub(crate) against: Option<String>,
    /// Which changes fail
    #[arg(long, value_name = "WHICH", default_value = "definition", help_heading = "Gate")]
    pub(crate) fail_on_drift: FailOnDrift,
    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    pub(crate) format: DriftFormat,
    /// Write the result to FILE instead of standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Policy format of the suggested patch
    #[arg(long, value_name = "NAME", default_value = Dialect::INTERCEPT.name(), value_parser = policy_dialects(), help_heading = "Output")]
    pub(crate) policy_format: Dialect,
    /// Policy profile, as in a scan
    #[arg(long, value_name = "NAME", default_value = DEFAULT_PROFILE, help_heading = "Output")]
    pub(crate) profile: String,
    /// Which configuration is in force.
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// How servers are started and reached.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// The form of what has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DriftFormat {
    /// Text for people
    Table,
    /// One JSON document
    Json,
}

fn policy_dialects() -> impl TypedValueParser<Value = Dialect> {
    let named = |name: String| Dialect::from_name(&name).ok_or("no such format");
    PossibleValuesParser::new(Dialect::all().map(Dialect::name)).try_map(named)
}
