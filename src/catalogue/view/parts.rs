//! Data that several pages share.

use serde::Serialize;

use crate::catalogue::address;
use crate::catalogue::naming;
pub(crate) use crate::catalogue::naming::MAX_NAME;
use crate::catalogue::paging;
use crate::catalogue::related::ToolIndex;
use crate::catalogue::site::Site;
use crate::model::{Answer, ByCategory, Category, ServerReport, Severity};
use crate::rules::Attack;
use crate::text::{clean, prose};

/// Longest text of an attack in a list, in characters.
const MAX_ATTACK: usize = 300;

/// A category or a severity as a label.
#[derive(Serialize)]
pub(crate) struct Label {
    /// `Write`, `Medium`.
    pub(crate) name: &'static str,
    /// The CSS class for its colour: `write`, `medium`.
    pub(crate) class: String,
    /// Its page, if it has one.
    pub(crate) href: Option<String>,
}

impl Label {
    pub(crate) fn category(category: Category) -> Self {
        let href = Some(address::category(category, 1));
        Self { name: category.name(), class: address::category_slug(category).into(), href }
    }

    pub(crate) fn severity(severity: Severity) -> Self {
        let href = Some(address::severity(severity, 1));
        Self { name: severity.name(), class: address::severity_slug(severity).into(), href }
    }
}

/// The answer about a server as a label.
#[derive(Serialize)]
pub(crate) struct AnswerLabel {
    /// `Do not add`.
    pub(crate) name: &'static str,
    /// The CSS class for its colour: `do-not-add`.
    pub(crate) class: &'static str,
}

impl AnswerLabel {
    pub(crate) fn new(answer: Answer) -> Self {
        let class = match answer {
            Answer::DoNotAdd => "do-not-add",
            Answer::AddWithPolicy => "add-with-policy",
            Answer::Add => "add",
        };
        Self { name: answer.words(), class }
    }
}

/// Longest reason in a list of servers, in characters.
const MAX_BECAUSE: usize = 160;

/// A tool in a list.
#[derive(Serialize)]
pub(crate) struct ToolRow {
    name: String,
    href: String,
    server: String,
    category: Label,
    score: u8,
    overridden: bool,
    excerpt: String,
}

impl ToolRow {
    pub(crate) fn new(site: &Site<'_>, index: ToolIndex) -> Self {
        let (server, tool) = (site.server(index), site.tool(index));
        Self {
            name: naming::tool(&tool.tool.name),
            href: address::tool(&server.slug, &tool.slug),
            server: naming::label(&server.server),
            category: Label::category(tool.assessment.category),
            score: tool.assessment.score.value,
            overridden: tool.assessment.overridden.is_some(),
            excerpt: naming::described(tool.tool.description.as_deref().unwrap_or(""), 140),
        }
    }
}

/// A server in a list.
#[derive(Serialize)]
pub(crate) struct ServerRow {
    label: String,
    href: String,
    package: Option<String>,
    answer: AnswerLabel,
    because: String,
    grade: Option<String>,
    tools: String,
    tool_count: usize,
    critical: usize,
    bar: Vec<Segment>,
}

impl ServerRow {
    pub(crate) fn new(server: &ServerReport) -> Self {
        Self {
            label: naming::label(&server.server),
            href: address::server(&server.slug, 1),
            package: naming::package(&server.server).map(|p| clean::excerpt(&p.name, MAX_NAME)),
            answer: AnswerLabel::new(server.verdict.answer),
            because: clean::excerpt_of_words(&server.verdict.because, MAX_BECAUSE),
            grade: server.grade.clone(),
            tool_count: server.tools.len(),
            tools: prose::count(server.tools.len(), "tool"),
            critical: server.severities.critical,
            bar: stacked(&server.categories),
        }
    }
}

