//! The data for the report templates: cleaned, on one line each, bounded, and sorted by severity.

use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use serde::Serialize;

use super::{drift, wording};
use crate::model::{Category, Counts, Finding, Flow, Report, ReportedError, ServerReport, Severity, ToolReport};
use crate::text::embedded::{EmbeddedFile, files};
use crate::text::{clean, prose};

static FOLDER: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates/report");

/// The templates of `templates/report/`.
pub(super) static TEMPLATES: LazyLock<Vec<EmbeddedFile>> = LazyLock::new(|| files(&FOLDER));

/// Longest description of a change, in characters. It contains the values before and after.
const MAX_CHANGE: usize = 1_000;
/// Most tools named in the smallest cut of the flows.
const MAX_CUT: usize = 50;

#[derive(Serialize)]
pub(super) struct View {
    counts: Counts,
    /// The totals in one sentence.
    total: String,
    drift: Option<DriftView>,
    severities: Vec<SeverityCount>,
    categories: Vec<CategoryCount>,
    servers: Vec<ServerView>,
    more_servers: usize,
    flows: Vec<FindingRow>,
    cut: Option<String>,
    errors: Vec<Unread>,
    more_errors: usize,
    version: String,
    ruleset: String,
    profile: String,
}

/// Changes since approval.
#[derive(Serialize)]
struct DriftView {
    /// A summary in one sentence.
    summary: String,
    rows: Vec<DriftRow>,
    more: usize,
    not_given: Option<String>,
}

#[derive(Serialize)]
struct DriftRow {
    raises: bool,
    server: String,
    text: String,
}

/// The number of tools, findings and flows of one severity.
#[derive(Serialize)]
struct SeverityCount {
    severity: Severity,
    tools: usize,
    findings: usize,
    flows: usize,
}

/// The number of tools of one category.
#[derive(Serialize)]
struct CategoryCount {
    category: Category,
    tools: usize,
}

#[derive(Serialize)]
struct ServerView {
    heading: String,
    origin: String,
    /// `Add with this policy`.
    answer: &'static str,
    /// The answer with its reason, in one sentence.
    verdict: String,
    exposure: Option<String>,
    grade: Option<String>,
    arithmetic: Option<String>,
    raised_by: Vec<String>,
    /// False if only its entry in a configuration is known.
    read: bool,
    tool_count: usize,
    severities: String,
    findings: Vec<FindingRow>,
    more_findings: usize,
    suppressed: usize,
    deviations: Vec<FindingRow>,
    more_deviations: usize,
    tools: Vec<ToolRow>,
    more_tools: usize,
    /// What it lists besides tools: the count of each kind, and the first names.
    items: Vec<(String, String)>,
}

/// A finding, a flow (its text names the tools) or a deviation (it has no severity).
#[derive(Serialize)]
struct FindingRow {
    severity: Option<Severity>,
    id: String,
    tool: Option<String>,
    text: String,
    suppression: Option<String>,
}

#[derive(Serialize)]
struct ToolRow {
    name: String,
    category: String,
    severity: Severity,
    score: u8,
    why: String,
    overridden: bool,
}

#[derive(Serialize)]
struct Unread {
    target: String,
    what: String,
    why: String,
}

/// How much a document shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Most findings, deviations and tools per server, and most changes.
    pub(super) rows: usize,
    /// Most servers, and most targets that could not be read.
    pub(super) servers: usize,
}

impl View {
    /// The view of `report` within `limits`. Where not all servers are shown, those that need attention are.
    pub(super) fn new(report: &Report, limits: Limits) -> Self {
        let Limits { rows, servers: most } = limits;
        let counts = Counts::new(report);
        let level = |severity| SeverityCount {
            severity,
            tools: counts.severities.get(severity),
            findings: counts.findings.get(severity),
            flows: counts.flows.get(severity),
        };
        let read = report.servers.len();
        let mut servers: Vec<(usize, &ServerReport)> = report.all_servers().enumerate().collect();
        let more_servers = servers.len().saturating_sub(most);
        if more_servers > 0 {
            servers.sort_by_key(|&(_, server)| server.attention());
            servers.truncate(most);
        }
        Self {
            counts,
            total: wording::total(&counts),
            drift: report.drift.as_ref().map(|drift| DriftView::new(drift, rows)),
            severities: Severity::ALL.into_iter().rev().map(level).collect(),
            categories: Category::ALL
                .map(|category| CategoryCount { category, tools: counts.categories.get(category) })
                .into(),
            servers: servers.into_iter().map(|(at, server)| ServerView::new(server, at < read, rows)).collect(),
            more_servers,
            flows: report.flows.found.iter().map(|flow| FindingRow::of_flow(flow, report)).collect(),
            cut: wording::smallest_cut(report, rows.min(MAX_CUT)),
            errors: report.failures().take(most).map(Unread::new).collect(),
            more_errors: report.failures().count().saturating_sub(most),
            version: report.mcp_scan_version.clone(),
            ruleset: report.ruleset.clone(),
            profile: report.profile.clone(),
        }
    }
}

