//! The lenient wire: converts bytes from a server into at most one message that rmcp can read.
//!
//! Real servers print banners and logs between messages or on the same line, omit `jsonrpc`, send incomplete
//! handshakes, or list one malformed tool. Stock rmcp then waits forever or loses everything. The wire repairs and
//! records whatever can be understood, skips what is not a message, and turns an unreadable reply into an error for its
//! request at once.
//!
//! The raw tools/list result is stored in the journal, because rmcp's types would drop parts of it.

use std::borrow::Cow;
use std::time::Duration;

use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ProtocolVersion, ServerJsonRpcMessage};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::journal::Journal;
use crate::source::bounds::{self, MAX_MESSAGE, MAX_VALUES};
use crate::source::decode::{self, kind};
use crate::source::depth::{self, MAX_DEPTH};
use crate::text::clean;
use crate::text::duplicate_keys::duplicate_key;

/// Maximum number of unexpected lines and messages per second. The busiest real server sends a dozen.
const MAX_UNSOLICITED: usize = 10_000;
/// Maximum number of requests from the server that get a reply.
const MAX_SERVER_REQUESTS: usize = 1_000;
/// Our own error code for a reply that cannot be used. A server says -32700 of a request that *it* cannot read.
pub(crate) const UNUSABLE: i64 = i32::MIN as i64 + 1;
/// Our own error code for a server that exceeded a limit. No server uses it.
pub(crate) const OVER_LIMIT: i64 = i32::MIN as i64;
/// The JSON-RPC code for internal errors.
const INTERNAL_ERROR: i64 = -32603;

/// How long to wait for the right answer after one with another id, which may be an answer to nobody.
const PATIENCE_FOR_ID: Duration = Duration::from_secs(2);

/// The notification of a server that it lists other tools now.
const TOOLS_CHANGED: &str = "notifications/tools/list_changed";

/// How a reply is matched to the pending request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replies {
    /// By its id. Replies with other ids are late replies to requests that timed out.
    ById,
    /// By the connection, which carries only one request.
    Direct,
}

/// The receiving side of a connection, with the request that is waiting for a reply.
#[derive(Debug)]
pub(crate) struct Wire {
    replies: Replies,
    journal: Journal,
    pending: Option<Pending>,
    /// The id of `server/discover` while it is unanswered.
    probe: Option<Value>,
    /// The ids of all requests so far.
    sent_ids: Vec<String>,
    /// An answer to the pending request by its content, and not by its id.
    misaddressed: Option<Misaddressed>,
    server_requests: usize,
    unsolicited: Rate,
}

/// How often an event happened in the current second.
#[derive(Debug)]
struct Rate {
    since: Instant,
    count: usize,
}

impl Rate {
    /// Counts an event. True if there were more than `max` in the current second.
    fn is_over(&mut self, max: usize) -> bool {
        if self.since.elapsed() >= Duration::from_secs(1) {
            *self = Self { since: Instant::now(), count: 0 };
        }
        self.count += 1;
        self.count > max
    }
}

#[derive(Debug)]
struct Misaddressed {
    id: String,
    /// When no other answer is expected any more.
    limit: Instant,
}

#[derive(Debug, Clone)]
struct Pending {
    id: Value,
    method: String,
}

impl Wire {
    /// Creates a wire that reports to `journal`.
    pub(crate) fn new(replies: Replies, journal: Journal) -> Self {
        Self {
            replies,
            journal,
            pending: None,
            probe: None,
            sent_ids: Vec::new(),
            misaddressed: None,
            server_requests: 0,
            unsolicited: Rate { since: Instant::now(), count: 0 },
        }
    }

    /// Must be called for every outgoing message before it is sent.
    pub(crate) fn sent(&mut self, message: &ClientJsonRpcMessage) {
        let ClientJsonRpcMessage::Request(request) = message else { return };
        let id = serde_json::to_value(&request.id).unwrap_or_default();
        self.sent_ids.push(plain(&id));
        match &request.request {
            ClientRequest::DiscoverRequest(_) => {
                self.probe = Some(id.clone());
                self.journal.probe_sent();
            }
            ClientRequest::InitializeRequest(_) if self.sent_ids.len() > 1 => self.journal.probe_sent(),
            _ => {}
        }
        self.pending = Some(Pending { id, method: request.request.method().to_owned() });
        self.misaddressed = None;
    }

