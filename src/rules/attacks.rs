//! Documented attacks on agents that use tools, as data.

use serde::{Deserialize, Serialize};

use crate::model::Category;

/// One documented attack pattern or incident.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attack {
    /// Kebab-case, never reused.
    pub id: String,
    /// Display name.
    pub title: String,
    /// The family it belongs to: metadata, content, egress, composition, human, protocol, autonomy, cost, financial,
    /// supply-chain, transport, credentials, ...
    pub class: String,
    /// What happens, in one or two sentences.
    pub summary: String,
    /// The steps, in order.
    pub how: Vec<String>,
    /// Where it was seen.
    pub cases: Vec<Case>,
    /// What stops it, in one or two sentences.
    pub defence: String,
    /// The categories of tool that it abuses.
    pub categories: Vec<Category>,
    /// The signals that make a tool open to it, by id.
    #[serde(default)]
    pub signals: Vec<String>,
}

/// One time an attack was seen or shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What happened.
    pub what: String,
    /// When: `2025`, `2025-04` or `2025-04-01`.
    pub date: String,
    /// Addresses and ids (https://..., CVE-..., SAFE-T..., OWASP MCP..).
    pub references: Vec<String>,
}
