//! What is wrong with a definition, what it costs a server, what may not pass, and what has changed since it was
//! approved.

mod baseline;
mod findings;
mod flows;
pub mod gate;
mod grade;
pub mod lock;
mod verdict;

pub use baseline::{Baseline, BaselineCause, BaselineError};
pub use findings::{across, findings, on_server};
pub use flows::{flows, own_flows, smallest_cut};
pub use grade::{Grade, grade};
pub use verdict::{Known, verdict};

use crate::rules::Ruleset;

/// Every example of a finding or of a role that does not come out as it says.
pub fn example_failures(ruleset: &Ruleset) -> Vec<String> {
    let mut failures = findings::example_failures(ruleset);
    failures.extend(flows::example_failures(ruleset));
    failures
}
