//! What limits the grade of a server and what costs it points, as data.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::Severity;

/// `grade.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grading {
    /// The most points of a server with a finding of that severity.
    pub(crate) finding_limit: BTreeMap<Severity, u32>,
    /// The most points of a server with an attack of that severity.
    pub(crate) attack_limit: BTreeMap<Severity, u32>,
    /// The most points of a server whose own tools make a flow of that severity possible.
    pub(crate) flow_limit: BTreeMap<Severity, u32>,
    /// What a careless definition costs.
    pub care: CareCosts,
    /// The fewest points for each letter; below the last it is F.
    pub(crate) letters: BTreeMap<String, u32>,
    /// What would raise the grade.
    pub(crate) remedies: Remedies,
}

/// What a careless definition costs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CareCosts {
    /// Findings, by severity.
    pub findings: FindingCost,
    /// Tools without a description or a schema.
    pub(crate) undescribed: Cost,
    /// Tools that do more than read and have no hint that says so.
    pub(crate) unhinted: Cost,
    /// Tools that do more than read and take text without any limit where it matters.
    pub unbounded: Cost,
}

/// Points for each finding, and for all of them at most.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingCost {
    pub each: BTreeMap<Severity, u32>,
    /// At most.
    pub most: u32,
}

/// Points for each tool, and for all of them at most.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    pub each: u32,
    /// At most.
    pub most: u32,
}

/// What would raise the grade, each behind "if"; `{exposure}` is the title of the worst exposure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remedies {
    /// The tools with the worst exposure are left out.
    pub(crate) exposure: String,
    /// There are no findings.
    pub(crate) findings: String,
    /// There is no flow.
    pub(crate) flow: String,
    /// Nothing is missing.
    pub(crate) care: String,
}