impl DriftView {
    /// Changes that raise the risk come first.
    fn new(drift: &crate::model::Drift, rows: usize) -> Self {
        let mut differences = drift::differences(drift);
        differences.sort_by_key(|difference| !difference.raises);
        let changed = |difference: &drift::Difference| DriftRow {
            raises: difference.raises,
            server: wording::visible_name(&difference.server),
            text: clean::excerpt(&difference.text, MAX_CHANGE),
        };
        Self {
            summary: drift::summary(drift),
            rows: differences.iter().take(rows).map(changed).collect(),
            more: differences.len().saturating_sub(rows),
            not_given: drift::not_given(drift).map(|text| clean::excerpt(&text, MAX_CHANGE)),
        }
    }
}

impl ServerView {
    /// The view of a server, with at most `rows` rows of each kind. `read` is false if the server could not be read.
    fn new(server: &ServerReport, read: bool, rows: usize) -> Self {
        let findings = server.gravest_findings();
        let mut tools: Vec<&ToolReport> = server.tools.iter().collect();
        tools.sort_by(|a, b| a.attention().cmp(&b.attention()));
        let deviation = |deviation: &crate::model::Deviation| FindingRow {
            severity: None,
            id: deviation.id.clone(),
            tool: deviation.tool.as_deref().map(wording::visible_name),
            text: sentence(&deviation.text),
            suppression: None,
        };
        let raise = |raise: &crate::model::Raise| format!("{} ({}) if {}", raise.grade, raise.points, raise.condition);
        Self {
            heading: wording::heading(server),
            origin: wording::origin(server),
            answer: server.verdict.answer.words(),
            verdict: wording::verdict_text(server),
            exposure: wording::exposure_text(server),
            grade: server.grade.clone(),
            arithmetic: server.grade_arithmetic.clone(),
            raised_by: server.grade_raised_by.iter().map(raise).collect(),
            read,
            tool_count: server.tool_count,
            severities: wording::severities(&server.severities),
            suppressed: findings.iter().filter(|finding| finding.suppression().is_some()).count(),
            more_findings: findings.len().saturating_sub(rows),
            findings: findings.into_iter().take(rows).map(FindingRow::new).collect(),
            more_deviations: server.deviations.len().saturating_sub(rows),
            deviations: server.deviations.iter().take(rows).map(deviation).collect(),
            items: wording::items(server),
            more_tools: tools.len().saturating_sub(rows),
            tools: tools.into_iter().take(rows).map(ToolRow::new).collect(),
        }
    }
}

impl FindingRow {
    fn new(finding: &Finding) -> Self {
        Self {
            severity: Some(finding.severity),
            id: finding.id.clone(),
            tool: finding.tool.as_deref().map(wording::visible_name),
            text: sentence(&finding.text),
            suppression: shown(finding.suppression()),
        }
    }

    fn of_flow(flow: &Flow, report: &Report) -> Self {
        Self {
            severity: Some(flow.severity),
            id: flow.id.clone(),
            tool: None,
            text: prose::sentence(&wording::flow_text(flow, report)),
            suppression: shown(flow.suppression()),
        }
    }
}

impl ToolRow {
    fn new(tool: &ToolReport) -> Self {
        let verdict = &tool.assessment;
        Self {
            name: wording::visible_name(&tool.tool.name),
            category: wording::category_name(tool),
            severity: verdict.severity,
            score: verdict.score.value,
            why: clean::excerpt(&wording::why(tool), wording::MAX_SENTENCE),
            overridden: verdict.overridden.is_some(),
        }
    }
}

impl Unread {
    fn new(error: &ReportedError) -> Self {
        let shown = |text: &str| clean::excerpt(text, wording::MAX_SENTENCE);
        Self { target: shown(&error.target), what: shown(&error.what), why: shown(&error.why) }
    }
}

fn shown(suppression: Option<String>) -> Option<String> {
    suppression.map(|why| clean::excerpt(&why, wording::MAX_SENTENCE))
}

fn sentence(text: &str) -> String {
    prose::sentence(&clean::excerpt(text, wording::MAX_SENTENCE))
}
