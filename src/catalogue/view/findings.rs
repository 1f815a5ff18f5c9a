//! The page of findings, grouped by rule.

use std::cmp::Reverse;

use serde::Serialize;

use super::parts::Label;
use crate::catalogue::site::Site;
use crate::catalogue::{address, naming};
use crate::model::{Finding, FindingKind, ServerReport, Severity};
use crate::rules::FindingRule;
use crate::text::{clean, prose};

/// Most findings shown per rule.
const MAX_PLACES: usize = 25;
/// Longest text of a finding, in characters.
const MAX_TEXT: usize = 300;

/// The data for `findings.html`.
#[derive(Serialize)]
pub(crate) struct Findings<'a> {
    count: usize,
    servers: usize,
    rules: Vec<RuleRow<'a>>,
}

/// A rule with its findings.
#[derive(Serialize)]
struct RuleRow<'a> {
    id: &'a str,
    title: &'a str,
    kind: &'static str,
    severity: Label,
    why: &'a str,
    remedy: &'a str,
    /// The page that describes the rule.
    href: Option<String>,
    count: String,
    places: Vec<PlaceRow>,
    more: usize,
}

#[derive(Serialize)]
struct PlaceRow {
    /// The server's name and page.
    server: (String, String),
    /// The tool's name and page; `None` for a finding about the server.
    tool: Option<(String, String)>,
    text: String,
    /// The reason why it is suppressed, if it is.
    suppression: Option<String>,
}

/// Attacks first, then by severity, then by frequency.
pub(crate) fn findings<'a>(site: &Site<'a>) -> Findings<'a> {
    let all = || site.by_attention().flat_map(|server| server.findings().map(move |finding| (server, finding)));
    let of_rule = |rule: &'a FindingRule| {
        let found: Vec<(&ServerReport, &Finding)> = all().filter(|(_, finding)| finding.id == rule.id).collect();
        let worst: Severity = found.iter().map(|(_, finding)| finding.severity).max()?;
        Some((rule.kind != FindingKind::Attack, Reverse(worst), Reverse(found.len()), row(site, rule, worst, &found)))
    };
    let mut rules: Vec<_> = site.ruleset.findings.iter().filter_map(of_rule).collect();
    rules.sort_by_key(|(is_mild, worst, count, _)| (*is_mild, *worst, *count));
    Findings {
        count: all().count(),
        servers: site.report.servers.iter().filter(|server| server.findings().next().is_some()).count(),
        rules: rules.into_iter().map(|(.., row)| row).collect(),
    }
}

fn row<'a>(
    site: &Site<'_>,
    rule: &'a FindingRule,
    worst: Severity,
    found: &[(&ServerReport, &Finding)],
) -> RuleRow<'a> {
    RuleRow {
        id: &rule.id,
        title: &rule.title,
        kind: rule.kind.name(),
        severity: Label::severity(worst),
        why: &rule.why,
        remedy: &rule.remedy,
        href: site.rulebook.address_of(&rule.id),
        count: prose::count(found.len(), "finding"),
        places: found.iter().take(MAX_PLACES).map(|(server, finding)| place(server, finding)).collect(),
        more: found.len().saturating_sub(MAX_PLACES),
    }
}

fn place(server: &ServerReport, finding: &Finding) -> PlaceRow {
    let tool = finding.tool_index.and_then(|index| server.tools.get(index));
    PlaceRow {
        server: (naming::label(&server.server), address::server(&server.slug, 1)),
        tool: tool.map(|tool| (naming::tool(&tool.tool.name), address::tool(&server.slug, &tool.slug))),
        text: clean::excerpt_of_words(&finding.text, MAX_TEXT),
        suppression: finding.suppression(),
    }
}
