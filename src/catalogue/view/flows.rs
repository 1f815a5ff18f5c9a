//! What the tools can do together.

use serde::Serialize;

use super::parts::{Label, MAX_NAME};
use crate::audit::{own_flows, smallest_cut};
use crate::catalogue::address;
use crate::catalogue::naming;
use crate::catalogue::site::Site;
use crate::model::{Flow, Report, ServerReport, ToolRef};
use crate::text::clean;

/// Most tools that are named of the smallest cut.
const MAX_CUT: usize = 6;
/// Most ways through a flow that are shown.
const MAX_WAYS: usize = 5;

/// What the templates see of them.
#[derive(Serialize)]
pub(crate) struct FlowsView {
    flows: Vec<FlowRow>,
    cut: Vec<Stop>,
    more_cut: usize,
}

/// A flow, with its shortest ways.
#[derive(Serialize)]
struct FlowRow {
    title: String,
    severity: Label,
    /// What happens on the way, first to last.
    steps: Vec<String>,
    ways: Vec<Vec<Stop>>,
    /// True when there are other ways.
    more: bool,
}

/// A tool on the way.
#[derive(Serialize)]
struct Stop {
    tool: String,
    server: String,
    href: Option<String>,
}

impl FlowsView {
    /// The view of the flows of `report`.
    pub(crate) fn of_report(report: &Report) -> Self {
        let server = |tool: &ToolRef| report.servers.iter().find(|server| server.slug == tool.server);
        let name = |server: &ServerReport| naming::label(&server.server);
        Self::new(&report.flows.found, &report.flows.cut, |tool| stop(tool, server(tool), name))
    }

    /// The view of the flows between the tools of `server` alone.
    pub(crate) fn of_server(site: &Site<'_>, server: &ServerReport) -> Self {
        let flows = own_flows(server.tools.iter(), site.ruleset);
        Self::new(&flows, &smallest_cut(&flows), |tool| stop(tool, Some(server), |_| String::new()))
    }

    fn new(flows: &[Flow], cut: &[ToolRef], stop: impl Fn(&ToolRef) -> Stop) -> Self {
        Self {
            flows: flows.iter().map(|flow| row(flow, &stop)).collect(),
            cut: cut.iter().take(MAX_CUT).map(&stop).collect(),
            more_cut: cut.len().saturating_sub(MAX_CUT),
        }
    }
}

fn row(flow: &Flow, stop: impl Fn(&ToolRef) -> Stop) -> FlowRow {
    let ways = flow.shortest(MAX_WAYS);
    FlowRow {
        title: flow.title.clone(),
        severity: Label::severity(flow.severity),
        steps: flow.steps.iter().map(|step| step.title.clone()).collect(),
        more: flow.paths > ways.len(),
        ways: ways.iter().map(|way| way.iter().map(&stop).collect()).collect(),
    }
}

fn stop(tool: &ToolRef, server: Option<&ServerReport>, name: impl Fn(&ServerReport) -> String) -> Stop {
    let found = server.and_then(|server| Some((server, server.tools.iter().find(|own| own.tool.name == tool.tool)?)));
    Stop {
        tool: clean::excerpt(&tool.tool, MAX_NAME),
        server: server.map(name).unwrap_or_default(),
        href: found.map(|(server, tool)| address::tool(&server.slug, &tool.slug)),
    }
}
