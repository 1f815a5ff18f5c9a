//! The page of a server.

use std::cmp::Reverse;

use serde::Serialize;

use super::flows::FlowsView;
use super::parts::{AnswerLabel, Label, MAX_NAME, Pager, Segment, SureAttack, ToolRow, stacked};
use super::policy::{Snippet, wholes};
use crate::catalogue::paging::part;
use crate::catalogue::related::ToolIndex;
use crate::catalogue::site::Site;
use crate::catalogue::{address, naming};
use crate::model::{
    Care, Category, Deviation, Exposure, Finding, Item, ItemKind, Package, Raise, ServerReport, Severity, ToolReport,
    Transport, Verdict,
};
use crate::policy::dialect::PolicyError;
use crate::text::{clean, prose};

/// Most bytes of policy on the page itself, all formats together. The rest is linked.
const MAX_POLICY: usize = 100_000;
/// Longest `instructions` shown, in characters.
const MAX_INSTRUCTIONS: usize = 4_000;
/// Longest description of an item shown, in characters.
const MAX_ITEM_TEXT: usize = 500;
/// Most findings, deviations and items of a kind shown.
const MAX_NOTES: usize = 100;

/// A server as its own pages and those of its tools describe it.
#[derive(Serialize)]
pub(crate) struct ServerFacts<'a> {
    /// Its name without the words "MCP server".
    pub(crate) label: String,
    /// Its name in a sentence, with "MCP server" once.
    pub(crate) phrase: String,
    href: String,
    tools: String,
    /// True if it has exactly one tool.
    only: bool,
    package: Option<PackageFacts<'a>>,
    url: Option<String>,
    scan: Option<String>,
    version: Option<&'a str>,
}

#[derive(Serialize)]
struct PackageFacts<'a> {
    registry: Option<&'static str>,
    name: String,
    /// The package's page in its registry.
    href: Option<String>,
    version: Option<&'a str>,
}

impl<'a> ServerFacts<'a> {
    pub(crate) fn new(server: &'a ServerReport) -> Self {
        let package = |p: &'a Package| PackageFacts {
            registry: naming::registry(p),
            name: clean::excerpt(&p.name, MAX_NAME),
            href: naming::package_page(p),
            version: p.version.as_deref(),
        };
        Self {
            label: naming::label(&server.server),
            phrase: naming::phrase(&server.server),
            href: address::server(&server.slug, 1),
            tools: prose::count(server.tools.len(), "tool"),
            only: server.tools.len() == 1,
            package: naming::package(&server.server).map(package),
            url: naming::url(&server.server),
            scan: naming::scan_command(&server.server),
            version: server.server.version.as_deref(),
        }
    }
}

/// The data for `server.html`.
#[derive(Serialize)]
pub(crate) struct ServerPage<'a> {
    server: ServerFacts<'a>,
    name: &'a str,
    transport: &'static str,
    protocol: Option<&'a str>,
    instructions: Option<String>,
    answer: AnswerLabel,
    verdict: &'a Verdict,
    exposure: Option<&'a Exposure>,
    care: Option<&'a Care>,
    grade: Option<&'a str>,
    grade_arithmetic: Option<&'a str>,
    grade_raised_by: &'a [Raise],
    /// True for the first part. Later parts only list tools.
    first: bool,
    bar: Vec<Segment>,
    counts: Vec<(Label, String)>,
    /// The number of tools of each severity, highest first, linked to their list.
    levels: Vec<(Label, String)>,
    /// The flows between its tools. Only on the first part.
    together: Option<FlowsView>,
    risks: Vec<Risk>,
    groups: Vec<Group>,
    /// The number of tools that this part lists.
    listed: usize,
    pager: Option<Pager>,
    policy: Vec<Snippet>,
    /// Findings that are certainly attacks on the agent.
    sure_attacks: Vec<SureAttack>,
    findings: Vec<Note<'a>>,
    more_findings: usize,
    deviations: Vec<Note<'a>>,
    more_deviations: usize,
    unreadable: usize,
    /// What it lists besides tools. Only on the first part.
    items: Vec<ItemGroup>,
}

/// The prompts, resources, resource templates or skills of a server.
#[derive(Serialize)]
struct ItemGroup {
    count: String,
    rows: Vec<ItemRow>,
    more: usize,
}

#[derive(Serialize)]
struct ItemRow {
    name: String,
    uri: Option<String>,
    text: Option<String>,
}

/// A category above Read, with its first tools as examples.
#[derive(Serialize)]
struct Risk {
    category: Label,
    category_texts: String,
    tools: String,
    examples: Vec<ToolRow>,
    more: usize,
}

#[derive(Serialize)]
struct Group {
    category: Label,
    count: String,
    /// The number of them that this part lists, if other parts list more.
    here: Option<usize>,
    tools: Vec<ToolRow>,
}

#[derive(Serialize)]
struct Note<'a> {
    id: &'a str,
    severity: Option<Label>,
    tool: Option<String>,
    text: &'a str,
}

