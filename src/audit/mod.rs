//! What is wrong with a definition, what it costs a server, what may not pass, and what has changed since it was
//! approved.

mod baseline;
mod findings;
mod flows;
pub(crate) mod gate;
mod grade;
pub(crate) mod lock;
mod verdict;

pub(crate) use baseline::{Baseline, BaselineError};
pub use findings::{across, findings, on_server};
pub(crate) use flows::{flows, own_flows, smallest_cut};
pub(crate) use grade::grade;
pub(crate) use verdict::{Known, verdict};

use crate::rules::Ruleset;

/// Every example of a finding or of a role that does not come out as it says.
pub(crate) fn example_failures(ruleset: &Ruleset) -> Vec<String> {
    let mut failures = findings::example_failures(ruleset);
    failures.extend(flows::example_failures(ruleset));
    failures
}
