//! Counters of the limits of a policy, in memory.

use std::collections::HashMap;

use super::limit::{CounterKey, Demand, Limit, demands};

/// The count of the latest window of a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Count {
    window: u64,
    /// In hundredths.
    used: u64,
}

/// What a call added to a counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addition {
    pub(crate) counter: CounterKey,
    /// The index of the window.
    pub(crate) window: u64,
    /// In hundredths.
    pub(crate) amount: u64,
}

/// All counters that were used.
#[derive(Debug, Default)]
pub(crate) struct Counters(HashMap<CounterKey, Count>);

impl Counters {
    /// Counts a call at second `at` against all `limits`, or none of them and returns the index of the limit that it
    /// would exceed. A clock that goes backward stays in the latest window.
    pub(crate) fn reserve(&mut self, limits: &[Limit], at: u64) -> Result<Vec<Addition>, usize> {
        let demands = demands(limits);
        let mut counts = Vec::with_capacity(demands.len());
        for demand in &demands {
            let count = self.count(demand.counter, at);
            let used = count.used.saturating_add(demand.amount);
            if used > demand.max {
                return Err(demand.limit);
            }
            counts.push(Count { used, ..count });
        }
        let add = |(demand, count): (&Demand<'_>, Count)| {
            self.0.insert(demand.counter.clone(), count);
            Addition { counter: demand.counter.clone(), window: count.window, amount: demand.amount }
        };
        Ok(demands.iter().zip(counts).map(add).collect())
    }

    /// Takes back what a call added that was not made.
    pub(crate) fn release(&mut self, additions: &[Addition]) {
        for addition in additions {
            if let Some(count) = self.0.get_mut(&addition.counter).filter(|count| count.window == addition.window) {
                count.used = count.used.saturating_sub(addition.amount);
            }
        }
    }

    fn count(&self, counter: &CounterKey, at: u64) -> Count {
        let now = Count { window: counter.window(at), used: 0 };
        self.0.get(counter).copied().filter(|count| count.window >= now.window).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::limit::tests::limit;

    #[test]
    fn all_limits_are_counted_or_none() {
        let mut counters = Counters::default();
        let (few, many) = (limit("t", 60, 2, 1), limit("*", 3_600, 3, 1));
        let both = [many.clone(), few.clone()];
        let first = counters.reserve(&both, 0).unwrap();
        assert!(counters.reserve(&both, 59).is_ok());
        assert_eq!(counters.reserve(&both, 59), Err(1));
        assert!(counters.reserve(&both, 60).is_ok(), "a refused call counts against neither, and the minute is over");
        assert_eq!(counters.reserve(&both, 61), Err(0));
        counters.release(&first);
        assert!(counters.reserve(&[many], 62).is_ok(), "the hour takes back what was not called");
        counters.release(&first[1..]);
        assert!(counters.reserve(std::slice::from_ref(&few), 62).is_ok());
        assert_eq!(counters.reserve(&[few], 62), Err(0), "the minute of the call is over");
    }

    #[test]
    fn a_clock_that_goes_backward_reopens_no_window() {
        let mut counters = Counters::default();
        let limits = [limit("t", 60, 1, 1)];
        assert!(counters.reserve(&limits, 120).is_ok());
        assert_eq!(counters.reserve(&limits, 0), Err(0));
        assert!(counters.reserve(&limits, 180).is_ok());
    }
}
