//! The replies that the guard gives in the place of the server.

use serde_json::{Value, json};

use super::error_codes::GUARD_ERROR;
use super::message::RequestId;
use crate::policy::{Outcome, Verdict};
use crate::text::clean;

/// Longest text of a refusal, in characters.
const MAX_TEXT: usize = 1_000;

/// The error reply to a message that is not passed on.
pub(super) fn error(id: Option<&RequestId>, code: i32, message: &str) -> Vec<u8> {
    let id = id.map_or(Value::Null, RequestId::to_json);
    let message = format!("mcp-scan guard: {message}");
    to_line(&json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}))
}

/// The error reply for a failure that is not the client's.
pub(super) fn failed(id: &RequestId, message: &str) -> Vec<u8> {
    error(Some(id), GUARD_ERROR, message)
}

/// The refusal of a call, as a result that the model reads. `modern` results say that they are complete.
pub(super) fn refusal(id: &RequestId, verdict: &Verdict, modern: bool) -> Vec<u8> {
    tool_error(id, &refusal_text(verdict), modern)
}

fn tool_error(id: &RequestId, text: &str, modern: bool) -> Vec<u8> {
    let mut result = json!({"content": [{"type": "text", "text": text}], "isError": true});
    if modern {
        result["resultType"] = "complete".into();
    }
    to_line(&json!({"jsonrpc": "2.0", "id": id.to_json(), "result": result}))
}

/// The reply to a call whose result the guard keeps, as a result that the model reads.
pub(super) fn withheld(id: &RequestId, why: &str, modern: bool) -> Vec<u8> {
    let text = clean::excerpt(&clean::visible(&format!("[WITHHELD BY MCP-SCAN GUARD] {why}")), MAX_TEXT);
    tool_error(id, &text, modern)
}

/// The refusal in words: that it is refused, why, and by which rule.
pub(super) fn refusal_text(verdict: &Verdict) -> String {
    let default = match verdict.outcome {
        Outcome::Allowed => "The policy allows it.",
        Outcome::Approval => "A person must approve it, and nobody can be asked.",
        Outcome::Limited => "A limit is reached; try again later.",
        Outcome::Denied => "The policy does not allow it.",
    };
    let message = verdict.message.as_deref().unwrap_or(default);
    let text = format!("[DENIED BY POLICY] {message} (rule: {})", verdict.rule);
    clean::excerpt(&clean::visible(&text), MAX_TEXT)
}

/// `value` as a line without its end.
pub(super) fn to_line(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}
