//! Reads recorded calls: JSON lines as `policy test` reads them, protocol messages, or the log of a guard.

use serde_json::{Map, Value};

use super::Call;

/// A line that is not a record.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    /// Invalid JSON.
    #[error("line {line} is not JSON: {cause}")]
    Syntax {
        /// The line number, from 1.
        line: usize,
        /// The parser's error.
        cause: serde_json::Error,
    },
    /// The arguments or the time have another form.
    #[error("line {line}: {what}")]
    Form {
        /// The line number, from 1.
        line: usize,
        what: &'static str,
    },
    /// A call without a tool.
    #[error("line {line} names no tool")]
    NoTool {
        /// The line number, from 1.
        line: usize,
    },
    /// A record of a guard that was started without `--log-arguments`, or whose arguments were too long to be written.
    #[error("line {line} is of a guard's log and has no arguments: the guard writes them with --log-arguments")]
    NoArguments {
        /// The line number, from 1.
        line: usize,
    },
}

/// Which calls of a guard's log are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordedCalls {
    /// Every call that a client wanted to make.
    All,
    /// Those that the guard forwarded to the server.
    Made,
}

/// The calls in `text`, in order. Protocol messages that call no tool are skipped. A call without a time has that of
/// the previous call.
pub(crate) fn recorded(text: &str, wanted: RecordedCalls) -> Result<Vec<Call>, RecordError> {
    let mut calls: Vec<Call> = Vec::new();
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim().trim_start_matches('\u{feff}')));
    for (line, content) in lines.filter(|(_, content)| !content.is_empty()) {
        let record: Value = serde_json::from_str(content).map_err(|cause| RecordError::Syntax { line, cause })?;
        let message = record.get("message").unwrap_or(&record);
        let is_message = message.get("jsonrpc").is_some() || message.get("method").is_some();
        if is_message && message["method"] != "tools/call" {
            continue;
        }
        let is_logged = record.get("arguments_digest").is_some();
        if is_logged && wanted == RecordedCalls::Made && record["outcome"] == "not_called" {
            continue;
        }
        if is_logged && record.get("arguments").is_none() {
            return Err(RecordError::NoArguments { line });
        }
        let call = if is_message { &message["params"] } else { &record };
        let tool = call["tool"].as_str().or(call["name"].as_str()).ok_or(RecordError::NoTool { line })?;
        let before = calls.last().map_or(0, |call| call.at);
        let arguments = match &call["arguments"] {
            Value::Null => Value::Object(Map::new()),
            given @ Value::Object(_) => given.clone(),
            _ => return Err(RecordError::Form { line, what: "arguments is not an object" }),
        };
        if !is_message && record.get("at").is_some_and(|at| at.as_u64().is_none()) {
            return Err(RecordError::Form { line, what: "at is not a whole number of seconds" });
        }
        let at = record["at"].as_u64().or_else(|| record["time"].as_str().and_then(seconds)).unwrap_or(before);
        calls.push(Call { tool: tool.to_owned(), arguments, at });
    }
    Ok(calls)
}

/// The seconds since 1970, which began with a day.
fn seconds(time: &str) -> Option<u64> {
    u64::try_from(time.parse::<jiff::Timestamp>().ok()?.as_second()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_and_messages_are_read() {
        let text = r#"
{"tool": "a", "arguments": {"x": 1}, "at": 60}
{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}
{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "b"}}
{"jsonrpc": "2.0", "id": 2, "result": {}}
"#;
        let calls = recorded(text, RecordedCalls::All).unwrap();
        let shown: Vec<String> =
            calls.iter().map(|call| format!("{} {} {}", call.tool, call.arguments, call.at)).collect();
        assert_eq!(shown, [r#"a {"x":1} 60"#, "b {} 60"]);
    }

    #[test]
    fn what_is_no_record_is_told_with_its_line() {
        let error = |text| recorded(text, RecordedCalls::All).unwrap_err().to_string();
        assert_eq!(error("{}"), "line 1 names no tool");
        assert!(error("\n{").starts_with("line 2 is not JSON"));
        assert_eq!(error(r#"{"tool": "a", "arguments": [1]}"#), "line 1: arguments is not an object");
        assert_eq!(error(r#"{"tool": "a", "at": "x"}"#), "line 1: at is not a whole number of seconds");
        assert!(error(r#"{"tool": "a", "arguments_digest": "sha256:0"}"#).contains("--log-arguments"));
    }

    #[test]
    fn the_log_of_a_guard_says_when_and_which_calls_were_made() {
        let line = |time: &str, outcome: &str| {
            format!(
                r#"{{"time":"{time}","tool":"a","arguments_digest":"sha256:0","arguments":{{"x":1}},"outcome":"{outcome}"}}"#
            )
        };
        let text =
            [line("1970-01-02T00:01:00.500Z", "answered"), line("1970-01-02T00:02:00Z", "not_called")].join("\n");
        let times = |wanted| recorded(&text, wanted).unwrap().iter().map(|call| call.at).collect::<Vec<_>>();
        assert_eq!(times(RecordedCalls::All), [86_460, 86_520]);
        assert_eq!(times(RecordedCalls::Made), [86_460]);
    }
}