    /// Until when the pending request may still get an answer. `None` without an answer that has another id.
    pub(crate) fn limit_for_id(&self) -> Option<Instant> {
        self.misaddressed.as_ref().map(|answer| answer.limit)
    }

    /// The end of a pending request that got an answer with another id. No client would take it for one.
    pub(crate) fn end_misaddressed(&mut self) -> Option<ServerJsonRpcMessage> {
        let found = self.misaddressed.take()?.id;
        self.failed(UNUSABLE, &format!("its id, {found}, is not that of the request, so no client takes it for one"))
    }

    /// The message in one line or body. `None` if it is not a message, or not needed.
    pub(crate) fn received(&mut self, bytes: &[u8]) -> Option<ServerJsonRpcMessage> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        if std::str::from_utf8(bytes).is_err() {
            self.journal
                .note("not-utf8", "The server sent bytes that are not UTF-8; they were read as well as could be.");
        }
        let message = self.read(text);
        if message.is_none() && self.unsolicited.is_over(MAX_UNSOLICITED) {
            return self.over_limit(&format!(
                "it sent more than {MAX_UNSOLICITED} messages in a second that nobody asked for"
            ));
        }
        message
    }

    fn read(&mut self, text: &str) -> Option<ServerJsonRpcMessage> {
        let text = depth::limit_depth(text);
        if let Cow::Owned(_) = text {
            let note = format!("An answer is nested more than {MAX_DEPTH} levels; what lies deeper was left out.");
            self.journal.note_unread("nested-too-deep", &note);
        }
        let text = text.as_ref();
        if bounds::has_too_many_values(text.as_bytes()) {
            return self.over_limit(&format!("its answer holds more than {MAX_VALUES} values"));
        }
        if let Some(key) = duplicate_key(text.as_bytes()) {
            self.journal.note_unread("duplicate-key", &decode::duplicate_key_text(&key));
        }
        match serde_json::from_str(text) {
            Ok(Value::Array(batch)) => batch.into_iter().find_map(|message| self.message(message)),
            Ok(value) => self.message(value),
            Err(cause) => match glued(text) {
                Some(value) => {
                    self.journal.note("glued-output", "The server wrote other text on the line of a message.");
                    self.message(value)
                }
                None if looks_like_reply(text) => {
                    self.failed(UNUSABLE, &format!("the reply is not valid JSON: {cause}"))
                }
                None => {
                    self.journal.record_noise(text);
                    None
                }
            },
        }
    }

    /// Handles a line that is longer than [`MAX_MESSAGE`].
    pub(crate) fn too_long(&mut self) -> Option<ServerJsonRpcMessage> {
        self.over_limit(&format!("its answer is longer than {} MiB", MAX_MESSAGE >> 20))
    }

    fn over_limit(&mut self, limit: &str) -> Option<ServerJsonRpcMessage> {
        self.failed(OVER_LIMIT, limit)
    }

    /// An error reply to the pending request.
    pub(crate) fn failed(&mut self, code: i64, why: &str) -> Option<ServerJsonRpcMessage> {
        let pending = self.pending.take()?;
        let error = json!({"jsonrpc": "2.0", "id": pending.id, "error": {"code": code, "message": why}});
        serde_json::from_value(error).ok()
    }

    fn message(&mut self, value: Value) -> Option<ServerJsonRpcMessage> {
        let Value::Object(mut map) = value else {
            self.journal.record_noise(&value.to_string());
            return None;
        };
        if map.contains_key("method") {
            return self.handle_unsolicited(map);
        }
        let is_reply = map.contains_key("result") || map.contains_key("error");
        if !is_reply || (!map.contains_key("jsonrpc") && !map.contains_key("id")) {
            self.journal.record_noise(&Value::Object(map).to_string());
            return None;
        }
        if let Some(late) = self.late_probe(&map) {
            return Some(late);
        }
        let pending = self.pending.clone().filter(|pending| self.answers(pending, &map))?;
        self.pending = None;
        self.journal.answered();
        if map.get("jsonrpc") != Some(&json!("2.0")) {
            self.journal.note("jsonrpc-missing", "The server's replies do not say `\"jsonrpc\": \"2.0\"`.");
        }
        let reply = match (map.remove("result"), map.remove("error")) {
            (_, Some(error)) if !error.is_null() => json!({"error": self.error(error)}),
            (result, _) => self.result(&pending, result.unwrap_or_default()),
        };
        let Value::Object(mut reply) = reply else { return None };
        reply.insert("jsonrpc".into(), "2.0".into());
        reply.insert("id".into(), pending.id.clone());
        match serde_json::from_value(Value::Object(reply)) {
            Ok(message) => Some(message),
            Err(cause) => {
                self.pending = Some(pending);
                self.failed(INTERNAL_ERROR, &format!("the reply cannot be read: {cause}"))
            }
        }
    }

    /// Handles a request or notification from the server. A notification that the tools have changed is recorded.
    fn handle_unsolicited(&mut self, map: Map<String, Value>) -> Option<ServerJsonRpcMessage> {
        if map.get("jsonrpc") != Some(&json!("2.0")) {
            self.journal.record_noise(&Value::Object(map).to_string());
            return None;
        }
        if map.get("method").and_then(Value::as_str) == Some(TOOLS_CHANGED) {
            self.journal.tools_announced();
        }
        map.get("id").filter(|id| !id.is_null())?;
        self.server_requests += 1;
        if self.server_requests > MAX_SERVER_REQUESTS {
            self.journal.note("too-many-requests", "The server sent more requests than were answered.");
            return None;
        }
        serde_json::from_value(Value::Object(map)).ok()
    }

    /// The reply to `server/discover`, if another request is pending by now.
    fn late_probe(&mut self, map: &Map<String, Value>) -> Option<ServerJsonRpcMessage> {
        let id = self.probe.clone().filter(|id| map.get("id").is_some_and(|found| plain(found) == plain(id)))?;
        self.probe = None;
        let is_late = self.pending.as_ref().is_some_and(|pending| pending.id != id);
        let result = map.get("result").filter(|_| is_late).and_then(discover_result)?;
        serde_json::from_value(json!({"jsonrpc": "2.0", "id": id, "result": result})).ok()
    }

    /// True if this reply belongs to the pending request.
    fn answers(&mut self, pending: &Pending, map: &Map<String, Value>) -> bool {
        let id = map.get("id").unwrap_or(&Value::Null);
        let same = plain(id) == plain(&pending.id);
        let is_unknown = !same && !id.is_null() && !self.sent_ids.contains(&plain(id));
        if id.is_null() {
            self.journal.note("reply-without-id", "The server sent a reply without the id of its request.");
        } else if is_unknown {
            self.journal.note("reply-with-unknown-id", "The server sent a reply with an id that no request had.");
        }
        // An answer to an earlier request may come twice.
        if !same && self.misaddressed.is_none() && (is_unknown || is_meant_for(&pending.method, map)) {
            let limit = Instant::now() + PATIENCE_FOR_ID;
            self.misaddressed = Some(Misaddressed { id: clean::excerpt(&plain(id), 40), limit });
        }
        same || id.is_null() || self.replies == Replies::Direct
    }

    /// Converts an error to the shape that JSON-RPC requires.
    fn error(&self, error: Value) -> Value {
        let code = error.get("code");
        let message = error.get("message").unwrap_or(&error);
        let message = match message.as_str() {
            Some(text) => text.to_owned(),
            None => message.to_string(),
        };
        let number = code.and_then(Value::as_i64).filter(|n| i32::try_from(*n).is_ok());
        if number.is_none() || !error.is_object() {
            self.journal.note("error-malformed", "The server sent an error that is not `{code, message}`.");
        }
        let from_text = code.and_then(Value::as_str).and_then(|text| text.parse::<i32>().ok()).map(i64::from);
        let mut read = json!({"code": number.or(from_text).unwrap_or(INTERNAL_ERROR), "message": message});
        if let (Some(data), Some(map)) = (error.get("data"), read.as_object_mut()) {
            map.insert("data".into(), data.clone());
        }
        read
    }

    /// Converts a result to what rmcp expects for this method: `{"result": ...}`, or `{"error": ...}` if that is not
    /// possible.
    fn result(&self, pending: &Pending, result: Value) -> Value {
        match pending.method.as_str() {
            "initialize" => {
                self.journal.handshake(&result);
                json!({"result": self.initialize_result(&result)})
            }
            "server/discover" => match discover_result(&result) {
                Some(read) => {
                    self.journal.handshake(&result);
                    json!({"result": read})
                }
                None => {
                    json!({"error": {"code": INTERNAL_ERROR, "message": "server/discover was answered without versions"}})
                }
            },
            _ => {
                self.journal.page(result);
                json!({"result": {}})
            }
        }
    }

    /// The parts of the handshake that rmcp needs. Capabilities are ignored, only the listing counts.
    fn initialize_result(&self, result: &Value) -> Value {
        let note = |id: &str, text: &str| self.journal.note(id, text);
        let version = match result.get("protocolVersion").and_then(Value::as_str) {
            Some(version) => version,
            None => {
                note("protocol-version-missing", "The handshake gives no protocol version.");
                ProtocolVersion::LATEST_WITH_INITIALIZE.as_str()
            }
        };
        match result.get("serverInfo") {
            Some(Value::Object(info)) => {
                for key in ["name", "version"] {
                    if !info.get(key).is_some_and(Value::is_string) {
                        note(&format!("server-{key}-missing"), &format!("The handshake gives no server {key}."));
                    }
                }
            }
            _ => note("server-info-missing", "The handshake gives no `serverInfo`."),
        }
        match result.get("capabilities") {
            Some(Value::Object(capabilities)) => {
                if let Some(odd) = capabilities.get("tools").filter(|tools| !tools.is_object()) {
                    let text = format!("`capabilities.tools` is {} instead of an object.", kind(odd));
                    note("capabilities-malformed", &text);
                }
            }
            _ => note("capabilities-missing", "The handshake gives no `capabilities`."),
        }
        json!({"protocolVersion": version, "capabilities": {}, "serverInfo": {"name": "", "version": ""}})
    }
}