/// A finding that is certainly an attack on the agent.
#[derive(Serialize)]
pub(crate) struct SureAttack {
    server: String,
    server_href: String,
    /// The tool's name and page; `None` if the attack is in the server's own texts.
    tool: Option<(String, String)>,
    text: String,
}

impl SureAttack {
    /// The sure attacks of `server`, in the order of its findings.
    pub(crate) fn of_server(server: &ServerReport) -> impl Iterator<Item = Self> {
        server.findings().filter(|finding| finding.is_sure_attack()).map(|finding| {
            let tool = finding.tool_index.and_then(|index| server.tools.get(index));
            Self {
                server: naming::label(&server.server),
                server_href: address::server(&server.slug, 1),
                tool: tool.map(|tool| (naming::tool(&tool.tool.name), address::tool(&server.slug, &tool.slug))),
                text: clean::excerpt(&finding.text, MAX_ATTACK),
            }
        })
    }
}

/// An attack in a list.
#[derive(PartialEq, Serialize)]
pub(crate) struct AttackRow<'a> {
    title: &'a str,
    href: String,
    class: &'a str,
    summary: &'a str,
    defence: &'a str,
}

impl<'a> AttackRow<'a> {
    pub(crate) fn new(attack: &'a Attack) -> Self {
        Self {
            title: &attack.title,
            href: address::attack(&attack.id),
            class: &attack.class,
            summary: &attack.summary,
            defence: &attack.defence,
        }
    }
}

/// A segment of a stacked bar. The bar is 100 units wide.
#[derive(Serialize)]
pub(crate) struct Segment {
    class: &'static str,
    name: &'static str,
    count: String,
    x: String,
    width: String,
}

/// The tools per category as a stacked bar, mildest category first, without empty categories.
pub(crate) fn stacked(counts: &ByCategory) -> Vec<Segment> {
    let total: usize = Category::ALL.iter().map(|c| counts.get(*c)).sum();
    let mut x = 0.0;
    let mut out = Vec::new();
    for category in Category::ALL.into_iter().filter(|c| counts.get(*c) > 0) {
        let width = 100.0 * counts.get(category) as f64 / total as f64;
        out.push(Segment {
            class: address::category_slug(category),
            name: category.name(),
            count: prose::thousands(counts.get(category)),
            x: format!("{x:.2}"),
            width: format!("{width:.2}"),
        });
        x += width;
    }
    out
}

/// A row of a bar chart.
#[derive(Serialize)]
pub(crate) struct Share<L> {
    label: L,
    count: String,
    /// Share of the total, rounded: `12 %`, `under 1 %`.
    percent: String,
    /// Length of the bar; the longest is 100.
    width: String,
}

/// The rows of a bar chart of these counts.
pub(crate) fn shares<L>(rows: Vec<(L, usize)>) -> Vec<Share<L>> {
    let total: usize = rows.iter().map(|(_, n)| n).sum();
    let most = rows.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1);
    let percent = |n: usize| match (200 * n + total) / (2 * total.max(1)) {
        0 if n > 0 => "under 1 %".into(),
        percent => format!("{percent} %"),
    };
    rows.into_iter()
        .map(|(label, n)| Share {
            label,
            count: prose::thousands(n),
            percent: percent(n),
            width: format!("{:.2}", 100.0 * n as f64 / most as f64),
        })
        .collect()
}

/// The links to the other parts of a list.
#[derive(Serialize)]
pub(crate) struct Pager {
    part: usize,
    parts: usize,
    previous: Option<String>,
    next: Option<String>,
}

impl Pager {
    /// The pager for part `part` of a list of `rows`. `None` if the list fits on one page.
    pub(crate) fn new(rows: usize, part: usize, address: impl Fn(usize) -> String) -> Option<Self> {
        let parts = rows.div_ceil(paging::ROWS);
        (parts > 1).then(|| Self {
            part,
            parts,
            previous: (part > 1).then(|| address(part - 1)),
            next: (part < parts).then(|| address(part + 1)),
        })
    }
}