/// Builds part `at` of the page of server `number`.
pub(crate) fn server<'a>(site: &Site<'a>, number: usize, at: usize) -> Result<ServerPage<'a>, PolicyError> {
    let server = &site.report.servers[number];
    let ordered = gravest_first(server, number);
    let first = at == 1;
    Ok(ServerPage {
        server: ServerFacts::new(server),
        name: &server.server.name,
        transport: match server.server.transport {
            Transport::Stdio => "a process on this machine (stdio)",
            Transport::Http => "streamable HTTP",
            Transport::Sse => "the older HTTP+SSE",
            Transport::Package => "the source of the package, which was not run",
            Transport::Saved => "a saved listing",
        },
        protocol: server.server.protocol_version.as_deref(),
        answer: AnswerLabel::new(server.verdict.answer),
        verdict: &server.verdict,
        exposure: server.exposure.as_ref(),
        care: server.care.as_ref(),
        grade: server.grade.as_deref(),
        grade_arithmetic: server.grade_arithmetic.as_deref(),
        grade_raised_by: &server.grade_raised_by,
        instructions: server.server.instructions.as_deref().map(|text| bounded(text, MAX_INSTRUCTIONS)),
        first,
        bar: stacked(&server.categories),
        counts: Category::ALL
            .iter()
            .map(|c| (Label::category(*c), prose::thousands(server.categories.get(*c))))
            .collect(),
        levels: Severity::ALL
            .into_iter()
            .rev()
            .filter(|severity| server.severities.get(*severity) > 0)
            .map(|severity| level(server, severity))
            .collect(),
        together: first.then(|| FlowsView::of_server(site, server)),
        risks: if first { risks(site, &ordered) } else { vec![] },
        groups: groups(site, server, part(&ordered, at)),
        listed: part(&ordered, at).len(),
        pager: Pager::new(ordered.len(), at, |part| address::server(&server.slug, part)),
        policy: if first && !server.tools.is_empty() { wholes(site, server, MAX_POLICY)? } else { vec![] },
        sure_attacks: SureAttack::of_server(server).take(MAX_NOTES).collect(),
        findings: server.gravest_findings().into_iter().take(MAX_NOTES).map(finding).collect(),
        more_findings: server.findings().count().saturating_sub(MAX_NOTES),
        deviations: server.deviations.iter().take(MAX_NOTES).map(deviation).collect(),
        more_deviations: server.deviations.len().saturating_sub(MAX_NOTES),
        items: if first { item_groups(server) } else { vec![] },
        unreadable: server.tools.iter().filter(|t| t.tool.error.is_some()).count(),
    })
}

/// A severity with the number of tools, linked to the list of them.
fn level(server: &ServerReport, severity: Severity) -> (Label, String) {
    let href = Some(address::level(severity, &server.slug, 1));
    (Label { href, ..Label::severity(severity) }, prose::count(server.severities.get(severity), "tool"))
}

/// The tools of a server, most severe category first, then sure attacks, then in listing order.
fn gravest_first(server: &ServerReport, number: usize) -> Vec<ToolIndex> {
    let mut indices: Vec<ToolIndex> = (0..server.tools.len()).map(|tool| ToolIndex::new(number, tool)).collect();
    let order = |tool: &ToolReport| (Reverse(tool.assessment.category), Reverse(tool.has_sure_attack()));
    indices.sort_by_key(|index| order(&server.tools[index.tool()]));
    indices
}

fn groups(site: &Site<'_>, server: &ServerReport, indices: &[ToolIndex]) -> Vec<Group> {
    indices
        .chunk_by(|a, b| site.tool(*a).assessment.category == site.tool(*b).assessment.category)
        .filter_map(|chunk| {
            let category = site.tool(*chunk.first()?).assessment.category;
            Some(Group {
                category: Label::category(category),
                count: prose::count(server.categories.get(category), "tool"),
                here: Some(chunk.len()).filter(|here| *here < server.categories.get(category)),
                tools: chunk.iter().map(|p| ToolRow::new(site, *p)).collect(),
            })
        })
        .collect()
}

/// The items of each kind that the server has.
fn item_groups(server: &ServerReport) -> Vec<ItemGroup> {
    let row = |item: &Item| ItemRow {
        name: clean::excerpt(&item.name, MAX_NAME),
        uri: item.uri.as_deref().map(|uri| clean::excerpt(uri, MAX_NAME)),
        text: item.description.as_deref().map(|text| bounded(text, MAX_ITEM_TEXT)),
    };
    let group = |kind: ItemKind| {
        let count = server.items(kind).count();
        (count > 0).then(|| ItemGroup {
            count: prose::count(count, kind.name()),
            rows: server.items(kind).take(MAX_NOTES).map(row).collect(),
            more: count.saturating_sub(MAX_NOTES),
        })
    };
    ItemKind::ALL.into_iter().filter_map(group).collect()
}

/// A risk for each category above Read that the server has, most severe first.
fn risks(site: &Site<'_>, ordered: &[ToolIndex]) -> Vec<Risk> {
    const EXAMPLES: usize = 3;
    ordered
        .chunk_by(|a, b| site.tool(*a).assessment.category == site.tool(*b).assessment.category)
        .filter_map(|chunk| {
            let category = site.tool(*chunk.first()?).assessment.category;
            (category.severity() > Severity::Low).then(|| Risk {
                category: Label::category(category),
                category_texts: texts(category),
                tools: prose::count(chunk.len(), "tool"),
                examples: chunk.iter().take(EXAMPLES).map(|p| ToolRow::new(site, *p)).collect(),
                more: chunk.len().saturating_sub(EXAMPLES),
            })
        })
        .collect()
}

/// The path of the template with the texts about a category.
pub(crate) fn texts(category: Category) -> String {
    format!("texts/{}.txt", address::category_slug(category))
}

/// At most `max` characters of `text`, line breaks kept.
fn bounded(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}...", text[..end].trim_end()),
        None => text.trim().to_owned(),
    }
}

fn finding(finding: &Finding) -> Note<'_> {
    let severity = Some(Label::severity(finding.severity));
    Note { id: &finding.id, severity, tool: finding.tool.as_deref().map(naming::tool), text: &finding.text }
}

fn deviation(deviation: &Deviation) -> Note<'_> {
    Note { id: &deviation.id, severity: None, tool: deviation.tool.as_deref().map(naming::tool), text: &deviation.text }
}
