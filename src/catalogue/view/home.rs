//! The first page and the list of servers.

use serde::Serialize;

use super::changes::Changes;
use super::flows::FlowsView;
use super::parts::{AnswerLabel, Label, Pager, ServerRow, Share, SureAttack, ToolRow, shares};
use crate::catalogue::address;
use crate::catalogue::paging::part;
use crate::catalogue::site::Site;
use crate::model::{Answer, ByCategory, Category, Report, ReportedError, ServerReport};
use crate::text::prose;

/// Most servers and most tools of a kind on the first page.
const MAX_ROWS: usize = 8;
/// Most failed targets shown.
const MAX_ERRORS: usize = 50;

/// The data for `home.html`.
#[derive(Serialize)]
pub(crate) struct Home<'a> {
    stats: Vec<(String, String)>,
    /// The number of servers for each answer.
    answers: Vec<Share<AnswerLabel>>,
    categories: Vec<Share<Label>>,
    /// Findings that are certainly attacks on the agent.
    sure_attacks: Vec<SureAttack>,
    more_sure_attacks: usize,
    servers: Vec<ServerRow>,
    servers_in_all: usize,
    riskiest_tools: Vec<ToolRow>,
    /// `None` if no lock file was given.
    changes: Option<Changes>,
    together: FlowsView,
    errors: &'a [ReportedError],
    more_errors: usize,
}

pub(crate) fn home<'a>(site: &Site<'a>) -> Home<'a> {
    let report = site.report;
    let categories =
        ByCategory::count(report.servers.iter().flat_map(|s| &s.tools).map(|tool| tool.assessment.category));
    let stat = |n: usize, noun: &str| {
        let noun = if n == 1 { noun.to_owned() } else { prose::plural(noun) };
        (prose::thousands(n), noun)
    };
    let errors = report.errors.get(..MAX_ERRORS).unwrap_or(&report.errors);
    Home {
        stats: vec![
            stat(report.servers.len(), "server"),
            stat(report.tool_count(), "tool"),
            (prose::thousands(count_of(report, Answer::DoNotAdd)), "not to be added".to_owned()),
            stat(report.servers.iter().map(|server| server.findings().count()).sum(), "finding"),
        ],
        answers: shares(
            [Answer::DoNotAdd, Answer::AddWithPolicy, Answer::Add]
                .map(|a| (AnswerLabel::new(a), count_of(report, a)))
                .into(),
        ),
        categories: shares(Category::ALL.iter().map(|c| (Label::category(*c), categories.get(*c))).collect()),
        sure_attacks: report.servers.iter().flat_map(SureAttack::of_server).take(MAX_ROWS).collect(),
        more_sure_attacks: report.servers.iter().flat_map(SureAttack::of_server).skip(MAX_ROWS).count(),
        servers: site.by_attention().take(MAX_ROWS).map(ServerRow::new).collect(),
        servers_in_all: report.servers.len(),
        riskiest_tools: Category::ALL
            .iter()
            .rev()
            .flat_map(|category| site.of_category(*category))
            .take(MAX_ROWS)
            .map(|index| ToolRow::new(site, *index))
            .collect(),
        changes: report.drift.as_ref().map(|drift| Changes::new(drift, report)),
        together: FlowsView::of_report(report),
        errors,
        more_errors: report.errors.len() - errors.len(),
    }
}

fn count_of(report: &Report, answer: Answer) -> usize {
    report.servers.iter().filter(|server| server.verdict.answer == answer).count()
}

/// The data for `servers.html`.
#[derive(Serialize)]
pub(crate) struct Servers {
    count: usize,
    /// The legend of the bars: a label for each colour.
    legend: Vec<Label>,
    servers: Vec<ServerRow>,
    pager: Option<Pager>,
}

/// Builds part `at` of the list of servers.
pub(crate) fn servers(site: &Site<'_>, at: usize) -> Servers {
    let all: Vec<&ServerReport> = site.by_attention().collect();
    Servers {
        count: all.len(),
        legend: Category::ALL.into_iter().map(Label::category).collect(),
        servers: part(&all, at).iter().map(|server| ServerRow::new(server)).collect(),
        pager: Pager::new(all.len(), at, address::servers),
    }
}
