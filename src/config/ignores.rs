//! Ignores: findings, flows and problems of a policy that a person accepts, with a reason and an optional last day.

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

/// The pattern for the ids of what is accepted.
#[derive(Debug, Clone)]
enum Accepted {
    Finding(Pattern),
    Flow(Pattern),
    /// A problem of `policy check`.
    Problem(Pattern),
}

/// Why an entry is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IgnoreError {
    /// It has none of a finding, a flow and a problem, or more than one.
    #[error("an ignore gives a finding, a flow or a problem of `policy check`")]
    NotOne,
    /// The reason is empty.
    #[error("an ignore gives its reason")]
    NoReason,
}

/// The entry as deserialized.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    finding: Option<Pattern>,
    flow: Option<Pattern>,
    problem: Option<Pattern>,
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
        let Unchecked { finding, flow, problem, server, reported_name, tool, reason, expires } = entry;
        let what = match (finding, flow, problem) {
            (Some(id), None, None) => Accepted::Finding(id),
            (None, Some(id), None) => Accepted::Flow(id),
            (None, None, Some(id)) => Accepted::Problem(id),
            _ => return Err(IgnoreError::NotOne),
        };
        if reason.trim().is_empty() {
            return Err(IgnoreError::NoReason);
        }
        Ok(Self { what, servers: ServerPattern::new(server, reported_name), tool, reason, expires })
    }
}

impl Ignore {
    /// An error message if its pattern matches no id in `ruleset`.
    pub(crate) fn unknown(&self, ruleset: &Ruleset) -> Option<String> {
        let (what, id, known): (_, _, Vec<&str>) = match &self.what {
            Accepted::Finding(id) => ("finding", id, ruleset.findings.iter().map(|rule| rule.id.as_str()).collect()),
            Accepted::Flow(id) => ("flow", id, ruleset.flows.iter().map(|flow| flow.id.as_str()).collect()),
            Accepted::Problem(id) => {
                ("problem of a policy", id, ruleset.policy_problems.iter().map(|problem| problem.id.as_str()).collect())
            }
        };
        let text = id.text();
        let meant = likely(text, known.iter().copied()).map(|id| format!("; did you mean {id}?")).unwrap_or_default();
        (!known.iter().any(|known| id.fits(known))).then(|| format!("no {what} has the id {text}{meant}"))
    }

    /// True if it accepts `finding` on this server.
    pub(crate) fn is_for(&self, server: &ServerIdentity, finding: &Finding) -> bool {
        let Accepted::Finding(id) = &self.what else { return false };
        id.fits(&finding.id) && self.is_of(server, finding.tool.as_deref().unwrap_or_default())
    }

    /// True if it accepts every path through `flow`, that is, if it matches all tools of one of the steps. `identity`
    /// returns the identity of a tool's server.
    pub(crate) fn is_for_flow<'a>(
        &self,
        flow: &Flow,
        identity: impl Fn(&ToolRef) -> Option<&'a ServerIdentity>,
    ) -> bool {
        let Accepted::Flow(id) = &self.what else { return false };
        let fits = |tool: &ToolRef| identity(tool).is_some_and(|server| self.is_of(server, &tool.tool));
        id.fits(&flow.id) && flow.steps.iter().any(|step| step.tools.iter().all(fits))
    }

    /// True if it accepts the problem `id` of a policy about `tool` of this server.
    pub(crate) fn is_for_problem(&self, server: &ServerIdentity, id: &str, tool: &str) -> bool {
        matches!(&self.what, Accepted::Problem(pattern) if pattern.fits(id)) && self.is_of(server, tool)
    }

    pub(crate) fn is_of_problems(&self) -> bool {
        matches!(self.what, Accepted::Problem(_))
    }

    pub(crate) fn is_of_flows(&self) -> bool {
        matches!(self.what, Accepted::Flow(_))
    }

    fn is_of(&self, server: &ServerIdentity, tool: &str) -> bool {
        self.tool.fits(tool) && self.servers.fits(server)
    }

    /// What it matches, in words.
    pub(crate) fn looks_for(&self) -> String {
        let (what, joins) = match &self.what {
            Accepted::Finding(id) => (format!("finding {}", id.text()), "on"),
            Accepted::Flow(id) => (format!("flow {}", id.text()), "with every way through"),
            Accepted::Problem(id) => (format!("the problem {} of a policy", id.text()), "about"),
        };
        format!("{what} {joins} tool {} of server {}", self.tool.text(), self.servers.text())
    }

    /// True if it has expired.
    pub(crate) fn has_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    /// The mark for an accepted finding or flow. It does not record whether the ignore has expired, because that
    /// depends on the day on which the report is read.
    pub(crate) fn mark(&self, entry: usize) -> Ignored {
        let expires = self.expires.map(|date| date.to_string());
        Ignored { reason: self.reason.clone(), expires, entry }
    }
}
