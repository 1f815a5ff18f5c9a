//! What has changed since it was approved, where a lock was given.

use serde::Serialize;

use super::parts::MAX_NAME;
use crate::catalogue::address;
use crate::catalogue::naming;
use crate::model::{Change, Drift, Report, ServerDrift, ServerReport, ToolChange, ToolDrift};
use crate::text::{clean, prose};

/// Most changes and most servers that are gone shown.
const MAX_ROWS: usize = 12;
/// Most parts of a definition and of its verdict that are told for one tool.
const MAX_PARTS: usize = 8;
/// Longest value that is shown, in characters; of a longer one only the name is shown.
const MAX_VALUE: usize = 40;

/// What `home.html` sees of it.
#[derive(Serialize)]
pub(crate) struct Changes {
    rows: Vec<ChangeRow>,
    more: usize,
    /// The servers of the lock that the report lacks, in words; `None` if there are none.
    absent: String,
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
    pub(crate) fn of(drift: &Drift, report: &Report) -> Self {
        let rows = drift.servers.iter().filter(|server| server.changed).flat_map(|server| rows(server, report));
        let mut rows: Vec<ChangeRow> = rows.collect();
        rows.sort_by_key(|row| !row.raises);
        let more = rows.len().saturating_sub(MAX_ROWS);
        rows.truncate(MAX_ROWS);
        let absent = drift.not_given.iter().map(|name| clean::excerpt(name, MAX_NAME)).collect();
        Self { rows, more, absent: bounded_list(absent, MAX_ROWS, "more server") }
    }
}

fn rows(drift: &ServerDrift, report: &Report) -> Vec<ChangeRow> {
    let server = drift.listed.and_then(|at| report.servers.get(at));
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
    let changes: Vec<&Change> = drift.risk.iter().map(|risk| &risk.change).chain(&drift.fields).collect();
    let first = (!changes.is_empty()).then(|| own(told(&changes), drift.risk.iter().any(|risk| risk.raises)));
    let tools = drift.tools.iter().filter(|tool| tool.change != ToolChange::Rejudged);
    first.into_iter().chain(tools.map(|tool| row(tool, &label, server))).collect()
}

fn row(tool: &ToolDrift, label: &str, server: Option<&ServerReport>) -> ChangeRow {
    let found = server.and_then(|server| Some((server, server.tools.iter().find(|own| own.tool.name == tool.name)?)));
    let changes: Vec<&Change> = tool.risk.iter().map(|risk| &risk.change).chain(&tool.fields).collect();
    ChangeRow {
        server: label.to_owned(),
        name: clean::excerpt(&tool.name, MAX_NAME),
        href: found.map(|(server, tool)| address::tool(&server.slug, &tool.slug)),
        what: match &tool.change {
            ToolChange::Added => "new".into(),
            ToolChange::Removed => "gone".into(),
            ToolChange::Renamed { from } => format!("was {}", clean::excerpt(from, MAX_NAME)),
            ToolChange::Changed | ToolChange::Rejudged => told(&changes),
        },
        raises: tool.raises_risk,
    }
}

/// What is not as it was: "category Read → Destructive, another description".
fn told(changes: &[&Change]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in changes.iter().map(|change| part(change)) {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    bounded_list(parts, MAX_PARTS, "more change")
}

/// From what to what, where that is short: neither a text nor a digest.
fn part(change: &Change) -> String {
    let what = clean::excerpt(&change.what, MAX_NAME);
    let is_short = |value: &&String| value.chars().count() <= MAX_VALUE && !value.starts_with("sha256:");
    let short = |value: &Option<String>| value.as_ref().filter(is_short).map(|value| clean::visible(value));
    match (&change.before, short(&change.before), &change.after, short(&change.after)) {
        (_, Some(before), _, Some(after)) => format!("{what} {before} → {after}"),
        (None, _, _, Some(after)) => format!("{what} {after} is new"),
        (_, Some(before), None, _) => format!("{what} {before} is gone"),
        (None, ..) => format!("{what} is new"),
        (_, _, None, _) => format!("{what} is gone"),
        _ => format!("{what} changed"),
    }
}

/// `items` in a sentence, at most `max` of them by name, the rest counted as `noun`.
fn bounded_list(mut items: Vec<String>, max: usize, noun: &str) -> String {
    let more = items.len().saturating_sub(max);
    items.truncate(max);
    items.extend((more > 0).then(|| prose::count(more, noun)));
    prose::list(&items)
}
