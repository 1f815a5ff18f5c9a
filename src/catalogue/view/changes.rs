//! The changes since approval, if a lock file was given.

use serde::Serialize;

use super::parts::MAX_NAME;
use crate::catalogue::address;
use crate::catalogue::naming;
use crate::model::{Change, Drift, Report, ServerDrift, ServerReport, ToolChange, ToolDrift};
use crate::text::{clean, prose};

/// Most changes shown, and most missing servers.
const MAX_ROWS: usize = 12;
/// Most changed fields shown per tool.
const MAX_PARTS: usize = 8;
/// Longest value shown, in characters. For a longer value only the field name is shown.
const MAX_VALUE: usize = 40;

/// The data for `home.html`.
#[derive(Serialize)]
pub(crate) struct Changes {
    rows: Vec<ChangeRow>,
    more: usize,
    /// The servers of the lock that are missing in the report, as a list in words.
    absent: String,
}

/// A server or tool that has changed.
#[derive(Serialize)]
struct ChangeRow {
    server: String,
    name: String,
    href: Option<String>,
    what: String,
    raises: bool,
}

impl Changes {
    /// Changes that raise the risk come first, then the order of the lock.
    pub(crate) fn new(drift: &Drift, report: &Report) -> Self {
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
    let server_row = |what: String, raises: bool| ChangeRow {
        server: label.clone(),
        name: label.clone(),
        href: server.map(|server| address::server(&server.slug, 1)),
        what,
        raises,
    };
    if !drift.locked {
        return vec![server_row(
            format!("not approved yet, {}", prose::count(drift.tools.len(), "tool")),
            drift.raises_risk,
        )];
    }
    let changes: Vec<&Change> = drift.risk.iter().map(|risk| &risk.change).chain(&drift.fields).collect();
    let first =
        (!changes.is_empty()).then(|| server_row(changed_fields(&changes), drift.risk.iter().any(|risk| risk.raises)));
    let tools = drift.tools.iter().filter(|tool| tool.change != ToolChange::Rejudged);
    first.into_iter().chain(tools.map(|tool| row(tool, &label, server))).collect()
}

fn row(tool: &ToolDrift, label: &str, server: Option<&ServerReport>) -> ChangeRow {
    let found = server
        .and_then(|server| Some((server, server.tools.iter().find(|server_row| server_row.tool.name == tool.name)?)));
    let changes: Vec<&Change> = tool.risk.iter().map(|risk| &risk.change).chain(&tool.fields).collect();
    ChangeRow {
        server: label.to_owned(),
        name: clean::excerpt(&tool.name, MAX_NAME),
        href: found.map(|(server, tool)| address::tool(&server.slug, &tool.slug)),
        what: match &tool.change {
            ToolChange::Added => "new".into(),
            ToolChange::Removed => "gone".into(),
            ToolChange::Renamed { from } => format!("was {}", clean::excerpt(from, MAX_NAME)),
            ToolChange::Changed | ToolChange::Rejudged => changed_fields(&changes),
        },
        raises: tool.raises_risk,
    }
}

/// The changed fields: "category Read → Destructive, another description".
fn changed_fields(changes: &[&Change]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in changes.iter().map(|change| part(change)) {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    bounded_list(parts, MAX_PARTS, "more change")
}

/// The values before and after if they are short. Texts and digests are not shown.
fn part(change: &Change) -> String {
    let what = clean::excerpt(&change.what.to_string(), MAX_NAME);
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

/// `items` as a list in words: at most `max` of them, the rest counted with `noun`.
fn bounded_list(mut items: Vec<String>, max: usize, noun: &str) -> String {
    let more = items.len().saturating_sub(max);
    items.truncate(max);
    items.extend((more > 0).then(|| prose::count(more, noun)));
    prose::list(&items)
}
