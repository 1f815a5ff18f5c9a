//! How many calls are allowed in which time.

use serde::{Deserialize, Serialize};

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
    type Error = RateLimitError;

    fn try_from(limit: UncheckedRateLimit) -> Result<Self, RateLimitError> {
        Self::new(limit.max, limit.window_seconds)
    }
}

/// Why numbers are no limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RateLimitError {
    /// The window is none of the three.
    #[error("a limit's window is 60, 3600 or 86400 seconds, got {0}")]
    Window(u32),
    /// No call is allowed.
    #[error("a limit counts from 1; a tool that may never be called is denied instead")]
    NoCalls,
}

/// The windows that every policy format can say, with their length in seconds.
const WINDOWS: [(&str, u32); 3] = [("minute", 60), ("hour", 3_600), ("day", 86_400)];

impl RateLimit {
    /// `max` calls in `window_seconds`, or why that is no limit.
    pub(crate) fn new(max: u32, window_seconds: u32) -> Result<Self, RateLimitError> {
        if !WINDOWS.iter().any(|(_, seconds)| *seconds == window_seconds) {
            return Err(RateLimitError::Window(window_seconds));
        }
        if max == 0 {
            return Err(RateLimitError::NoCalls);
        }
        Ok(Self { max, window_seconds })
    }

    /// `max` calls in the window of that name ("minute", "hour" or "day"); nothing when there is no such window, or when
    /// `max` is 0.
    pub(crate) fn per(max: u32, window: &str) -> Option<Self> {
        let (_, window_seconds) = WINDOWS.iter().find(|(name, _)| *name == window)?;
        Self::new(max, *window_seconds).ok()
    }

    /// "minute", "hour" or "day".
    pub(crate) fn window_name(self) -> &'static str {
        Self::window_of(self.window_seconds)
    }

    /// The name of the window of that many seconds: "minute", "hour" or "day".
    pub(crate) fn window_of(seconds: u32) -> &'static str {
        match seconds {
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
