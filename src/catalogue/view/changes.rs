//! What has changed since it was approved, where a lock was given.

use serde::Serialize;

use super::parts::MAX_NAME;
use crate::catalogue::address;
use crate::catalogue::naming;
use crate::model::{Change, Drift, Report, ServerDrift, ServerReport, ToolChange, ToolDrift};
use crate::text::{clean, prose};

/// Most changes shown.
const MAX_ROWS: usize = 12;
/// Most parts of a definition that are named for one tool.
const MAX_PARTS: usize = 4;

/// What `home.html` sees of it.
#[derive(Serialize)]
pub struct Changes {
    rows: Vec<ChangeRow>,
    more: usize,
}

/// One server or tool that is not as it was.
#[derive(Serialize)]
struct ChangeRow {
    server: String,
    name: String,
    href: Option<String>,
    what: String,
    raises: bool,
}

impl Changes {
    /// The view of `drift`: what raises the risk comes first, then the order of the lock.
    pub fn of(drift: &Drift, report: &Report) -> Self {
        let rows = drift.servers.iter().filter(|server| server.changed).flat_map(|server| rows(server, report));
        let mut rows: Vec<ChangeRow> = rows.collect();
        rows.sort_by_key(|row| !row.raises);
        let more = rows.len().saturating_sub(MAX_ROWS);
        rows.truncate(MAX_ROWS);
        Self { rows, more }
    }
}

fn rows(drift: &ServerDrift, report: &Report) -> Vec<ChangeRow> {
    let server = report.servers.iter().find(|server| server.server.name == drift.name);
    let label = server.map_or_else(|| clean::excerpt(&drift.name, MAX_NAME), |server| naming::label(&server.server));
    let own = |what: String, raises: bool| ChangeRow {
        server: label.clone(),
        name: label.clone(),
        href: server.map(|server| address::server(&server.slug, 1)),
        what,
        raises,
    };
    if !drift.locked {
        return vec![own(format!("not approved yet, {}", prose::count(drift.tools.len(), "tool")), drift.raises_risk)];
    }
    let changes: Vec<&Change> = drift.fields.iter().chain(drift.risk.iter().map(|risk| &risk.change)).collect();
    let first = (!changes.is_empty()).then(|| own(parts(&changes), drift.risk.iter().any(|risk| risk.raises)));
    let tools = drift.tools.iter().filter(|tool| tool.change != ToolChange::Rejudged);
    first.into_iter().chain(tools.map(|tool| row(tool, &label, server))).collect()
}

fn row(tool: &ToolDrift, label: &str, server: Option<&ServerReport>) -> ChangeRow {
    let found = server.and_then(|server| Some((server, server.tools.iter().find(|own| own.tool.name == tool.name)?)));
    let changes: Vec<&Change> = tool.fields.iter().chain(tool.risk.iter().map(|risk| &risk.change)).collect();
    ChangeRow {
        server: label.to_owned(),
        name: clean::excerpt(&tool.name, MAX_NAME),
        href: found.map(|(server, tool)| address::tool(&server.slug, &tool.slug)),
        what: match &tool.change {
            ToolChange::Added => "new".into(),
            ToolChange::Removed => "gone".into(),
            ToolChange::Renamed { from } => format!("was {}", clean::excerpt(from, MAX_NAME)),
            ToolChange::Changed | ToolChange::Rejudged => parts(&changes),
        },
        raises: tool.raises_risk,
    }
}

/// The parts that are not as they were: "description, inputSchema, category".
fn parts(changes: &[&Change]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for change in changes {
        let part = clean::excerpt(&change.what, MAX_NAME);
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    let more = parts.len().saturating_sub(MAX_PARTS);
    parts.truncate(MAX_PARTS);
    parts.extend((more > 0).then(|| prose::count(more, "more part")));
    format!("{} changed", prose::list(&parts))
}
