//! The lock: what was approved, in a file that people read and keep in version control, and what has changed since.
//!
//! Each definition is stored twice. Its digests decide whether a field has changed ([`definition`] defines equality);
//! its texts and parameters, cut to a limit, show what has changed. The lock contains no timestamp, so the same listing
//! gives the same bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Assessment, Finding, Guard, Report, ServerReport, Severity, Signal, Tool, ToolReport, Transport};
use crate::text::digest;

mod accepted_values;
mod approval;
mod bounds;
mod definition;
mod details;
mod drift;
mod entries;
mod file;
mod items;
mod likeness;
mod pairs;
mod pinned;
mod protocols;

pub(crate) use entries::{Lock, LockedServer, LockedTool};
pub(crate) use file::LockError;
pub(crate) use pinned::PinnedServer;

use accepted_values::AcceptedValues;
use bounds::{MAX_PARAMETER, MAX_TEXT, bounded, sorted};
use definition::collapse_spaces;
use entries::{FORMAT, LockedParameter, LockedVerdict};

/// What tells a server in a lock from the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServerKey {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    launch: Option<String>,
}

/// The lock has no server with that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no server is called {0}")]
pub(crate) struct UnknownServer(pub String);

/// A name that does not say what to approve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnclearName {
    /// Neither a server nor a tool has it.
    #[error("no server and no tool is called {0}")]
    Unknown(String),
    /// Several things have it; `choices` says how each is named alone.
    #[error("{name} may be {}", .choices.join(" or "))]
    Ambiguous { name: String, choices: Vec<String> },
}

/// The name that approves everything, unless a server or a tool has it.
pub(crate) const ALL: &str = "all";

impl Lock {
    /// The lock for the current state of `report`.
    #[cfg(test)]
    pub(crate) fn new(report: &Report) -> Self {
        Self::showing(report, report)
    }

    /// The lock for the current state of `report`, with the texts of `published`, the same report without secrets. The
    /// digests are those of what the servers sent.
    pub(crate) fn showing(report: &Report, published: &Report) -> Self {
        let judged_by =
            format!("mcp-scan {}, rules {}, profile {}", report.mcp_scan_version, report.ruleset, report.profile);
        let servers = report.servers.iter().zip(&published.servers).enumerate();
        Self::sorted(servers.map(|(at, (server, shown))| LockedServer::new(server, shown, at, &judged_by)).collect())
    }

    /// This lock with the servers of `newer` added; a server in both is replaced by the newer entry.
    pub(crate) fn updated_by(self, newer: Self) -> Self {
        let replaced = pairs::pairs(&self.servers, &newer.servers);
        let kept = self.servers.into_iter().enumerate().filter(|(at, _)| !replaced.contains(&Some(*at)));
        Self::sorted(kept.map(|(_, server)| server).chain(newer.servers).collect())
    }

    /// What tells the servers of this lock apart.
    pub(crate) fn keys(&self) -> impl Iterator<Item = ServerKey> {
        self.servers.iter().map(|server| ServerKey { name: server.name.clone(), launch: server.launch.clone() })
    }

    /// This lock without the server `key`.
    pub(crate) fn without(mut self, key: &ServerKey) -> Self {
        self.servers.retain(|server| server.name != key.name || server.launch != key.launch);
        self
    }

    /// This lock with nothing but the server `key`. `None` if it has no such server.
    pub(crate) fn only(mut self, key: &ServerKey) -> Option<Self> {
        self.servers.retain(|server| server.name == key.name && server.launch == key.launch);
        (!self.servers.is_empty()).then_some(self)
    }

    pub(crate) fn server_count(&self) -> usize {
        self.servers.len()
    }

    pub(crate) fn tool_count(&self) -> usize {
        self.servers.iter().map(|server| server.tools.len()).sum()
    }
}

