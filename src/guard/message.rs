//! JSON-RPC messages: what one is, without a change to its bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use super::error_codes::{INVALID_REQUEST, PARSE_ERROR};
use super::raw_object::RawObject;
use super::spelling::resembles;
use crate::text::clean;

/// The keys of a message.
const KEYS: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];
/// Largest whole number that every JSON parser reads exactly.
const MAX_INTEGER: f64 = 9_007_199_254_740_992.0;

/// The id of a request. Spellings of one value are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum RequestId {
    Integer(i64),
    Text(String),
}

/// A message or a batch of them.
#[derive(Debug)]
pub(super) enum Message<'a> {
    Request {
        id: RequestId,
        method: String,
        object: RawObject<'a>,
    },
    Notification {
        method: String,
        object: RawObject<'a>,
    },
    /// The reply to a request. `None` as id answers a message that could not be read.
    Response {
        id: Option<RequestId>,
        object: RawObject<'a>,
    },
    Batch(Vec<&'a str>),
}

/// Why a text is not a message that is passed on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum MessageError {
    #[error("it is not UTF-8")]
    Encoding,
    #[error("it is not a JSON message: {0}")]
    Syntax(String),
    /// A parser that ignores case would read the key as another one.
    #[error("the key {key} may be taken for `{known}`")]
    Key { key: String, known: &'static str },
    #[error("its id is neither a text nor a whole number")]
    Id,
    #[error("its method is not a text")]
    Method,
    #[error("it is neither a request, a notification nor a reply")]
    Shape,
}

impl MessageError {
    /// The code of the error reply.
    pub(super) fn code(&self) -> i32 {
        match self {
            Self::Encoding | Self::Syntax(_) => PARSE_ERROR,
            Self::Key { .. } | Self::Id | Self::Method | Self::Shape => INVALID_REQUEST,
        }
    }
}

impl RequestId {
    /// Parses the JSON of an id.
    pub(super) fn parse(json: &str) -> Option<Self> {
        match serde_json::from_str(json).ok()? {
            Value::String(text) => Some(Self::Text(text)),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => Some(Self::Integer(integer)),
                #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
                (None, Some(float)) if float.fract() == 0.0 && float.abs() <= MAX_INTEGER => {
                    Some(Self::Integer(float as i64))
                }
                _ => None,
            },
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The id of the request that `notification` cancels. `None` if it names none.
    pub(super) fn cancelled_by(notification: &RawObject<'_>) -> Option<Self> {
        let params = notification.object("params")?;
        Self::parse(params.get("requestId")?)
    }

    /// The id as JSON.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Integer(integer) => (*integer).into(),
            Self::Text(text) => text.clone().into(),
        }
    }
}

/// The message in `text`, one line or one body.
pub(super) fn parse(text: &str) -> Result<Message<'_>, MessageError> {
    let syntax = |cause: serde_json::Error| MessageError::Syntax(clean::one_line(&cause.to_string()));
    if text.trim_start().starts_with('[') {
        let elements: Vec<&RawValue> = serde_json::from_str(text).map_err(syntax)?;
        return Ok(Message::Batch(elements.into_iter().map(RawValue::get).collect()));
    }
    let object = RawObject::parse(text).map_err(syntax)?;
    refuse_resembling(&object, &KEYS)?;
    let id = object.get("id").filter(|id| *id != "null");
    let parsed = id.map(|id| RequestId::parse(id).ok_or(MessageError::Id)).transpose()?;
    match object.get("method") {
        Some(_) if object.get("result").is_some() || object.get("error").is_some() => Err(MessageError::Shape),
        Some(_) => {
            let method = object.text("method").map(Cow::into_owned).ok_or(MessageError::Method)?;
            Ok(match (parsed, object.get("id")) {
                (Some(id), _) => Message::Request { id, method, object },
                (None, None) => Message::Notification { method, object },
                // A request with the id null cannot be matched to its reply.
                (None, Some(_)) => return Err(MessageError::Id),
            })
        }
        None if object.get("result").is_some() || object.get("error").is_some() => {
            Ok(Message::Response { id: parsed, object })
        }
        None => Err(MessageError::Shape),
    }
}

