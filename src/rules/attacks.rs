//! Documented attacks on agents that use tools, as data.

use serde::{Deserialize, Serialize};

use crate::model::Category;

/// A documented attack pattern or incident.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attack {
    /// Kebab-case, never reused.
    pub id: String,
    /// Display name.
    pub title: String,
    /// Its family: metadata, content, egress, composition, human, protocol, autonomy, cost, financial, supply-chain,
    /// transport, credentials, ...
    pub class: String,
    /// What happens, in one or two sentences.
    pub summary: String,
    /// The steps of the attack, in order.
    pub how: Vec<String>,
    /// Where it was observed.
    pub cases: Vec<Case>,
    /// What stops it, in one or two sentences.
    pub defence: String,
    /// The tool categories that it abuses.
    pub categories: Vec<Category>,
    /// Ids of the signals that make a tool vulnerable.
    #[serde(default)]
    pub signals: Vec<String>,
}

/// An observed or demonstrated case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What happened.
    pub what: String,
    /// When: `2025`, `2025-04` or `2025-04-01`.
    pub date: String,
    /// URLs and ids (https://..., CVE-..., SAFE-T..., OWASP MCP..).
    pub references: Vec<String>,
}
