//! A limit that a call counts against, and the counter that it shares with other calls.

use super::call::Verdict;

/// Amounts have hundredths, so that many small ones add up. The engines cut each amount to a whole number.
pub(crate) const HUNDREDTHS: u64 = 100;

/// Largest amount. Every store counts up to it exactly: Redis calculates in 64-bit floating point.
const MAX_AMOUNT: u64 = 1 << 53;

/// Identifies what is counted. It does not depend on the maximum or on the position of the limit in the policy, so that
/// an edited policy keeps the counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CounterKey {
    /// The tool, or `*` for all tools together.
    pub(crate) scope: String,
    /// What is added up: `calls`, `each 5` or `args.amount`.
    pub(crate) counts: String,
    /// The length of a window in seconds; at least 1. Windows are aligned to the clock in UTC.
    pub(crate) window_seconds: u32,
}

/// A limit that a call counts against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) counter: CounterKey,
    /// The most that a window takes, in hundredths.
    max: u64,
    /// What the call adds, in hundredths.
    amount: u64,
    /// The verdict if the limit is reached.
    pub(crate) refusal: Verdict,
}

/// What a call adds to one counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Demand<'l> {
    pub(crate) counter: &'l CounterKey,
    /// The amount in hundredths.
    pub(crate) amount: u64,
    /// The lowest maximum among the limits on the counter, in hundredths.
    pub(crate) max: u64,
    /// The index of the limit with this maximum.
    pub(crate) limit: usize,
}

impl CounterKey {
    pub(crate) fn new(scope: &str, counts: String, window_seconds: u32) -> Self {
        Self { scope: scope.to_owned(), counts, window_seconds: window_seconds.max(1) }
    }

    /// The index of the window that contains second `at`.
    pub(crate) fn window(&self, at: u64) -> u64 {
        at / u64::from(self.window_seconds)
    }
}

impl Limit {
    /// A limit of `max`, to which a call adds `amount`, both in hundredths. An amount that is too large to be counted is
    /// over every maximum.
    pub(crate) fn new(counter: CounterKey, max: u64, amount: u64, refusal: Verdict) -> Self {
        Self { counter, max: max.min(MAX_AMOUNT - 1), amount: amount.min(MAX_AMOUNT), refusal }
    }
}

/// What `limits` demand of each counter, in the order of the limits. Limits on the same counter count a call once.
pub(crate) fn demands(limits: &[Limit]) -> Vec<Demand<'_>> {
    let mut demands: Vec<Demand<'_>> = Vec::with_capacity(limits.len());
    for (index, limit) in limits.iter().enumerate() {
        match demands.iter_mut().find(|demand| *demand.counter == limit.counter) {
            Some(demand) => {
                demand.amount = demand.amount.max(limit.amount);
                if limit.max < demand.max {
                    (demand.max, demand.limit) = (limit.max, index);
                }
            }
            None => {
                demands.push(Demand { counter: &limit.counter, amount: limit.amount, max: limit.max, limit: index });
            }
        }
    }
    demands
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::policy::Outcome;

    /// A limit of `max` on what `scope` calls, where a call adds `amount`.
    pub(crate) fn limit(scope: &str, window_seconds: u32, max: u64, amount: u64) -> Limit {
        let refusal = Verdict::new(Outcome::Limited, &format!("{scope} {max}"), None);
        Limit::new(CounterKey::new(scope, "calls".into(), window_seconds), max, amount, refusal)
    }

    #[test]
    fn limits_on_one_counter_count_a_call_once_and_the_lowest_applies() {
        let limits = [limit("a", 60, 9, 1), limit("*", 60, 5, 1), limit("a", 60, 3, 1), limit("a", 3_600, 20, 1)];
        let found: Vec<(u64, u64, usize)> =
            demands(&limits).iter().map(|demand| (demand.amount, demand.max, demand.limit)).collect();
        assert_eq!(found, [(1, 3, 2), (1, 5, 1), (1, 20, 3)]);
    }

    #[test]
    fn an_amount_that_cannot_be_counted_exceeds_every_maximum() {
        let limits = [limit("a", 60, u64::MAX, u64::MAX)];
        assert!(demands(&limits).iter().all(|demand| demand.amount > demand.max));
    }
}