impl LockedServer {
    fn new(report: &ServerReport, shown: &ServerReport, at: usize, judged_by: &str) -> Self {
        let server = &report.server;
        let tools = report.tools.iter().zip(&shown.tools);
        let mut tools: Vec<LockedTool> = tools.map(|(tool, shown)| LockedTool::new(tool, &shown.tool)).collect();
        tools.sort();
        let own = report.own_findings.iter();
        let mut locked = Self {
            name: server.name.clone(),
            title: server.title.as_deref().and_then(collapse_spaces),
            version: server.version.clone(),
            launch: (![Transport::Saved, Transport::Package].contains(&server.transport))
                .then(|| server.target.to_string()),
            package: server.package.clone(),
            protocol: server.protocol_version.clone(),
            instructions: shown
                .server
                .instructions
                .as_deref()
                .and_then(collapse_spaces)
                .map(|text| bounded(&text, MAX_TEXT)),
            instructions_digest: server.instructions_digest.clone().or_else(|| {
                server.instructions.as_deref().and_then(collapse_spaces).map(|text| digest::sha256([text]))
            }),
            other_keys: server.beside_digest.clone(),
            grade: report.grade.clone(),
            findings: findings(own),
            judged_by: judged_by.to_owned(),
            seal: String::new(),
            tools,
            items: items::locked(report),
            lock_format: FORMAT,
            listed: Some(at),
        };
        locked.seal = locked.expected_seal();
        locked
    }
}

impl LockedTool {
    fn new(report: &ToolReport, shown: &Tool) -> Self {
        let ToolReport { tool, assessment, decision, .. } = report;
        let (aggravating, other): (Vec<&Signal>, Vec<&Signal>) =
            assessment.signals.iter().partition(|signal| signal.aggravating);
        let mut locked = Self {
            name: tool.name.clone(),
            category: assessment.category,
            severity: assessment.severity,
            score: assessment.score.value,
            policy: decision.words(),
            guards: sorted(decision.guards.iter().map(guarded)),
            aggravating: signals(aggravating),
            signals: signals(other),
            findings: findings(report.findings.iter()),
            title: shown.title.as_deref().and_then(collapse_spaces),
            description: shown.description.as_deref().and_then(collapse_spaces).map(|text| bounded(&text, MAX_TEXT)),
            annotations: definition::hints_of(shown),
            parameters: parameters(shown),
            bounds: bounds(shown),
            details: details::details(shown),
            without_hints: report.without_hints.as_deref().map(without_hints),
            digests: definition::digests(tool),
            seal: String::new(),
        };
        locked.seal = entries::seal(&locked);
        locked
    }
}

fn signals(signals: Vec<&Signal>) -> Vec<String> {
    sorted(signals.iter().map(|signal| with_parameter(&signal.id, signal.parameter.as_deref())))
}

fn without_hints(assessment: &Assessment) -> LockedVerdict {
    LockedVerdict {
        category: assessment.category,
        severity: assessment.severity,
        score: assessment.score.value,
        aggravating: signals(assessment.signals.iter().filter(|signal| signal.aggravating).collect()),
    }
}

fn parameters(tool: &Tool) -> Vec<LockedParameter> {
    let locked = tool.parameters.iter().map(|parameter| LockedParameter {
        path: parameter.path.clone(),
        takes: AcceptedValues::new(parameter),
        says: parameter.description.as_deref().and_then(collapse_spaces).map(|text| bounded(&text, MAX_PARAMETER)),
    });
    sorted(locked)
}

fn bounds(tool: &Tool) -> BTreeMap<String, String> {
    let bounds = tool.input_schema.as_ref().map(|schema| definition::bounds(&schema.value())).unwrap_or_default();
    bounds.into_iter().map(|(place, bound)| (bounded(&place, MAX_PARAMETER), bounded(&bound, MAX_PARAMETER))).collect()
}

/// The highest severity of each finding id, without accepted findings.
fn findings<'a>(findings: impl Iterator<Item = &'a Finding>) -> BTreeMap<String, Severity> {
    let mut gravest = BTreeMap::new();
    for finding in findings.filter(|finding| finding.ignored.is_none()) {
        let severity = gravest.entry(finding.id.clone()).or_insert(finding.severity);
        *severity = finding.severity.max(*severity);
    }
    gravest
}

/// "public-host (url)".
fn guarded(guard: &Guard) -> String {
    let parameters = guard.parameters();
    with_parameter(&guard.id, (!parameters.is_empty()).then(|| parameters.join(", ")).as_deref())
}

fn with_parameter(id: &str, parameter: Option<&str>) -> String {
    parameter.map_or_else(|| id.to_owned(), |parameter| format!("{id} ({parameter})"))
}

#[cfg(test)]
mod tests;
