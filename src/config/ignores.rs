//! A finding that a person accepts, with the reason and, where it is for a time, its last day.

use jiff::civil::Date;
use serde::Deserialize;

use super::Pattern;
use crate::model::{Finding, Ignored};

/// An entry of `ignores`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Ignore {
    finding: Pattern,
    server: Pattern,
    tool: Pattern,
    reason: String,
    expires: Option<Date>,
}

/// An entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    finding: Pattern,
    #[serde(default)]
    server: Pattern,
    #[serde(default)]
    tool: Pattern,
    reason: String,
    expires: Option<Date>,
}

impl TryFrom<Unchecked> for Ignore {
    type Error = String;

    fn try_from(entry: Unchecked) -> Result<Self, String> {
        let Unchecked { finding, server, tool, reason, expires } = entry;
        if reason.trim().is_empty() {
            return Err("an ignore gives its reason".into());
        }
        Ok(Self { finding, server, tool, reason, expires })
    }
}

impl Ignore {
    /// True when it is for `finding` on a server with these names.
    pub fn is_for(&self, server: &[&str], finding: &Finding) -> bool {
        self.finding.fits(&finding.id)
            && server.iter().any(|name| self.server.fits(name))
            && self.tool.fits(finding.tool.as_deref().unwrap_or_default())
    }

    /// What it looks for, for people.
    pub fn looks_for(&self) -> String {
        format!("finding {} on tool {} of server {}", self.finding.text(), self.tool.text(), self.server.text())
    }

    /// True when its last day is over.
    pub fn is_over(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    /// Its mark on a finding. Whether its day is over is not for a report to say: that hangs on the day of reading.
    pub fn mark(&self, entry: usize) -> Ignored {
        let expires = self.expires.map(|date| date.to_string());
        Ignored { reason: self.reason.clone(), expires, entry }
    }
}
