//! One neutral policy from assessments, and every format to say it in.

use crate::model::{Assessment, Decision};
use crate::rules::Ruleset;

/// What the starter policy does with a tool of this assessment.
pub fn decide(assessment: &Assessment, ruleset: &Ruleset) -> Decision {
    ruleset.policy.of(assessment.category).clone()
}
