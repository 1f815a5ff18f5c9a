//! What limits the grade of a server, and what costs points.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::{NotRead, Severity};

/// `grade.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grading {
    /// The most points of a server with a finding, by severity.
    pub(crate) finding_limit: BTreeMap<Severity, u32>,
    /// The most points of a server with an attack, by severity.
    pub(crate) attack_limit: BTreeMap<Severity, u32>,
    /// The most points of a server whose own tools make a flow possible, by severity.
    pub(crate) flow_limit: BTreeMap<Severity, u32>,
    /// The most points of a server of which a part was not read: what was not seen never counts as clean.
    pub(crate) not_read_limit: BTreeMap<NotRead, NotReadLimit>,
    /// The points that a careless definition costs.
    pub care: CareCosts,
    /// The fewest points for each letter; fewer than the lowest is F.
    pub(crate) letters: BTreeMap<String, u32>,
    /// What would raise the grade.
    pub(crate) remedies: Remedies,
}

/// The most points of a server of which a part was not read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotReadLimit {
    pub(crate) points: u32,
    /// The reason, for display.
    pub(crate) why: String,
}

/// The points that a careless definition costs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CareCosts {
    /// Findings, by severity.
    pub findings: FindingCost,
    /// Tools without a description or a schema.
    pub(crate) undescribed: Cost,
    /// Tools that do more than read, without a hint that says so.
    pub(crate) unhinted: Cost,
    /// Tools that do more than read and take unbounded text where it matters.
    pub unbounded: Cost,
}

/// Points per finding, with a maximum for all findings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingCost {
    pub each: BTreeMap<Severity, u32>,
    pub most: u32,
}

/// Points per tool, with a maximum for all tools.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    pub each: u32,
    pub most: u32,
}

/// What would raise the grade, each to follow "if"; `{exposure}` is the title of the worst exposure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remedies {
    /// Without the tools that have the worst exposure.
    pub(crate) exposure: String,
    /// Without findings.
    pub(crate) findings: String,
    /// Without flows.
    pub(crate) flow: String,
    /// With complete definitions.
    pub(crate) care: String,
}
