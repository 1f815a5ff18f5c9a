//! Findings, flows, grades and verdicts of a scan, the gate that decides whether it fails, and the drift since
//! approval.

mod baseline;
mod findings;
mod flows;
pub(crate) mod gate;
mod grade;
pub(crate) mod lock;
mod verdict;

pub(crate) use baseline::{Baseline, BaselineError};
pub(crate) use findings::on_result;
pub use findings::{across, findings, on_items, on_live, on_server, sentence_features};
pub(crate) use flows::{flows, own_flows, smallest_cut};
pub(crate) use grade::grade;
pub(crate) use verdict::{VerdictInput, verdict};

use crate::rules::Ruleset;

/// The examples of findings and roles whose result differs from what the rule states.
pub(crate) fn example_failures(ruleset: &Ruleset) -> Vec<String> {
    let mut failures = findings::example_failures(ruleset);
    failures.extend(flows::example_failures(ruleset));
    failures
}
