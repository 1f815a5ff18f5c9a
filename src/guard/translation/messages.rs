//! Messages of one kind of revisions as those of the other.

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use crate::guard::client::{CLIENT_CAPABILITIES, CLIENT_INFO, REVISION};
use crate::guard::era::guard_info;
use crate::guard::error_codes::INVALID_PARAMS;
use crate::guard::message::RequestId;
use crate::guard::methods::{INITIALIZE, LIST_TOOLS, LOG_LEVEL, READ_RESOURCE};
use crate::guard::raw_object::RawObject;
use crate::source::{newest_revision, revisions_with_handshake};

/// The key of the server's name and version in the `_meta` of a result.
const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
/// What a request has in `_meta` because there is no handshake.
const PER_REQUEST: [&str; 4] = [REVISION, CLIENT_INFO, CLIENT_CAPABILITIES, LOG_LEVEL];
/// The parameters of a request that is made again with answers.
pub(super) const INPUT_KEYS: [&str; 2] = ["inputResponses", "requestState"];
/// The methods whose results say how long they may be kept.
const KEPT: [&str; 5] = [LIST_TOOLS, "prompts/list", "resources/list", "resources/templates/list", READ_RESOURCE];
/// The id of the handshake.
pub(super) const INITIALIZE_ID: &str = "mcp-scan-guard-initializes";
/// What the older revisions answer for a resource that does not exist.
const NO_RESOURCE: i64 = -32002;
/// What a client can do that a server of the older revisions may ask for.
const ASKED: [&str; 4] = ["elicitation", "sampling", "roots", "experimental"];

/// What the first request of a client says about it.
#[derive(Debug, Clone, Default)]
pub(in crate::guard) struct Opening {
    info: Option<Value>,
    capabilities: Map<String, Value>,
}

impl Opening {
    /// The client that sends a request with `params`.
    pub(super) fn new(params: &RawObject<'_>) -> Self {
        let meta = params.object("_meta").unwrap_or_default();
        let value = |key: &str| meta.get(key).and_then(|json| serde_json::from_str::<Value>(json).ok());
        let mut capabilities = match value(CLIENT_CAPABILITIES) {
            Some(Value::Object(capabilities)) => capabilities,
            _ => Map::new(),
        };
        capabilities.retain(|name, _| ASKED.contains(&name.as_str()));
        if let Some(roots) = capabilities.get_mut("roots") {
            // A change of the roots is not announced without a handshake.
            *roots = json!({});
        }
        Self { info: value(CLIENT_INFO).filter(Value::is_object), capabilities }
    }

    /// The handshake in the newest revision that has one.
    pub(in crate::guard) fn initialize(&self) -> String {
        let params = json!({
            "protocolVersion": revisions_with_handshake().last(),
            "capabilities": self.capabilities,
            "clientInfo": self.info.clone().unwrap_or_else(guard_info),
        });
        json!({"jsonrpc": "2.0", "id": INITIALIZE_ID, "method": INITIALIZE, "params": params}).to_string()
    }
}

/// What the server said of itself in the handshake.
#[derive(Debug, Clone, Default)]
pub(super) struct Handshake {
    info: Option<Box<RawValue>>,
    pub(super) capabilities: RawObject<'static>,
    instructions: Option<Box<RawValue>>,
}

impl Handshake {
    /// Reads the reply to `initialize`. `None` if it is none that a client can use.
    pub(super) fn from_reply(reply: &str) -> Option<Self> {
        let reply = RawObject::parse(reply).ok()?;
        let result = reply.object("result")?;
        let raw = |key: &str| result.get(key).and_then(|json| RawValue::from_string(json.to_owned()).ok());
        Some(Self {
            info: raw("serverInfo"),
            capabilities: result.object("capabilities").unwrap_or_default().into_owned(),
            instructions: raw("instructions"),
        })
    }

    /// True if tools may be called as tasks, and some perhaps in no other way.
    pub(super) fn has_tasks_of_calls(&self) -> bool {
        let requests =
            self.capabilities.object("tasks").and_then(|tasks| tasks.object("requests").map(RawObject::into_owned));
        let tools = requests.and_then(|requests| requests.object("tools").map(RawObject::into_owned));
        tools.is_some_and(|tools| tools.get("call").is_some())
    }

    /// The result of `server/discover`.
    pub(super) fn discovered(&self) -> Box<RawValue> {
        let mut capabilities = self.capabilities.clone();
        // Tasks of the older revisions are other messages.
        capabilities.remove("tasks");
        let mut result = RawObject::default();
        result.set("supportedVersions", raw(&[newest_revision()]));
        result.set("capabilities", capabilities.to_raw());
        if let Some(instructions) = &self.instructions {
            result.set("instructions", instructions.clone());
        }
        self.completed(result, true).to_raw()
    }

    /// The result of a request for `method` as one of the revisions without a handshake.
    pub(super) fn result(&self, method: &str, result: &str) -> Option<Box<RawValue>> {
        let result = RawObject::parse(result).ok()?;
        Some(self.completed(result, KEPT.contains(&method)).to_raw())
    }

    fn completed<'r>(&self, mut result: RawObject<'r>, is_kept: bool) -> RawObject<'r> {
        if result.get("resultType").is_none() {
            result.set("resultType", raw("complete"));
        }
        if is_kept {
            // The older revisions say nothing about it, so nothing is kept.
            if result.get("ttlMs").is_none() {
                result.set("ttlMs", raw(&0));
            }
            if result.get("cacheScope").is_none() {
                result.set("cacheScope", raw("private"));
            }
        }
        if let Some(info) = &self.info {
            let mut meta = result.object("_meta").map(RawObject::into_owned).unwrap_or_default();
            meta.set(SERVER_INFO, info.clone());
            result.set("_meta", meta.to_raw());
        }
        result
    }
}

/// The parameters of a request without what belongs to the revisions without a handshake.
pub(super) fn stripped(params: &RawObject<'_>) -> RawObject<'static> {
    let mut params = params.clone().into_owned();
    INPUT_KEYS.into_iter().for_each(|key| params.remove(key));
    if let Some(mut meta) = params.object("_meta").map(RawObject::into_owned) {
        PER_REQUEST.into_iter().for_each(|key| meta.remove(key));
        match meta.keys().next() {
            Some(_) => params.set("_meta", meta.to_raw()),
            None => params.remove("_meta"),
        }
    }
    params
}

/// The error in a reply to `method` as one of the revisions without a handshake.
pub(super) fn error(method: &str, error: &str) -> Option<Box<RawValue>> {
    let mut object = RawObject::parse(error).ok()?;
    let code: i64 = object.get("code")?.parse().ok()?;
    if method == READ_RESOURCE && code == NO_RESOURCE {
        object.set("code", raw(&INVALID_PARAMS));
    }
    Some(object.to_raw())
}

/// A reply of the guard in the place of the server.
pub(super) fn reply(id: &RequestId, result: Box<RawValue>) -> String {
    let mut object = RawObject::default();
    object.set("jsonrpc", raw("2.0"));
    object.set("id", raw(&id.to_json()));
    object.set("result", result);
    object.to_raw().get().to_owned()
}

/// `value` as JSON.
pub(super) fn raw<T: serde::Serialize + ?Sized>(value: &T) -> Box<RawValue> {
    // Texts, numbers and JSON cannot fail.
    to_raw_value(value).unwrap_or_default()
}
