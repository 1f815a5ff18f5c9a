//! The guard as an MCP server over streamable HTTP, for clients on this machine.

mod access;
mod answer;
mod answers;
mod headers;
mod listen_address;
mod outbox;
mod reply_room;
mod session;
mod sessions;
mod shared_session;
#[cfg(unix)]
pub(crate) mod socket;

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::Listener;
use serde_json::json;

pub(crate) use access::{Access, Token, TokenError};
use answer::{error, events, refusal, reply};
pub(crate) use listen_address::ListenAddress;
use reply_room::ReplyRoom;
pub(crate) use sessions::Connect;
use sessions::{NotShared, Sessions};

use super::call_gate::CallGate;
use super::client::{ClientInfo, REVISION};
use super::connections::Connections;
use super::error_codes::{HEADER_MISMATCH, INVALID_REQUEST, UNSUPPORTED_REVISION};
use super::message::{self, Message, RequestId};
use super::methods::{CANCELLED, INITIALIZE};
use super::raw_object::RawObject;
use crate::source::revisions_with_handshake;

/// Where clients reach the guard.
pub(crate) const PATH: &str = "/mcp";
/// Longest message of a client, in bytes.
const MAX_BODY: usize = 16 << 20;
/// Longest time for reading it.
const BODY_TIME: Duration = Duration::from_secs(30);
/// Most bytes of the headers of a request.
const MAX_HEADERS: usize = 32 << 10;
const SESSION: &str = "mcp-session-id";

/// A server that clients reach over HTTP.
pub(crate) struct Endpoint {
    /// Its path, such as `/mcp`.
    pub(crate) path: String,
    pub(crate) gate: Arc<CallGate>,
    /// Opens the connection of a new session to the server.
    pub(crate) connect: Connect,
    /// Whether clients of revision 2026-07-28 share a server that speaks only older ones, by a translation.
    pub(crate) shares_older_servers: bool,
}

/// Serves clients on `listener` until the program ends. A reply that is longer than `max_reply` bytes is an error.
pub(crate) async fn serve<L>(
    listener: L,
    access: Access,
    patience: Duration,
    max_reply: usize,
    endpoints: Vec<Endpoint>,
) -> io::Result<()>
where
    L: Listener,
    L::Addr: std::fmt::Debug,
{
    let room = Arc::new(ReplyRoom::new(max_reply));
    let mut router = Router::new();
    for Endpoint { path, gate, connect, shares_older_servers } in endpoints {
        let sessions = Arc::new(Sessions::new(gate, patience, connect, shares_older_servers, Arc::clone(&room)));
        tokio::spawn(Arc::clone(&sessions).end_idle());
        router = router.route(&path, post(post_message).get(listen).delete(delete).with_state(sessions));
    }
    let access = Arc::new(access);
    let checked = middleware::from_fn(move |request: Request, next: Next| {
        let access = Arc::clone(&access);
        async move {
            match refused(&access, request.headers()) {
                None => next.run(request).await,
                Some(response) => response,
            }
        }
    });
    axum::serve(Connections::new(listener), router.layer(checked)).await
}

