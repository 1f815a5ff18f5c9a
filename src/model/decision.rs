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

/// At most `max` calls in `window_seconds`. Read from a file, any other window or a `max` of 0 is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedRateLimit")]
pub struct RateLimit {
    /// Calls, at least 1.
    pub max: u32,
    /// 60, 3600 or 86400: the windows that every policy format can say.
    pub window_seconds: u32,
}

/// A [`RateLimit`] as it stands in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UncheckedRateLimit {
    max: u32,
    window_seconds: u32,
}

impl TryFrom<UncheckedRateLimit> for RateLimit {
    type Error = String;

    fn try_from(limit: UncheckedRateLimit) -> Result<Self, String> {
        Self::new(limit.max, limit.window_seconds)
    }
}

/// The windows that every policy format can say, with their length in seconds.
const WINDOWS: [(&str, u32); 3] = [("minute", 60), ("hour", 3_600), ("day", 86_400)];

impl RateLimit {
    /// `max` calls in `window_seconds`, or why that is no limit.
    pub fn new(max: u32, window_seconds: u32) -> Result<Self, String> {
        if !WINDOWS.iter().any(|(_, seconds)| *seconds == window_seconds) {
            return Err(format!("a limit's window is 60, 3600 or 86400 seconds, got {window_seconds}"));
        }
        if max == 0 {
            return Err("a limit counts from 1; a tool that may never be called is denied instead".into());
        }
        Ok(Self { max, window_seconds })
    }

    /// `max` calls in the window of that name ("minute", "hour" or "day"); nothing when there is no such window, or when
    /// `max` is 0.
    pub fn per(max: u32, window: &str) -> Option<Self> {
        let (_, window_seconds) = WINDOWS.iter().find(|(name, _)| *name == window)?;
        Self::new(max, *window_seconds).ok()
    }

    /// "minute", "hour" or "day".
    pub fn window_name(self) -> &'static str {
        match self.window_seconds {
            0..=60 => "minute",
            61..=3600 => "hour",
            _ => "day",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_limits_that_every_format_can_say_are_read() {
        let read = |max: u32, window_seconds: u32| {
            serde_json::from_value::<RateLimit>(serde_json::json!({"max": max, "window_seconds": window_seconds}))
        };
        assert_eq!(read(30, 3_600).unwrap(), RateLimit::per(30, "hour").unwrap());
        assert!(read(30, 90).unwrap_err().to_string().contains("60, 3600 or 86400"));
        assert!(read(0, 60).unwrap_err().to_string().contains("counts from 1"));
        assert_eq!(RateLimit::per(1, "week"), None);
    }
}
