//! The page of findings: what is wrong, by rule, with the places where it is.

use std::cmp::Reverse;

use serde::Serialize;

use super::parts::Label;
use crate::catalogue::site::Site;
use crate::catalogue::{address, naming};
use crate::model::{Finding, FindingKind, ServerReport, Severity};
use crate::rules::FindingRule;
use crate::text::{clean, prose};

/// Most places that are shown of one rule.
const MAX_PLACES: usize = 25;
/// Longest text of one finding, in characters.
const MAX_TEXT: usize = 300;

/// What `findings.html` sees.
#[derive(Serialize)]
pub(crate) struct Findings<'a> {
    count: usize,
    servers: usize,
    rules: Vec<RuleRow<'a>>,
}

/// One rule with what it found.
#[derive(Serialize)]
struct RuleRow<'a> {
    id: &'a str,
    title: &'a str,
    kind: &'static str,
    severity: Label,
    why: &'a str,
    remedy: &'a str,
    /// Where the rule is described.
    href: Option<String>,
    count: String,
    places: Vec<PlaceRow>,
    more: usize,
}

#[derive(Serialize)]
struct PlaceRow {
    /// The server with its page.
    server: (String, String),
    /// The tool with its page, where it is about one.
    tool: Option<(String, String)>,
    text: String,
    /// Why it is no news.
    suppression: Option<String>,
}

/// The view of the findings of all servers: attacks first, then by severity, then the most frequent.
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
        href: site.rulebook.place(&rule.id),
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
