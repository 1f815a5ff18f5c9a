//! A message on its way to a server over HTTP: what its headers are made of.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// The key of the revision in the `_meta` of a request without a session.
const VERSION: &str = "io.modelcontextprotocol/protocolVersion";

/// The kind of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MessageKind {
    Request,
    Notification,
    Response,
}

/// A message and the parts of it that headers repeat.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    pub(super) line: String,
    pub(super) kind: MessageKind,
    /// The id as JSON.
    pub(super) id: Option<String>,
    /// Empty for a response.
    pub(super) method: String,
    /// The tool, prompt or resource.
    pub(super) name: Option<String>,
    pub(super) arguments: Option<Value>,
    /// The revision that the message itself names. `None` for the revisions with `initialize`.
    pub(super) version: Option<String>,
    /// The request that a notification cancels, as JSON.
    pub(super) cancels: Option<String>,
}

#[derive(Deserialize)]
struct MessageFields<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<Cow<'a, str>>,
    #[serde(default)]
    params: Option<Value>,
}

impl Outgoing {
    /// Reads `line`. `None` if it is not a message.
    pub(super) fn parse(line: String) -> Option<Self> {
        // serde reads a list as an object, too.
        line.trim_start().strip_prefix('{')?;
        let MessageFields { id, method, params } = serde_json::from_str(&line).ok()?;
        let id = id.map(|id| id.get().to_owned());
        let kind = match (&method, &id) {
            (Some(_), Some(_)) => MessageKind::Request,
            (Some(_), None) => MessageKind::Notification,
            (None, _) => MessageKind::Response,
        };
        let method = method.map(Cow::into_owned).unwrap_or_default();
        let get = |key: &str| params.as_ref().and_then(|params| params.get(key));
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let name = match method.as_str() {
            "tools/call" | "prompts/get" => text(get("name")),
            "resources/read" => text(get("uri")),
            _ => None,
        };
        let version = text(get("_meta").and_then(|meta| meta.get(VERSION)));
        let cancels = (method == "notifications/cancelled").then(|| get("requestId").map(Value::to_string)).flatten();
        let arguments = (method == "tools/call").then(|| get("arguments").cloned()).flatten();
        Some(Self { kind, id, name, arguments, version, cancels, method, line })
    }

    /// True if `text` is the reply to this request.
    pub(super) fn is_answered_by(&self, text: &str) -> bool {
        #[derive(Deserialize)]
        struct Reply {
            #[serde(default)]
            id: Option<Value>,
            #[serde(default)]
            method: Option<Value>,
        }
        let same = |reply: &Reply| reply.method.is_none() && reply.id == self.id_value();
        let is_batch = text.trim_start().starts_with('[');
        let replies = if is_batch {
            serde_json::from_str::<Vec<Reply>>(text)
        } else {
            serde_json::from_str(text).map(|reply| vec![reply])
        };
        self.id.is_some() && replies.is_ok_and(|replies| replies.iter().any(same))
    }

    fn id_value(&self) -> Option<Value> {
        serde_json::from_str(self.id.as_deref()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_that_headers_repeat() {
        let message = |line: &str| Outgoing::parse(line.to_owned()).unwrap();
        let call = message(
            r#"{"id":"a","method":"tools/call","params":{"name":"add","arguments":{"x":1},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#,
        );
        assert_eq!((call.kind, call.name.as_deref()), (MessageKind::Request, Some("add")));
        assert_eq!((call.id.as_deref(), call.version.as_deref()), (Some("\"a\""), Some("2026-07-28")));
        assert!(call.is_answered_by(r#"{"id":"a","result":{}}"#) && call.is_answered_by(r#"[{"id":"a","error":{}}]"#));
        assert!(
            !call.is_answered_by(r#"{"id":"a","method":"ping"}"#) && !call.is_answered_by(r#"{"id":1,"result":{}}"#)
        );
        assert!(!call.is_answered_by("7"));
        let read = message(r#"{"id":1,"method":"resources/read","params":{"uri":"file:///a"}}"#);
        assert_eq!((read.name.as_deref(), read.version), (Some("file:///a"), None));
        let cancel = message(r#"{"method":"notifications/cancelled","params":{"requestId":7}}"#);
        assert_eq!((cancel.kind, cancel.cancels.as_deref()), (MessageKind::Notification, Some("7")));
        assert_eq!(message(r#"{"id":1,"result":{}}"#).kind, MessageKind::Response);
        assert!(Outgoing::parse("[]".to_owned()).is_none());
    }
}
