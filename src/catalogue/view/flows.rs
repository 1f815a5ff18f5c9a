//! What the tools can do together.

use serde::Serialize;

use super::parts::{Label, MAX_NAME};
use crate::catalogue::address;
use crate::catalogue::naming;
use crate::model::{Flow, Report, ToolRef};
use crate::text::{clean, prose};

/// Most tools that are named of the smallest cut.
const MAX_CUT: usize = 6;

/// What `home.html` sees of them.
#[derive(Serialize)]
pub struct FlowsView<'a> {
    flows: Vec<FlowRow<'a>>,
    cut: Vec<Stop>,
    more_cut: usize,
}

/// A flow, with one of its ways.
#[derive(Serialize)]
struct FlowRow<'a> {
    title: &'a str,
    severity: Label,
    ways: String,
    stops: Vec<(&'a str, Stop)>,
}

/// A tool on the way.
#[derive(Serialize)]
struct Stop {
    tool: String,
    server: String,
    href: Option<String>,
}

impl<'a> FlowsView<'a> {
    /// The view of the flows of `report`.
    pub fn of(report: &'a Report) -> Self {
        let flows = &report.flows;
        Self {
            flows: flows.found.iter().map(|flow| row(flow, report)).collect(),
            cut: flows.cut.iter().take(MAX_CUT).map(|tool| stop(tool, report)).collect(),
            more_cut: flows.cut.len().saturating_sub(MAX_CUT),
        }
    }
}

fn row<'a>(flow: &'a Flow, report: &Report) -> FlowRow<'a> {
    let steps = flow.steps.iter().map(|step| step.title.as_str());
    FlowRow {
        title: &flow.title,
        severity: Label::severity(flow.severity),
        ways: prose::count(flow.paths, "way"),
        stops: steps.zip(flow.path.iter().map(|tool| stop(tool, report))).collect(),
    }
}

fn stop(tool: &ToolRef, report: &Report) -> Stop {
    let server = report.servers.iter().find(|server| server.slug == tool.server);
    let found = server.and_then(|server| Some((server, server.tools.iter().find(|own| own.tool.name == tool.tool)?)));
    Stop {
        tool: clean::excerpt(&tool.tool, MAX_NAME),
        server: server.map_or_else(String::new, |server| naming::label(&server.server)),
        href: found.map(|(server, tool)| address::tool(&server.slug, &tool.slug)),
    }
}
