//! What a starter policy does with a tool.

use serde::{Deserialize, Serialize};

/// The policy's answer for one tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Allow or deny.
    pub action: PolicyAction,
    /// How often, when allowed and limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    /// Why, when denied: the sentence an agent gets back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Allow or deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PolicyAction {
    /// The call goes through.
    Allow,
    /// The call is refused.
    Deny,
}

/// At most `max` calls in `window_seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Calls, at least 1.
    pub max: u32,
    /// 60, 3600 or 86400: the windows that every policy format can say.
    pub window_seconds: u32,
}

impl RateLimit {
    /// "minute", "hour" or "day".
    pub fn window_name(self) -> &'static str {
        match self.window_seconds {
            0..=60 => "minute",
            61..=3600 => "hour",
            _ => "day",
        }
    }
}
