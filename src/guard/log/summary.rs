//! Counts the decisions of a log by tool.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::entry::{Ending, Record};
use super::{LogReadError, reader};
use crate::policy::Outcome;

/// The decisions on one tool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ToolSummary {
    pub(crate) server: String,
    pub(crate) tool: String,
    pub(crate) allowed: u64,
    pub(crate) asked: u64,
    pub(crate) limited: u64,
    pub(crate) denied: u64,
    /// Of these, calls that were let through because of `--observe`.
    pub(crate) observed: u64,
    /// Calls that the server did not answer with a result of its own accord: errors, no answer, cancelled.
    pub(crate) failed: u64,
    /// The median time of answered calls, in microseconds; `None` if none was answered.
    pub(crate) median_us: Option<u64>,
    /// The time that 99 of 100 answered calls do not exceed.
    pub(crate) p99_us: Option<u64>,
}

/// The decisions of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Summary {
    /// The number of records.
    pub(crate) calls: u64,
    /// The time of the first record.
    pub(crate) from: Option<String>,
    /// The time of the last record.
    pub(crate) to: Option<String>,
    /// By server and tool.
    pub(crate) tools: Vec<ToolSummary>,
}

/// Counts the decisions of the log at `path` with its full files. A last line without an end is left out.
pub(crate) fn summarize(path: &Path) -> Result<Summary, LogReadError> {
    let mut tools: BTreeMap<(String, String), (ToolSummary, Vec<u64>)> = BTreeMap::new();
    let mut summary = Summary { calls: 0, from: None, to: None, tools: Vec::new() };
    reader::lines(path, |line| {
        if line.text.trim().is_empty() {
            return Ok(());
        }
        let record: Record<'_> = match serde_json::from_str(&line.text) {
            Ok(record) => record,
            Err(_) if !line.complete => return Ok(()),
            Err(cause) => {
                let why = cause.to_string();
                return Err(LogReadError::NotARecord { path: line.file.clone(), line: line.number, why });
            }
        };
        summary.calls += 1;
        summary.from.get_or_insert_with(|| record.time.to_string());
        summary.to = Some(record.time.to_string());
        let key = (record.server.to_string(), record.tool.to_string());
        let (tool, times) = tools.entry(key).or_default();
        tool.add(&record, times);
        Ok(())
    })?;
    let row = |((server, tool), (row, mut times)): (_, (ToolSummary, Vec<u64>))| {
        times.sort_unstable();
        let at = |percent: usize| times.get((times.len() * percent).div_ceil(100).saturating_sub(1)).copied();
        ToolSummary { server, tool, median_us: at(50), p99_us: at(99), ..row }
    };
    summary.tools = tools.into_iter().map(row).collect();
    Ok(summary)
}

impl ToolSummary {
    fn add(&mut self, record: &Record<'_>, times: &mut Vec<u64>) {
        let count = match record.decision {
            Outcome::Allowed => &mut self.allowed,
            Outcome::Approval => &mut self.asked,
            Outcome::Limited => &mut self.limited,
            Outcome::Denied => &mut self.denied,
        };
        *count += 1;
        self.observed += u64::from(record.observed);
        match record.outcome {
            Ending::Answered | Ending::Withheld => times.push(record.duration_us),
            Ending::ToolError | Ending::ProtocolError | Ending::NoAnswer | Ending::Cancelled => self.failed += 1,
            Ending::NotCalled => {}
        }
    }
}
