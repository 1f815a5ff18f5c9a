//! The decision of a policy about the calls of a tool.

use serde::{Deserialize, Serialize};

use super::guard::{Adds, Guard, Total, is_false};
use super::rate_limit::RateLimit;
use crate::text::prose;

/// The decision of a policy about one tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Allow, approve, deny or hide.
    pub action: PolicyAction,
    /// The limit on the number of calls, if the action is allow or approve and the calls are limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    /// The reason, if the tool is not simply allowed: the error message for the agent, or the question for the person
    /// who approves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The conditions on the arguments. For a denied or hidden tool, the conditions to use if someone allows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<Guard>,
    /// True if a person is asked only about how much a call reads. A format that cannot ask leaves such a tool open.
    #[serde(default, skip_serializing_if = "is_false")]
    pub extent: bool,
}

impl Decision {
    /// Allows every call.
    pub fn allow() -> Self {
        Self { action: PolicyAction::Allow, rate_limit: None, reason: None, guards: Vec::new(), extent: false }
    }

    /// Allows calls up to a limit.
    pub(crate) fn limited(rate_limit: RateLimit) -> Self {
        Self { rate_limit: Some(rate_limit), ..Self::allow() }
    }

    /// Asks a person to approve each call.
    pub(crate) fn approve(reason: Option<String>) -> Self {
        Self { action: PolicyAction::Approve, reason, ..Self::allow() }
    }

    /// Denies every call.
    pub(crate) fn deny(reason: Option<String>) -> Self {
        Self { action: PolicyAction::Deny, reason, ..Self::allow() }
    }

    /// Denies every call and does not list the tool.
    #[cfg(test)]
    pub(crate) fn hide() -> Self {
        Self { action: PolicyAction::Hide, ..Self::allow() }
    }

    /// In words: "allow, at most 30 per minute, 2 guards".
    pub(crate) fn words(&self) -> String {
        let mut words = vec![self.action.name().to_owned()];
        if !self.action.refuses() {
            words.extend(self.rate_limit.map(|limit| format!("at most {} per {}", limit.max, limit.window_name())));
            words.extend((!self.guards.is_empty()).then(|| prose::count(self.guards.len(), "guard")));
        }
        words.join(", ")
    }
}

/// The action for a call, most lenient first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PolicyAction {
    /// The call goes through.
    Allow,
    /// A person decides.
    Approve,
    /// The call is denied.
    Deny,
    /// The call is denied, and the tool is not listed.
    Hide,
}

impl PolicyAction {
    /// All of them, most lenient first.
    pub const ALL: [Self; 4] = [Self::Allow, Self::Approve, Self::Deny, Self::Hide];

    /// The word used in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Approve => "approve",
            Self::Deny => "deny",
            Self::Hide => "hide",
        }
    }

    /// True if every call is denied.
    pub fn refuses(self) -> bool {
        matches!(self, Self::Deny | Self::Hide)
    }
}

impl From<RateLimit> for Total {
    /// A limit is a total to which each call adds 1.
    fn from(limit: RateLimit) -> Self {
        Self { adds: Adds::Each(1), window_seconds: limit.window_seconds, max: limit.max.into() }
    }
}
