//! Counts of the guard in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::time::Duration;

use super::mutex::lock;
use crate::policy::Outcome;

/// The upper bounds of the histogram, in seconds.
const BOUNDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];
/// Most tools that are counted by name: a client may invent names without an end.
const MOST_TOOLS: usize = 1_000;
/// The name of all further tools.
const OTHERS: &str = "(others)";

/// What a guard could not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Failed {
    /// Count a call.
    State,
    /// Write a record.
    Log,
    /// Reach the server.
    Upstream,
}

/// The counts of a guard since its start.
#[derive(Debug, Default)]
pub(crate) struct Metrics(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// By server and tool, then by decision.
    calls: BTreeMap<(String, String), BTreeMap<Outcome, u64>>,
    failures: BTreeMap<Failed, u64>,
    /// Calls by the bound that they do not exceed; the last are longer than every bound.
    durations: [u64; BOUNDS.len() + 1],
    /// Of all calls together.
    duration: Duration,
}

impl Failed {
    const ALL: [Self; 3] = [Self::State, Self::Log, Self::Upstream];

    fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Log => "log",
            Self::Upstream => "upstream",
        }
    }
}

impl Metrics {
    /// Counts a call that was decided and, unless it was refused, answered.
    pub(crate) fn count(&self, server: &str, tool: &str, decision: Outcome, duration: Duration) {
        self.with(|counts| {
            let known = counts.calls.contains_key(&(server.to_owned(), tool.to_owned()));
            let tool = if known || counts.calls.len() < MOST_TOOLS { tool } else { OTHERS };
            let tool = counts.calls.entry((server.to_owned(), tool.to_owned())).or_default();
            *tool.entry(decision).or_default() += 1;
            let seconds = duration.as_secs_f64();
            let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
            counts.durations[bucket] += 1;
            counts.duration += duration;
        });
    }

    /// Counts something that the guard could not do.
    pub(crate) fn count_failure(&self, failed: Failed) {
        self.with(|counts| *counts.failures.entry(failed).or_default() += 1);
    }

    /// All counts, as `/metrics` answers them (`text/plain; version=0.0.4`).
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.with(|counts| counts.write(&mut text));
        text
    }

    fn with<T>(&self, work: impl FnOnce(&mut Counts) -> T) -> T {
        work(&mut lock(&self.0))
    }
}

impl Counts {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        let calls = "mcp_scan_guard_calls_total";
        writeln!(out, "# HELP {calls} Calls of tools, by the decision on them.\n# TYPE {calls} counter")?;
        for ((server, tool), decisions) in &self.calls {
            for (decision, count) in decisions {
                let (server, tool, decision) = (label(server), label(tool), decision.name());
                writeln!(out, "{calls}{{server=\"{server}\",tool=\"{tool}\",decision=\"{decision}\"}} {count}")?;
            }
        }
        let failures = "mcp_scan_guard_failures_total";
        writeln!(out, "# HELP {failures} What the guard could not do.\n# TYPE {failures} counter")?;
        for failed in Failed::ALL {
            let count = self.failures.get(&failed).copied().unwrap_or_default();
            writeln!(out, "{failures}{{kind=\"{}\"}} {count}", failed.name())?;
        }
        let duration = "mcp_scan_guard_call_duration_seconds";
        writeln!(out, "# HELP {duration} From a call to its answer.\n# TYPE {duration} histogram")?;
        let mut total = 0;
        let bounds = BOUNDS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(self.durations) {
            total += count;
            writeln!(out, "{duration}_bucket{{le=\"{bound}\"}} {total}")?;
        }
        writeln!(out, "{duration}_sum {}\n{duration}_count {total}", self.duration.as_secs_f64())
    }
}

/// `text` as the value of a label.
fn label(text: &str) -> String {
    let escape = |c: char| match c {
        '\\' => "\\\\".to_owned(),
        '"' => "\\\"".to_owned(),
        '\n' => "\\n".to_owned(),
        c if c.is_control() => String::new(),
        c => c.to_string(),
    };
    text.chars().take(200).map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_all_counts() {
        let metrics = Metrics::default();
        metrics.count("shop", "pay", Outcome::Allowed, Duration::from_millis(2));
        metrics.count("shop", "pay", Outcome::Allowed, Duration::from_secs(40));
        metrics.count("shop", "pay", Outcome::Denied, Duration::from_micros(10));
        metrics.count("shop", "a\"b\\\nc\u{1b}", Outcome::Limited, Duration::ZERO);
        metrics.count_failure(Failed::Log);
        insta::assert_snapshot!(metrics.text());
    }

    #[test]
    fn names_without_an_end_do_not_fill_the_memory() {
        let metrics = Metrics::default();
        for at in 0..MOST_TOOLS + 50 {
            metrics.count("s", &format!("tool {at}"), Outcome::Denied, Duration::ZERO);
        }
        assert!(metrics.text().contains("tool=\"(others)\",decision=\"denied\"} 50"), "{}", metrics.text());
    }
}
