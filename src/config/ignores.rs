//! A finding or a flow that a person accepts, with the reason and, where it is for a time, its last day.

use jiff::civil::Date;
use serde::Deserialize;

use super::{Pattern, ServerIdentity, ServerPattern};
use crate::model::{Finding, Flow, Ignored, ToolRef};
use crate::rules::Ruleset;
use crate::text::likely::likely;

/// An entry of `ignores`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Ignore {
    what: Accepted,
    servers: ServerPattern,
    tool: Pattern,
    reason: String,
    expires: Option<Date>,
}

/// What is accepted, by its id.
#[derive(Debug, Clone)]
enum Accepted {
    Finding(Pattern),
    Flow(Pattern),
}

/// Why an entry ignores nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IgnoreError {
    /// It has neither a finding nor a flow, or both.
    #[error("an ignore gives a finding or a flow")]
    NotOne,
    /// The reason is empty.
    #[error("an ignore gives its reason")]
    NoReason,
}

/// An entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    finding: Option<Pattern>,
    flow: Option<Pattern>,
    #[serde(default)]
    server: Pattern,
    reported_name: Option<Pattern>,
    #[serde(default)]
    tool: Pattern,
    reason: String,
    expires: Option<Date>,
}

impl TryFrom<Unchecked> for Ignore {
    type Error = IgnoreError;

    fn try_from(entry: Unchecked) -> Result<Self, IgnoreError> {
        let Unchecked { finding, flow, server, reported_name, tool, reason, expires } = entry;
        let what = match (finding, flow) {
            (Some(id), None) => Accepted::Finding(id),
            (None, Some(id)) => Accepted::Flow(id),
            _ => return Err(IgnoreError::NotOne),
        };
        if reason.trim().is_empty() {
            return Err(IgnoreError::NoReason);
        }
        Ok(Self { what, servers: ServerPattern::new(server, reported_name), tool, reason, expires })
    }
}

impl Ignore {
    /// What is wrong with its id, where it fits none that `ruleset` gives.
    pub(crate) fn unknown(&self, ruleset: &Ruleset) -> Option<String> {
        let (what, id, known): (_, _, Vec<&str>) = match &self.what {
            Accepted::Finding(id) => ("finding", id, ruleset.findings.iter().map(|rule| rule.id.as_str()).collect()),
            Accepted::Flow(id) => ("flow", id, ruleset.flows.iter().map(|flow| flow.id.as_str()).collect()),
        };
        let text = id.text();
        let meant = likely(text, known.iter().copied()).map(|id| format!("; did you mean {id}?")).unwrap_or_default();
        (!known.iter().any(|known| id.fits(known))).then(|| format!("no {what} has the id {text}{meant}"))
    }

    /// True when it is for `finding` on this server.
    pub(crate) fn is_for(&self, server: &ServerIdentity, finding: &Finding) -> bool {
        let Accepted::Finding(id) = &self.what else { return false };
        id.fits(&finding.id) && self.is_of(server, finding.tool.as_deref().unwrap_or_default())
    }

    /// True when it is for every way through `flow`: all tools of one of its steps fit. `identity` gives the
    /// server of a tool.
    pub(crate) fn is_for_flow<'a>(
        &self,
        flow: &Flow,
        identity: impl Fn(&ToolRef) -> Option<&'a ServerIdentity>,
    ) -> bool {
        let Accepted::Flow(id) = &self.what else { return false };
        let fits = |tool: &ToolRef| identity(tool).is_some_and(|server| self.is_of(server, &tool.tool));
        id.fits(&flow.id) && flow.steps.iter().any(|step| step.tools.iter().all(fits))
    }

    /// True when it is for flows.
    pub(crate) fn is_of_flows(&self) -> bool {
        matches!(self.what, Accepted::Flow(_))
    }

    fn is_of(&self, server: &ServerIdentity, tool: &str) -> bool {
        self.tool.fits(tool) && self.servers.fits(server)
    }

    /// What it looks for, for people.
    pub(crate) fn looks_for(&self) -> String {
        let (what, joins) = match &self.what {
            Accepted::Finding(id) => (format!("finding {}", id.text()), "on"),
            Accepted::Flow(id) => (format!("flow {}", id.text()), "with every way through"),
        };
        format!("{what} {joins} tool {} of server {}", self.tool.text(), self.servers.text())
    }

    /// True when its last day is over.
    pub(crate) fn is_over(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    /// Its mark on a finding or a flow. Whether its day is over is not for a report to say: that hangs on the day of
    /// reading.
    pub(crate) fn mark(&self, entry: usize) -> Ignored {
        let expires = self.expires.map(|date| date.to_string());
        Ignored { reason: self.reason.clone(), expires, entry }
    }
}
