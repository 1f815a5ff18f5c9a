//! What a policy does with the calls of a tool.

use serde::{Deserialize, Serialize};

use super::guard::{Adds, Guard, Total};
use super::rate_limit::RateLimit;
use crate::text::prose;

/// The policy's answer for one tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Allow, approve, deny or hide.
    pub action: PolicyAction,
    /// How often, when not refused and limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    /// Why, when not simply allowed: the sentence an agent gets back, or the question a person is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the arguments of a call must meet. Of a tool that is denied or hidden: what they should meet once someone
    /// allows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<Guard>,
}

impl Decision {
    /// Every call passes.
    pub fn allow() -> Self {
        Self { action: PolicyAction::Allow, rate_limit: None, reason: None, guards: Vec::new() }
    }

    /// Allows calls up to a limit.
    pub(crate) fn limited(rate_limit: RateLimit) -> Self {
        Self { rate_limit: Some(rate_limit), ..Self::allow() }
    }

    /// A person is asked each time.
    pub(crate) fn approve(reason: Option<String>) -> Self {
        Self { action: PolicyAction::Approve, reason, ..Self::allow() }
    }

    /// Every call is refused.
    pub(crate) fn deny(reason: Option<String>) -> Self {
        Self { action: PolicyAction::Deny, reason, ..Self::allow() }
    }

    /// The tool is not there for the agent.
    #[cfg(test)]
    pub(crate) fn hide() -> Self {
        Self { action: PolicyAction::Hide, ..Self::allow() }
    }

    /// The answer in a few words: "allow, at most 30 per minute, 2 guards".
    pub(crate) fn words(&self) -> String {
        let mut words = vec![self.action.name().to_owned()];
        if !self.action.refuses() {
            words.extend(self.rate_limit.map(|limit| format!("at most {} per {}", limit.max, limit.window_name())));
            words.extend((!self.guards.is_empty()).then(|| prose::count(self.guards.len(), "guard")));
        }
        words.join(", ")
    }
}

/// What happens to a call, most lenient first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PolicyAction {
    /// The call goes through.
    Allow,
    /// A person is asked, and decides.
    Approve,
    /// The call is refused.
    Deny,
    /// The call is refused, and the tool is not listed.
    Hide,
}

impl PolicyAction {
    /// All of them, most lenient first.
    pub const ALL: [Self; 4] = [Self::Allow, Self::Approve, Self::Deny, Self::Hide];

    /// The word as it is written in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Approve => "approve",
            Self::Deny => "deny",
            Self::Hide => "hide",
        }
    }

    /// True when no call ever goes through.
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
