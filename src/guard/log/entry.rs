//! A decision, and its line in the log.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::chain;
use super::head::Head;
use super::options::LogOptions;
use crate::model::Category;
use crate::policy::Outcome;
use crate::source::secret::redact_json;
use crate::text::{clean, digest};

/// Longest name, rule or other text of a record, in characters.
const MAX_TEXT: usize = 300;
/// Most findings of a record.
const MAX_FOUND: usize = 20;
/// Longest arguments that are written, in bytes.
const MAX_ARGUMENTS: usize = 64 * 1024;

/// A decision on a call.
#[derive(Debug, Clone)]
pub(crate) struct LogEntry<'e> {
    pub(crate) time: SystemTime,
    /// The client's name, with its version.
    pub(crate) client: &'e str,
    pub(crate) session: &'e str,
    pub(crate) server: &'e str,
    pub(crate) tool: &'e str,
    /// `None` if the tool was not classified.
    pub(crate) category: Option<Category>,
    /// What the policy decided: `approval` if a person was asked.
    pub(crate) decision: Outcome,
    /// The rule that decided.
    pub(crate) rule: &'e str,
    /// True if a refusal was not enforced (`--observe`).
    pub(crate) observed: bool,
    pub(crate) arguments: &'e Value,
    /// From the arrival of the call to its answer.
    pub(crate) duration: Duration,
    pub(crate) ending: Ending,
    /// The W3C `traceparent` of the call.
    pub(crate) trace: Option<&'e str>,
    /// The ids of what was found in the result.
    pub(crate) found: &'e [String],
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    /// The server returned a result.
    Answered,
    /// The server returned a result that says that the tool failed.
    ToolError,
    /// The server returned a protocol error.
    ProtocolError,
    /// The server did not answer, or ended.
    NoAnswer,
    /// The client cancelled the call.
    Cancelled,
    /// The guard held the result back.
    Withheld,
    /// The guard did not forward the call.
    NotCalled,
}

impl Ending {
    /// Its name in the log and in traces.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::ToolError => "tool_error",
            Self::ProtocolError => "protocol_error",
            Self::NoAnswer => "no_answer",
            Self::Cancelled => "cancelled",
            Self::Withheld => "withheld",
            Self::NotCalled => "not_called",
        }
    }
}

/// A line of the log, without its digest.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record<'r> {
    pub(super) seq: u64,
    pub(super) time: Cow<'r, str>,
    client: Cow<'r, str>,
    session: Cow<'r, str>,
    pub(super) server: Cow<'r, str>,
    pub(super) tool: Cow<'r, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    category: Option<Cow<'r, str>>,
    pub(super) decision: Outcome,
    rule: Cow<'r, str>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) observed: bool,
    arguments_digest: Cow<'r, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    arguments: Option<Value>,
    pub(super) duration_us: u64,
    pub(super) outcome: Ending,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace: Option<Cow<'r, str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    found: Vec<Cow<'r, str>>,
    /// The digest of the line before.
    previous: Cow<'r, str>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl LogEntry<'_> {
    /// The line after the last one of `head`, with its digest.
    pub(super) fn line(&self, head: &Head, options: &LogOptions) -> (String, String) {
        let time = jiff::Timestamp::try_from(self.time).unwrap_or_default();
        let record = Record {
            seq: head.seq + 1,
            time: format!("{time:.3}").into(),
            client: short(self.client),
            session: short(self.session),
            server: short(self.server),
            tool: short(self.tool),
            category: self.category.map(|category| category.name().into()),
            decision: self.decision,
            rule: short(self.rule),
            observed: self.observed,
            arguments_digest: digest::of_json(self.arguments).into(),
            arguments: options.arguments.then(|| logged(self.arguments, options)).flatten(),
            duration_us: u64::try_from(self.duration.as_micros()).unwrap_or(u64::MAX),
            outcome: self.ending,
            trace: self.trace.map(short),
            found: self.found.iter().take(MAX_FOUND).map(|id| short(id)).collect(),
            previous: head.digest.as_str().into(),
        };
        chain::sealed(&escaped(serde_json::to_string(&record).unwrap_or_default()))
    }
}

/// `json` with escapes for characters that nobody sees, or that show a line otherwise than it is. JSON has such characters in texts
/// alone, and itself escapes only the oldest of them.
fn escaped(json: String) -> String {
    if !json.chars().any(clean::is_unsafe) {
        return json;
    }
    let mut safe = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if clean::is_unsafe(c) {
            let mut units = [0; 2];
            safe.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// `text` without the rest of a long one. JSON escapes control characters.
fn short(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_TEXT { text.into() } else { clean::excerpt(text, MAX_TEXT).into() }
}

/// The arguments without secrets; `None` if they are too long.
fn logged(arguments: &Value, options: &LogOptions) -> Option<Value> {
    let mut arguments = arguments.clone();
    redact_json(&mut arguments);
    options.secrets.hide_in(&mut arguments);
    (arguments.to_string().len() <= MAX_ARGUMENTS).then_some(arguments)
}
