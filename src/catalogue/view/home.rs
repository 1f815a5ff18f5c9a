//! The first page and the list of servers.

use serde::Serialize;

use super::changes::Changes;
use super::flows::FlowsView;
use super::parts::{Label, Pager, ServerRow, Share, SureAttack, ToolRow, shares};
use crate::catalogue::address;
use crate::catalogue::paging::part;
use crate::catalogue::site::Site;
use crate::model::{ByCategory, BySeverity, Category, Finding, ReportedError, Severity};
use crate::text::prose;

/// Most servers and tools that the first page shows of a kind.
const MAX_ROWS: usize = 8;
/// Most targets that could not be read, by name.
const MAX_ERRORS: usize = 50;

/// What `home.html` sees.
#[derive(Serialize)]
pub struct Home<'a> {
    stats: Vec<(String, String)>,
    categories: Vec<Share>,
    severities: Vec<Share>,
    /// Sure attacks on the agent.
    sure_attacks: Vec<SureAttack>,
    more_sure_attacks: usize,
    servers: Vec<ServerRow>,
    servers_in_all: usize,
    riskiest_tools: Vec<ToolRow>,
    /// Where the user gave a lock.
    changes: Option<Changes>,
    together: FlowsView<'a>,
    errors: &'a [ReportedError],
    more_errors: usize,
}

/// The view of the first page.
pub fn home<'a>(site: &Site<'a>) -> Home<'a> {
    let report = site.report;
    let categories = ByCategory::of(report.servers.iter().flat_map(|s| &s.tools).map(|tool| tool.assessment.category));
    let severities = BySeverity::of(&categories);
    let stat = |n: usize, noun: &str| {
        let noun = if n == 1 { noun.to_owned() } else { prose::plural(noun) };
        (prose::thousands(n), noun)
    };
    let errors = report.errors.get(..MAX_ERRORS).unwrap_or(&report.errors);
    Home {
        stats: vec![
            stat(report.servers.len(), "server"),
            stat(report.tool_count(), "tool"),
            stat(severities.critical, "critical tool"),
            stat(site.ruleset.attacks.len(), "attack pattern"),
        ],
        categories: shares(Category::ALL.iter().map(|c| (Label::category(*c), categories.get(*c))).collect()),
        severities: shares(Severity::ALL.iter().map(|s| (Label::severity(*s), severities.get(*s))).collect()),
        sure_attacks: report.servers.iter().flat_map(SureAttack::of_server).take(MAX_ROWS).collect(),
        more_sure_attacks: report.servers.iter().flat_map(SureAttack::of_server).skip(MAX_ROWS).count(),
        servers: riskiest(site),
        servers_in_all: report.servers.len(),
        riskiest_tools: Category::ALL
            .iter()
            .rev()
            .flat_map(|category| site.of_category(*category))
            .take(MAX_ROWS)
            .map(|place| ToolRow::of(site, *place))
            .collect(),
        changes: report.drift.as_ref().map(|drift| Changes::of(drift, report)),
        together: FlowsView::of(report),
        errors,
        more_errors: report.errors.len() - errors.len(),
    }
}

/// The servers that attack the agent first, then those with most critical tools, most of high and of medium severity, then
/// in report order.
fn riskiest(site: &Site<'_>) -> Vec<ServerRow> {
    let mut order: Vec<usize> = (0..site.report.servers.len()).collect();
    order.sort_by_key(|at| {
        let server = &site.report.servers[*at];
        let attacks = server.findings.iter().any(Finding::is_sure_attack);
        let counts = server.severities;
        std::cmp::Reverse((attacks, counts.critical, counts.high, counts.medium))
    });
    order.into_iter().take(MAX_ROWS).map(|at| ServerRow::of(&site.report.servers[at])).collect()
}

/// What `servers.html` sees.
#[derive(Serialize)]
pub struct Servers {
    count: usize,
    /// What the colours of the bars mean.
    legend: Vec<Label>,
    servers: Vec<ServerRow>,
    pager: Option<Pager>,
}

/// The view of part `at` of the list of servers.
pub fn servers(site: &Site<'_>, at: usize) -> Servers {
    let all = &site.report.servers;
    Servers {
        count: all.len(),
        legend: Category::ALL.into_iter().map(Label::category).collect(),
        servers: part(all, at).iter().map(ServerRow::of).collect(),
        pager: Pager::of(all.len(), at, address::servers),
    }
}
