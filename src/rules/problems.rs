//! What can be wrong with a policy, as data.

use serde::Deserialize;

use crate::model::Severity;

/// An entry of `policy-problems.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyProblem {
    /// Kebab-case, never reused.
    pub id: String,
    /// For people.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// The version that brought it.
    pub since: String,
}
