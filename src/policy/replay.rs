//! Replays recorded calls against a policy.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Call, Outcome, Simulator};

/// Calls of one tool that one rule decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ReplayRow {
    pub(crate) tool: String,
    pub(crate) outcome: Outcome,
    /// The rule that decided.
    pub(crate) rule: String,
    /// The number of calls.
    pub(crate) calls: usize,
}

/// The outcomes of all calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Replay {
    /// The number of calls.
    pub(crate) calls: usize,
    /// The number of calls by name of the outcome.
    pub(crate) outcomes: BTreeMap<&'static str, usize>,
    /// The calls that would not have passed unconditionally: the strictest outcome first, then the highest number.
    pub(crate) held: Vec<ReplayRow>,
}

/// Runs `calls` in order.
pub(crate) fn replay(mut simulator: Simulator<'_>, calls: &[Call]) -> Replay {
    let mut outcomes: BTreeMap<&'static str, usize> = Outcome::ALL.iter().map(|outcome| (outcome.name(), 0)).collect();
    let mut held: BTreeMap<(String, Outcome, String), usize> = BTreeMap::new();
    for call in calls {
        let verdict = simulator.call(call);
        *outcomes.entry(verdict.outcome.name()).or_default() += 1;
        if verdict.outcome != Outcome::Allowed {
            *held.entry((call.tool.clone(), verdict.outcome, verdict.rule)).or_default() += 1;
        }
    }
    let row = |((tool, outcome, rule), calls)| ReplayRow { tool, outcome, rule, calls };
    let mut held: Vec<ReplayRow> = held.into_iter().map(row).collect();
    held.sort_by(|a, b| b.outcome.cmp(&a.outcome).then(b.calls.cmp(&a.calls)).then(a.tool.cmp(&b.tool)));
    Replay { calls: calls.len(), outcomes, held }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Dialect, read};

    #[test]
    fn what_would_not_pass_is_counted_by_tool_and_rule() {
        let policy = "version: '1'\ndefault: deny\ntools:\n  look: {rules: []}\n  \
                      change: {rules: [{name: few, rate_limit: 1/hour}]}\n";
        let decisions = read(policy, Dialect::INTERCEPT).unwrap();
        let call = |tool: &str| Call { tool: tool.into(), arguments: serde_json::json!({}), at: 0 };
        let calls = ["look", "change", "change", "drop", "drop", "look"].map(call);
        let replay = replay(Simulator::new(&decisions), &calls);
        assert_eq!(replay.outcomes, [("allowed", 3), ("approval", 0), ("denied", 2), ("limited", 1)].into());
        let held: Vec<(&str, &str, usize)> =
            replay.held.iter().map(|row| (row.tool.as_str(), row.rule.as_str(), row.calls)).collect();
        assert_eq!(held, [("drop", "default", 2), ("change", "rate limit", 1)]);
    }
}
