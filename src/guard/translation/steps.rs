//! What is to be done with a message, and the replies of the guard itself.

use serde_json::json;

use crate::guard::error_codes::{GUARD_ERROR, METHOD_NOT_FOUND, UNSUPPORTED_REVISION};
use crate::guard::message::RequestId;
use crate::guard::replies;
use crate::source::revisions_with_handshake;

/// What is to be done with a message.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::guard) enum Step {
    /// The line goes to the server.
    ToServer(String),
    /// The line is handled as one that the server has sent.
    FromServer(String),
}

impl Step {
    /// A reply of the guard, handled as one of the server.
    pub(super) fn reply(line: Vec<u8>) -> Self {
        Self::FromServer(String::from_utf8(line).unwrap_or_default())
    }

    /// The error reply to a request of the client.
    pub(super) fn error(id: &RequestId, code: i32, message: &str) -> Self {
        Self::reply(replies::error(Some(id), code, message))
    }

    /// The error reply to a request of the client that fails.
    pub(super) fn failed(id: &RequestId, why: &str) -> Self {
        Self::reply(replies::failed(id, why))
    }

    /// The error reply for a method that only the older revisions have.
    pub(super) fn unknown_method(id: &RequestId, method: &str) -> Self {
        Self::error(id, METHOD_NOT_FOUND, &format!("{method} is no method of this revision"))
    }

    /// The error reply if no revision is common.
    pub(super) fn no_common_revision(id: &RequestId, why: &str) -> Self {
        let message = format!("mcp-scan guard: {why}");
        let data = json!({"supported": revisions_with_handshake()});
        let error = json!({"code": UNSUPPORTED_REVISION, "message": message, "data": data});
        Self::reply(replies::to_line(&json!({"jsonrpc": "2.0", "id": id.to_json(), "error": error})))
    }

    /// The reply to a `ping` of the server.
    pub(super) fn pong(id: &RequestId) -> Self {
        Self::ToServer(json!({"jsonrpc": "2.0", "id": id.to_json(), "result": {}}).to_string())
    }

    /// The error reply to a request of the server.
    pub(super) fn refusal(id: &RequestId, why: &str) -> Self {
        let error = json!({"code": GUARD_ERROR, "message": format!("mcp-scan guard: {why}")});
        Self::ToServer(json!({"jsonrpc": "2.0", "id": id.to_json(), "error": error}).to_string())
    }
}