/// The id of the request `text`. `None` if it is another message.
pub(super) fn request_id(text: &str) -> Option<RequestId> {
    let Ok(Message::Request { id, .. }) = parse(text) else { return None };
    Some(id)
}

/// The id of the reply that `text` seems to be, although it is no message that is passed on: its keys are those of a reply,
/// if perhaps twice. Programs also write other objects with an id, such as logs.
pub(super) fn reply_id(text: &str) -> Option<RequestId> {
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    let is_reply = fields.contains_key("result") || fields.contains_key("error");
    let id = fields.get("id").filter(|_| is_reply && !fields.contains_key("method"))?;
    RequestId::parse(id.get())
}

/// Fails if a key of `object` is not one of `known` but may be taken for one.
pub(super) fn refuse_resembling(object: &RawObject<'_>, known: &[&'static str]) -> Result<(), MessageError> {
    for key in object.keys().filter(|key| !known.contains(key)) {
        if let Some(known) = known.iter().find(|known| resembles(key, known)) {
            return Err(MessageError::Key { key: clean::excerpt(key, 40), known });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> String {
        match parse(text) {
            Ok(Message::Request { id, method, .. }) => format!("request {} {method}", id.to_json()),
            Ok(Message::Notification { method, .. }) => format!("notification {method}"),
            Ok(Message::Response { id, .. }) => format!("response {:?}", id.map(|id| id.to_json().to_string())),
            Ok(Message::Batch(elements)) => format!("batch {}", elements.len()),
            Err(error) => error.code().to_string(),
        }
    }

    #[test]
    fn a_broken_reply_is_told_from_other_objects_with_an_id() {
        for (text, id) in [
            (r#"{"id":1,"result":{},"result":{}}"#, Some(1)),
            (r#"{"id":2,"error":{},"Error":{}}"#, Some(2)),
            (r#"{"id":3,"level":"info"}"#, None),
            (r#"{"id":4,"method":"ping","result":{}}"#, None),
            (r#"{"id":null,"error":{}}"#, None),
            ("a banner", None),
        ] {
            assert_eq!(reply_id(text), id.map(RequestId::Integer), "{text}");
        }
    }

    #[test]
    fn messages_are_told_apart_however_they_are_spelled() {
        for (text, want) in [
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools\u002fcall"}"#, "request 1 tools/call"),
            (r#"{"id":1.0,"m\u0065thod":"ping"}"#, "request 1 ping"),
            (r#"{"id":1e0,"method":"ping"}"#, "request 1 ping"),
            (r#"{"id":"1","method":"ping"}"#, "request \"1\" ping"),
            (r#"{"method":"notifications/x"}"#, "notification notifications/x"),
            (r#"{"id":2,"result":{}}"#, "response Some(\"2\")"),
            (r#"{"id":null,"error":{}}"#, "response None"),
            (r#"[{"id":1}, 2]"#, "batch 2"),
            (r#"{"id":1,"method":"a","method":"b"}"#, "-32700"),
            (r#"{"id":1,"method":"a","\u006dethod":"b"}"#, "-32700"),
            (r#"{"id":1,"Method":"tools/call"}"#, "-32600"),
            (r#"{"id":1,"method":"a","Params":{}}"#, "-32600"),
            (r#"{"id":null,"method":"a"}"#, "-32600"),
            (r#"{"id":1.5,"method":"a"}"#, "-32600"),
            (r#"{"id":[],"method":"a"}"#, "-32600"),
            (r#"{"id":1,"method":7}"#, "-32600"),
            (r#"{"id":1,"method":"a","result":{}}"#, "-32600"),
            (r#"{"id":1}"#, "-32600"),
            ("{\"id\":1,\"method\":\"a\"} {}", "-32700"),
            ("hello", "-32700"),
            ("", "-32700"),
        ] {
            assert_eq!(kind(text), want, "{text}");
        }
    }
}
