//! Calls that were recorded: a JSON object a line, as `policy test` reads them, or messages of the protocol.

use serde_json::{Map, Value};

use super::Call;

/// A line that is no record.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    /// No JSON.
    #[error("line {line} is not JSON: {cause}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// What the parser says.
        cause: serde_json::Error,
    },
    /// A call without a tool.
    #[error("line {line} names no tool")]
    NoTool {
        /// Counted from 1.
        line: usize,
    },
}

/// The calls in `text`, in their order. Messages of the protocol that call no tool are passed over; a call that says no
/// time is at the time of the one before.
pub(crate) fn recorded(text: &str) -> Result<Vec<Call>, RecordError> {
    let mut calls: Vec<Call> = Vec::new();
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim().trim_start_matches('\u{feff}')));
    for (line, content) in lines.filter(|(_, content)| !content.is_empty()) {
        let record: Value = serde_json::from_str(content).map_err(|cause| RecordError::Syntax { line, cause })?;
        let message = record.get("message").unwrap_or(&record);
        let is_message = message.get("jsonrpc").is_some() || message.get("method").is_some();
        if is_message && message["method"] != "tools/call" {
            continue;
        }
        let call = if is_message { &message["params"] } else { &record };
        let tool = call["tool"].as_str().or(call["name"].as_str()).ok_or(RecordError::NoTool { line })?;
        let before = calls.last().map_or(0, |call| call.at);
        let arguments = match &call["arguments"] {
            Value::Null => Value::Object(Map::new()),
            given => given.clone(),
        };
        calls.push(Call { tool: tool.to_owned(), arguments, at: record["at"].as_u64().unwrap_or(before) });
    }
    Ok(calls)
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
        let calls = recorded(text).unwrap();
        let shown: Vec<String> =
            calls.iter().map(|call| format!("{} {} {}", call.tool, call.arguments, call.at)).collect();
        assert_eq!(shown, [r#"a {"x":1} 60"#, "b {} 60"]);
    }

    #[test]
    fn what_is_no_record_is_told_with_its_line() {
        assert_eq!(recorded("{}").unwrap_err().to_string(), "line 1 names no tool");
        assert!(recorded("\n{").unwrap_err().to_string().starts_with("line 2 is not JSON"));
    }
}
