//! The problems that a policy can have.

use serde::Deserialize;

use crate::model::Severity;

/// An entry of `policy-problems.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyProblem {
    /// Kebab-case, never reused.
    pub id: String,
    /// Title for display.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Why it matters.
    pub why: String,
    /// How to fix it.
    pub remedy: String,
    /// The version that introduced it.
    pub since: String,
}
