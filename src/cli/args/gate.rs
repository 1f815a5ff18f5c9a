//! The options of the gate.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use crate::config::Threshold;
use crate::model::Drift;

/// What may not pass.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Gate")]
pub(crate) struct GateArgs {
    /// Exit with 1 at LEVEL, low to critical (repeatable)
    ///
    /// It fails when a tool, a finding or a flow is this severe.
    /// LEVEL is also a score (1-5), a category, a grade (grade-a to grade-f; a worse one fails too), the id of a finding or a
    /// flow, or flow for any flow. Separate several levels with commas. A server without tools always fails.
    #[arg(long, value_name = "LEVEL", value_delimiter = ',', help_heading = None::<&str>)]
    pub(crate) fail_on: Vec<Threshold>,
    /// Do not fail on an attack: a text aimed at the model or its user, of severity High. Without this option it fails
    /// whatever --fail-on says, unless an ignore in mcp-scan.yaml accepts it
    #[arg(long, hide_short_help = true)]
    pub(crate) no_fail_on_attack: bool,
    /// Ignore the problems recorded in FILE; only new ones fail
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub(crate) baseline: Option<PathBuf>,
    /// Record the current problems in the baseline
    #[arg(long, requires = "baseline", hide_short_help = true)]
    pub(crate) update_baseline: bool,
    /// Compare with the lock FILE; exit with 1 when a change fails
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub(crate) lock: Option<PathBuf>,
    /// The change since the lock that fails
    #[arg(long, value_name = "WHICH", default_value = "definition", requires = "lock", hide_short_help = true)]
    pub(crate) fail_on_drift: FailOnDrift,
}

/// Which change since a lock fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOnDrift {
    /// Every change
    Any,
    /// A change that a person should read: of a text, parameters, the launch or the tools listed
    Definition,
    /// A change that raises the risk
    Risk,
}

impl FailOnDrift {
    /// True when `drift` fails the gate.
    pub(crate) fn fails(self, drift: &Drift) -> bool {
        match self {
            Self::Any => drift.changed,
            Self::Definition => drift.needs_review,
            Self::Risk => drift.raises_risk,
        }
    }
}