/// The refusal of a request that another website or a stranger may have made.
fn refused(access: &Access, headers: &HeaderMap) -> Option<Response> {
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > MAX_HEADERS {
        return Some(refusal(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too long"));
    }
    access.check(headers).err().map(IntoResponse::into_response)
}

/// Passes a message of a client on. A request gets the reply, or a stream that ends with it.
async fn post_message(State(sessions): State<Arc<Sessions>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let headers = parts.headers;
    if !is_json(&headers) {
        return refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be application/json");
    }
    if !accepts_both(&headers) {
        return refusal(StatusCode::NOT_ACCEPTABLE, "accept application/json and text/event-stream");
    }
    let text = match read(body).await {
        Ok(text) => text,
        Err(response) => return response,
    };
    let message = match message::parse(&text) {
        Ok(message) => message,
        Err(cause) => return error(StatusCode::BAD_REQUEST, None, cause.code(), &cause.to_string()),
    };
    let given = headers.get(SESSION).map(|id| id.to_str().unwrap_or_default().to_owned());
    match message {
        Message::Batch(_) => {
            error(StatusCode::BAD_REQUEST, None, INVALID_REQUEST, "batches are not supported over HTTP")
        }
        // `initialize` begins a session, whatever else it names.
        Message::Request { id, method, object } if method != INITIALIZE && names_revision(&object) => {
            sessionless(&sessions, &headers, &id, &method, &object).await
        }
        Message::Request { id, method, .. } if method == INITIALIZE && given.is_none() => {
            match sessions.begin().await {
                Ok((name, session)) => match session.ask(&id, None, text.clone()).await {
                    Ok(answers) => ([(SESSION, name)], reply(answers).await).into_response(),
                    Err(why) => error(StatusCode::BAD_REQUEST, Some(&id), INVALID_REQUEST, why),
                },
                Err(why) => error(StatusCode::SERVICE_UNAVAILABLE, Some(&id), INVALID_REQUEST, &why.to_string()),
            }
        }
        Message::Request { id, object, .. } => match sessions.find(given.as_deref()) {
            Ok(session) => {
                let params = object.object("params");
                let meta = params.as_ref().and_then(|params| params.object("_meta"));
                let token = meta.as_ref().and_then(|meta| meta.get("progressToken")).map(str::to_owned);
                match session.ask(&id, token, text.clone()).await {
                    Ok(answers) => reply(answers).await,
                    Err(why) => error(StatusCode::BAD_REQUEST, Some(&id), INVALID_REQUEST, why),
                }
            }
            Err((status, why)) => error(status, Some(&id), INVALID_REQUEST, why),
        },
        // Nothing that a client of this revision notifies of concerns the server.
        Message::Notification { object, .. } if given.is_none() && names_revision(&object) => {
            StatusCode::ACCEPTED.into_response()
        }
        Message::Notification { method, object } => {
            let cancelled = if method == CANCELLED { RequestId::cancelled_by(&object) } else { None };
            forward(&sessions, given.as_deref(), text.clone(), cancelled).await
        }
        Message::Response { .. } => forward(&sessions, given.as_deref(), text.clone(), None).await,
    }
}

/// True if a message names its revision itself, because there is no session (2026-07-28).
fn names_revision(object: &RawObject<'_>) -> bool {
    object.object("params").is_some_and(|params| ClientInfo::from_request(&params).is_some())
}

/// The revision that a request without a session names.
fn revision(object: &RawObject<'_>) -> Option<String> {
    let params = object.object("params")?;
    let meta = params.object("_meta")?;
    meta.text(REVISION).map(Cow::into_owned)
}

/// Passes on a request without a session.
async fn sessionless(
    sessions: &Arc<Sessions>,
    headers: &HeaderMap,
    id: &RequestId,
    method: &str,
    object: &RawObject<'_>,
) -> Response {
    if let Err(header) = headers::check(headers, method, &object.object("params").unwrap_or_default()) {
        let why = format!("the header {header} does not say what the request says");
        return error(StatusCode::BAD_REQUEST, Some(id), HEADER_MISMATCH, &why);
    }
    let message = match sessions.shared().await {
        Ok(session) => return reply(session.ask(object).await).await,
        Err(NotShared::Failed(why)) => {
            return error(StatusCode::SERVICE_UNAVAILABLE, Some(id), INVALID_REQUEST, &why.to_string());
        }
        Err(NotShared::Legacy) => {
            "mcp-scan guard: the server speaks only revisions that begin with `initialize`; the guard translates for clients that speak none of these if it is started with --translate always"
        }
        Err(NotShared::Silent) => "mcp-scan guard: the server did not answer server/discover",
    };
    // A client that also speaks the older revisions begins a session after this.
    let requested = revision(object).unwrap_or_default();
    let data = json!({"supported": revisions_with_handshake(), "requested": requested});
    let reply = json!({"code": UNSUPPORTED_REVISION, "message": message, "data": data});
    let reply = json!({"jsonrpc": "2.0", "id": id.to_json(), "error": reply}).to_string();
    (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, "application/json")], reply).into_response()
}

/// Passes a message on that has no reply. The request that it cancels waits for none any more.
async fn forward(sessions: &Sessions, name: Option<&str>, line: String, cancelled: Option<RequestId>) -> Response {
    match sessions.find(name) {
        Ok(session) => {
            session.forward(line).await;
            if let Some(id) = &cancelled {
                session.outbox.forget(id);
            }
            StatusCode::ACCEPTED.into_response()
        }
        Err((status, why)) => error(status, None, INVALID_REQUEST, why),
    }
}

/// Opens the stream of what the server sends without a request.
async fn listen(State(sessions): State<Arc<Sessions>>, headers: HeaderMap) -> Response {
    if !accepts(&headers, &["text/event-stream", "*/*", "text/*"]) {
        return refusal(StatusCode::NOT_ACCEPTABLE, "accept text/event-stream");
    }
    let given = headers.get(SESSION).and_then(|id| id.to_str().ok());
    match sessions.find(given) {
        Ok(session) => match session.listen() {
            Some(messages) => events(messages),
            None => refusal(StatusCode::CONFLICT, "the session has such a stream already"),
        },
        Err((status, why)) => refusal(status, why),
    }
}

/// Ends a session.
async fn delete(State(sessions): State<Arc<Sessions>>, headers: HeaderMap) -> Response {
    match sessions.end(headers.get(SESSION).and_then(|id| id.to_str().ok())) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err((status, why)) => refusal(status, why),
    }
}

/// The body as text, read in bounded time.
async fn read(body: Body) -> Result<String, Response> {
    let read = tokio::time::timeout(BODY_TIME, to_bytes(body, MAX_BODY)).await;
    let bytes = match read {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            return Err(refusal(StatusCode::PAYLOAD_TOO_LARGE, "the body is incomplete, or longer than 16 MiB"));
        }
        Err(_) => return Err(refusal(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time")),
    };
    String::from_utf8(bytes.into()).map_err(|_| refusal(StatusCode::BAD_REQUEST, "the body is not UTF-8"))
}

/// True if the body is JSON. A list of types is none: a website may send `text/plain; x=, application/json` unasked.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter().filter_map(|value| value.to_str().ok());
    types.next().is_some_and(|value| essence(value).eq_ignore_ascii_case("application/json")) && types.next().is_none()
}

/// True if the client accepts one of the media `types`.
fn accepts(headers: &HeaderMap, types: &[&str]) -> bool {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut named = values.flat_map(|value| value.split(',')).map(essence);
    named.any(|kind| types.iter().any(|known| kind.eq_ignore_ascii_case(known)))
}

fn accepts_both(headers: &HeaderMap) -> bool {
    let any = "*/*";
    accepts(headers, &["application/json", "application/*", any])
        && accepts(headers, &["text/event-stream", "text/*", any])
}

/// A media type without its parameters.
fn essence(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_type_is_that_of_a_body() {
        for (value, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("text/plain; x=,application/json", false),
            ("text/plain", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, value.parse().unwrap())]);
            assert_eq!(is_json(&headers), expected, "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
