//! How much of the limits of a policy is used up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A counter of a tool in one window.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Counter {
    /// The tool, or `*` for all tools together.
    scope: String,
    /// The place of the limit in the decision on the tool.
    place: usize,
    /// The length of the window.
    window_seconds: u32,
    /// Which window it is, counted from the start of the clock.
    window: u64,
}

impl Counter {
    /// The counter of the limit at `place` of `scope`, in the window of the second `at`.
    pub(crate) fn new(scope: &str, place: usize, window_seconds: u32, at: u64) -> Self {
        let window_seconds = window_seconds.max(1);
        Self { scope: scope.to_owned(), place, window_seconds, window: at / u64::from(window_seconds) }
    }
}

/// The counts of all counters that are not zero.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(Counter, u64)>", into = "Vec<(Counter, u64)>")]
pub(crate) struct Counters(BTreeMap<Counter, u64>);

impl Counters {
    /// The count of `counter`.
    pub(crate) fn get(&self, counter: &Counter) -> u64 {
        self.0.get(counter).copied().unwrap_or_default()
    }

    /// Sets the count of `counter`.
    pub(crate) fn set(&mut self, counter: Counter, count: u64) {
        self.0.insert(counter, count);
    }

    /// Drops the counters of windows that ended before the second `at`.
    pub(crate) fn drop_ended(&mut self, at: u64) {
        self.0.retain(|counter, _| counter.window >= at / u64::from(counter.window_seconds));
    }
}

impl From<Vec<(Counter, u64)>> for Counters {
    fn from(counts: Vec<(Counter, u64)>) -> Self {
        Self(counts.into_iter().collect())
    }
}

impl From<Counters> for Vec<(Counter, u64)> {
    fn from(counters: Counters) -> Self {
        counters.0.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ended_windows_are_dropped_and_the_others_read_back() {
        let mut counters = Counters::default();
        let (minute, hour) = (Counter::new("t", 0, 60, 0), Counter::new("t", 1, 3_600, 0));
        counters.set(minute.clone(), 3);
        counters.set(hour.clone(), 4);
        counters.drop_ended(61);
        assert_eq!((counters.get(&minute), counters.get(&hour)), (0, 4));
        let text = serde_json::to_string(&counters).unwrap();
        assert_eq!(serde_json::from_str::<Counters>(&text).unwrap(), counters);
    }
}