/// The parts of a `server/discover` result that rmcp needs. `None` if it names no version.
fn discover_result(result: &Value) -> Option<Value> {
    let versions: Vec<&str> = result.get("supportedVersions")?.as_array()?.iter().filter_map(Value::as_str).collect();
    (!versions.is_empty()).then(|| {
        json!({"resultType": "complete", "supportedVersions": versions, "capabilities": {}, "ttlMs": 0, "cacheScope": "private"})
    })
}

/// True if the result in `map` is one that requests with `method` get.
fn is_meant_for(method: &str, map: &Map<String, Value>) -> bool {
    let key = match method {
        "initialize" => "protocolVersion",
        "server/discover" => "supportedVersions",
        "tools/list" => "tools",
        "prompts/list" => "prompts",
        "resources/list" => "resources",
        "resources/templates/list" => "resourceTemplates",
        _ => return false,
    };
    map.get("result").is_some_and(|result| result.get(key).is_some())
}

/// Extracts the message from other text around it.
fn glued(text: &str) -> Option<Value> {
    let key = text.find("\"jsonrpc\"")?;
    let start = text.get(..key)?.rfind('{')?;
    let mut values = serde_json::Deserializer::from_str(text.get(start..)?).into_iter::<Value>();
    values.next()?.ok()
}

/// True for invalid JSON that looks like a reply.
fn looks_like_reply(text: &str) -> bool {
    let has = |key: &str| text.contains(key);
    text.starts_with('{') && has("\"jsonrpc\"") && (has("\"result\"") || has("\"error\"")) && !has("\"method\"")
}

/// An id as text, because servers answer 1 with "1" or 1.0.
fn plain(id: &Value) -> String {
    match id {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string().trim_end_matches(".0").to_owned(),
        other => clean::excerpt(&other.to_string(), 40),
    }
}
