//! The flows between tools: what they can do together.

use serde::Serialize;

use super::parts::{Label, MAX_NAME};
use crate::audit::{own_flows, smallest_cut};
use crate::catalogue::address;
use crate::catalogue::naming;
use crate::catalogue::site::Site;
use crate::model::{Flow, Report, ServerReport, ToolRef};
use crate::text::clean;

/// Most tools shown of the smallest cut.
const MAX_CUT: usize = 6;
/// Most paths shown per flow.
const MAX_WAYS: usize = 5;

/// The data about flows for the templates.
#[derive(Serialize)]
pub(crate) struct FlowsView {
    flows: Vec<FlowRow>,
    cut: Vec<PathTool>,
    more_cut: usize,
}

/// A flow with its shortest paths.
#[derive(Serialize)]
struct FlowRow {
    title: String,
    severity: Label,
    /// The steps, first to last.
    steps: Vec<String>,
    ways: Vec<Vec<PathTool>>,
    /// True if there are more paths.
    more: bool,
}

/// A tool on a path.
#[derive(Serialize)]
struct PathTool {
    tool: String,
    server: String,
    href: Option<String>,
}

impl FlowsView {
    /// The flows between all tools of `report`.
    pub(crate) fn of_report(report: &Report) -> Self {
        let server = |tool: &ToolRef| report.servers.iter().find(|server| server.slug == tool.server);
        let name = |server: &ServerReport| naming::label(&server.server);
        Self::new(&report.flows.found, &report.flows.cut, |tool| path_tool(tool, server(tool), name))
    }

    /// The flows between the tools of `server` alone.
    pub(crate) fn of_server(site: &Site<'_>, server: &ServerReport) -> Self {
        let flows = own_flows(server.tools.iter(), site.ruleset);
        Self::new(&flows, &smallest_cut(&flows), |tool| path_tool(tool, Some(server), |_| String::new()))
    }

    fn new(flows: &[Flow], cut: &[ToolRef], path_tool: impl Fn(&ToolRef) -> PathTool) -> Self {
        Self {
            flows: flows.iter().map(|flow| row(flow, &path_tool)).collect(),
            cut: cut.iter().take(MAX_CUT).map(&path_tool).collect(),
            more_cut: cut.len().saturating_sub(MAX_CUT),
        }
    }
}

fn row(flow: &Flow, path_tool: impl Fn(&ToolRef) -> PathTool) -> FlowRow {
    let ways = flow.shortest(MAX_WAYS);
    FlowRow {
        title: flow.title.clone(),
        severity: Label::severity(flow.severity),
        steps: flow.steps.iter().map(|step| step.title.clone()).collect(),
        more: flow.paths > ways.len(),
        ways: ways.iter().map(|way| way.iter().map(&path_tool).collect()).collect(),
    }
}

fn path_tool(tool: &ToolRef, server: Option<&ServerReport>, name: impl Fn(&ServerReport) -> String) -> PathTool {
    let found = server.and_then(|server| Some((server, server.tools.iter().find(|own| own.tool.name == tool.tool)?)));
    PathTool {
        tool: clean::excerpt(&tool.tool, MAX_NAME),
        server: server.map(name).unwrap_or_default(),
        href: found.map(|(server, tool)| address::tool(&server.slug, &tool.slug)),
    }
}
