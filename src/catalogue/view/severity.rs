//! The page of a severity, and the list of a server's tools with one severity.

use serde::Serialize;

use super::category::most_specific;
use super::parts::{AttackRow, Label, Pager, ToolRow};
use super::server::{ServerFacts, texts};
use crate::catalogue::address;
use crate::catalogue::naming;
use crate::catalogue::paging::part;
use crate::catalogue::related::ToolIndex;
use crate::catalogue::site::Site;
use crate::model::{Category, Severity};
use crate::text::prose;

/// Most attacks and servers shown.
const MAX_ATTACKS: usize = 12;
const MAX_SERVERS: usize = 50;

/// The data for `severity.html`.
#[derive(Serialize)]
pub(crate) struct SeverityPage<'a> {
    severity: Label,
    first: bool,
    /// Each category of this severity, with the template of its texts.
    categories: Vec<(Label, String)>,
    count: usize,
    tools: Vec<ToolRow>,
    pager: Option<Pager>,
    servers: Vec<ServerShare>,
    more_servers: usize,
    attacks: Vec<AttackRow<'a>>,
    others: Vec<Label>,
}

/// A server and how many of its tools have the severity.
#[derive(Serialize)]
struct ServerShare {
    label: String,
    href: String,
    tools: String,
    of: String,
}

/// Builds part `at` of the page of `severity`.
pub(crate) fn severity<'a>(site: &Site<'a>, severity: Severity, at: usize) -> SeverityPage<'a> {
    let indices = site.of_severity(severity);
    let categories: Vec<Category> = Category::ALL.into_iter().filter(|c| c.severity() == severity).collect();
    let mut servers: Vec<usize> =
        (0..site.report.servers.len()).filter(|at| site.report.servers[*at].severities.get(severity) > 0).collect();
    servers.sort_by_key(|at| std::cmp::Reverse(site.report.servers[*at].severities.get(severity)));
    let mut attacks: Vec<AttackRow<'a>> = Vec::new();
    for attack in categories.iter().rev().flat_map(|category| most_specific(site, *category)).map(AttackRow::new) {
        if attacks.len() < MAX_ATTACKS && !attacks.contains(&attack) {
            attacks.push(attack);
        }
    }
    SeverityPage {
        severity: Label::severity(severity),
        first: at == 1,
        categories: categories.iter().map(|c| (Label::category(*c), texts(*c))).collect(),
        count: indices.len(),
        tools: part(indices, at).iter().map(|index| ToolRow::new(site, *index)).collect(),
        pager: Pager::new(indices.len(), at, |part| address::severity(severity, part)),
        servers: servers.iter().take(MAX_SERVERS).map(|at| share(site, *at, severity)).collect(),
        more_servers: servers.len().saturating_sub(MAX_SERVERS),
        attacks,
        others: Severity::ALL.into_iter().filter(|s| *s != severity).map(Label::severity).collect(),
    }
}

fn share(site: &Site<'_>, at: usize, severity: Severity) -> ServerShare {
    let server = &site.report.servers[at];
    ServerShare {
        label: naming::label(&server.server),
        href: address::level(severity, &server.slug, 1),
        tools: prose::thousands(server.severities.get(severity)),
        of: prose::count(server.tools.len(), "tool"),
    }
}

/// The data for `level.html`.
#[derive(Serialize)]
pub(crate) struct LevelPage<'a> {
    severity: Label,
    server: ServerFacts<'a>,
    count: usize,
    of: usize,
    tools: Vec<ToolRow>,
    pager: Option<Pager>,
    first: bool,
    attacks: Vec<AttackRow<'a>>,
}

/// Builds part `at` of the list of tools of `severity` in server `number`.
pub(crate) fn level<'a>(site: &Site<'a>, severity: Severity, number: usize, at: usize) -> LevelPage<'a> {
    let server = &site.report.servers[number];
    let indices = of_level(site, severity, number);
    let gravest = indices.iter().map(|index| site.tool(*index).assessment.category).max();
    LevelPage {
        severity: Label::severity(severity),
        server: ServerFacts::new(server),
        count: indices.len(),
        of: server.tools.len(),
        tools: part(&indices, at).iter().map(|index| ToolRow::new(site, *index)).collect(),
        pager: Pager::new(indices.len(), at, |part| address::level(severity, &server.slug, part)),
        first: at == 1,
        attacks: gravest
            .into_iter()
            .flat_map(|category| most_specific(site, category))
            .take(MAX_ATTACKS / 2)
            .map(AttackRow::new)
            .collect(),
    }
}

/// The tools of one severity in one server, highest score first.
fn of_level(site: &Site<'_>, severity: Severity, number: usize) -> Vec<ToolIndex> {
    let tools = &site.report.servers[number].tools;
    let is_of = |tool: &usize| tools[*tool].assessment.severity == severity;
    let mut indices: Vec<ToolIndex> = (0..tools.len()).filter(is_of).map(|tool| ToolIndex::new(number, tool)).collect();
    indices.sort_by_key(|index| std::cmp::Reverse(site.tool(*index).assessment.score.value));
    indices
}
