//! A call of a tool, and the verdict of a policy on it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The tool's name on its server.
    pub tool: String,
    /// The arguments; anything but an object counts as no arguments.
    pub arguments: Value,
    /// The time in seconds of the simulated clock, which starts at the start of a day.
    pub at: u64,
}

/// The outcome of a call, most permissive first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It passes.
    Allowed,
    /// It needs a person's approval.
    Approval,
    /// It is denied, because a limit is reached.
    Limited,
    /// It is denied.
    Denied,
}

impl Outcome {
    pub(crate) const ALL: [Self; 4] = [Self::Allowed, Self::Approval, Self::Limited, Self::Denied];

    /// The name in all outputs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Approval => "approval",
            Self::Limited => "limited",
            Self::Denied => "denied",
        }
    }
}

/// The outcome of a call, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub outcome: Outcome,
    /// What decided: the name of a rule if the file has names, a guard's id, `rate limit`, an action, or `default` for
    /// a tool that the policy does not name.
    pub rule: String,
    /// The message for the agent, if there is one.
    pub message: Option<String>,
}

impl Verdict {
    pub(super) fn new(outcome: Outcome, rule: &str, message: Option<&str>) -> Self {
        Self { outcome, rule: rule.to_owned(), message: message.map(str::to_owned) }
    }
}
