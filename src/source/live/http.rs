//! Streamable HTTP. rmcp manages the session; we send the requests ourselves, so that responses go through the lenient
//! `Wire` and every failure has a specific error.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use reqwest::{RequestBuilder, Response, StatusCode, redirect};
use rmcp::model::{
    ClientJsonRpcMessage, ClientRequest, ClientResult, ErrorCode, ErrorData, JsonRpcRequest, ServerJsonRpcMessage,
    ServerRequest,
};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::{
    SseError, StreamableHttpClient, StreamableHttpClientTransportConfig, StreamableHttpError,
    StreamableHttpPostResponse,
};
use sse_stream::{Sse, SseStream};
use tokio::time::timeout;
use url::Url;

use super::body::{bounded_body, encoding};
use super::http_fault::HttpFault;
use super::journal::Journal;
use super::probe::PATIENCE;
use super::public::PublicResolver;
use super::wire::{Replies, Wire};
use crate::source::Options;
use crate::source::bounds::MAX_MESSAGE;
use crate::text::clean;
use crate::text::root_cause::root_cause;

pub(crate) const SESSION: &str = "mcp-session-id";
pub(crate) const LAST_EVENT: &str = "last-event-id";
pub(crate) const JSON: &str = "application/json";
/// The media type of an event stream.
pub(crate) const EVENTS: &str = "text/event-stream";
/// Headers that the protocol sets and the user cannot.
const OWN_HEADERS: [&str; 5] = [SESSION, LAST_EVENT, "mcp-protocol-version", "accept", "content-type"];
/// Longest challenge that is kept, in characters.
const MAX_CHALLENGE: usize = 4_000;
/// Maximum number of redirects, all within the same origin.
const MAX_REDIRECTS: usize = 5;
/// Timeout for closing a session.
pub(crate) const GOODBYE: Duration = Duration::from_secs(1);
/// Timeout for sending the reply to a request from the server.
const ANSWER: Duration = Duration::from_secs(5);
/// The errors that only the newest protocol has: a header that differs, a missing capability, another version.
const NEWEST_ERRORS: [i32; 3] = [-32020, -32021, -32022];
/// The longest refusal that is read.
const MAX_REFUSAL: usize = 64 << 10;
/// The JSON-RPC error code "invalid request".
const INVALID_REQUEST: i64 = -32600;
/// The JSON-RPC code for internal errors.
const INTERNAL_ERROR: i64 = -32603;

/// An HTTP client that sends `headers` with every request, over the Unix `socket` if there is one.
pub(crate) fn client(
    headers: HeaderMap,
    socket: Option<PathBuf>,
    options: &Options,
) -> Result<reqwest::Client, HttpFault> {
    let builder = reqwest::Client::builder();
    // A proxy would resolve names instead of our resolver.
    let builder = if options.public_only { builder.no_proxy().dns_resolver(PublicResolver) } else { builder };
    #[cfg(unix)]
    let builder = socket.into_iter().fold(builder, |builder, socket| builder.unix_socket(socket));
    #[cfg(not(unix))]
    drop(socket);
    builder
        .default_headers(headers)
        .redirect(same_origin())
        .user_agent(options.identity.to_string())
        .build()
        .map_err(|cause| HttpFault::Connect(root_cause(&cause)))
}

pub(crate) fn transport(
    url: &Url,
    http: reqwest::Client,
    journal: Journal,
) -> StreamableHttpClientTransport<LenientClient> {
    let mut config = StreamableHttpClientTransportConfig::with_uri(url.as_str());
    config.allow_stateless = true;
    config.reinit_on_expired_session = false;
    StreamableHttpClientTransport::with_client(LenientClient { http, journal }, config)
}

/// Why a header is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeaderError {
    /// The name is invalid.
    #[error("{0:?} is not the name of a header")]
    Name(String),
    /// The protocol sets this header itself.
    #[error("the header {0} is set by the protocol itself")]
    Reserved(String),
    /// The value has characters that a header cannot contain.
    #[error("the value of the header {0} is not valid")]
    Value(String),
}

/// The headers from `--header`.
pub(crate) fn headers(pairs: &[(String, String)]) -> Result<HeaderMap, HeaderError> {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        let key = HeaderName::try_from(name.as_str()).map_err(|_| HeaderError::Name(name.clone()))?;
        if OWN_HEADERS.contains(&key.as_str()) {
            return Err(HeaderError::Reserved(name.clone()));
        }
        let mut value = HeaderValue::from_str(value).map_err(|_| HeaderError::Value(name.clone()))?;
        value.set_sensitive(key == AUTHORIZATION || crate::source::secret::is_secret_name(name));
        map.append(key, value);
    }
    Ok(map)
}

/// Follows only redirects that keep method, body and origin. Others could send credentials elsewhere.
fn same_origin() -> redirect::Policy {
    redirect::Policy::custom(|attempt| {
        let keeps_body = [StatusCode::TEMPORARY_REDIRECT, StatusCode::PERMANENT_REDIRECT].contains(&attempt.status());
        let same = attempt.previous().last().is_some_and(|from| from.origin() == attempt.url().origin());
        if keeps_body && same && attempt.previous().len() <= MAX_REDIRECTS { attempt.follow() } else { attempt.stop() }
    })
}

/// rmcp's HTTP client trait with our lenient reading of responses.
#[derive(Debug, Clone)]
pub(crate) struct LenientClient {
    http: reqwest::Client,
    journal: Journal,
}

type ClientError = StreamableHttpError<HttpFault>;
type Headers = HashMap<HeaderName, HeaderValue>;

impl LenientClient {
    async fn post(
        &self,
        uri: &str,
        message: &ClientJsonRpcMessage,
        session: Option<&str>,
        headers: &Headers,
    ) -> Result<StreamableHttpPostResponse, HttpFault> {
        let response = self.message(uri, message, session, headers).send().await.map_err(connection_fault)?;
        if !response.status().is_success() {
            return refusal(response, message).await;
        }
        if !matches!(message, ClientJsonRpcMessage::Request(_)) {
            return Ok(StreamableHttpPostResponse::Accepted);
        }
        let given = response.headers().get(SESSION).and_then(|id| id.to_str().ok()).map(str::to_owned);
        let mut wire = Wire::new(Replies::Direct, self.journal.clone());
        wire.sent(message);
        let reply = match content_type(&response).as_str() {
            EVENTS if !encoding(&response).is_empty() => return Err(HttpFault::Encoded(encoding(&response))),
            EVENTS => {
                let session = given.as_deref().or(session);
                let answer = |request| self.answer(uri, request, session, headers);
                reply_in_events(response, &mut wire, answer).await?
            }
            JSON => reply_in_body(response, &mut wire).await?,
            "" if response.content_length() == Some(0) => None,
            "" => reply_in_body(response, &mut wire).await?,
            other => return Err(HttpFault::ContentType(clean::excerpt(other, 80))),
        };
        match reply {
            Some(reply) => Ok(StreamableHttpPostResponse::Json(reply, given)),
            None => Err(HttpFault::NoReply(self.journal.noise_summary().unwrap_or_default())),
        }
    }

    fn message(
        &self,
        uri: &str,
        message: &ClientJsonRpcMessage,
        session: Option<&str>,
        headers: &Headers,
    ) -> RequestBuilder {
        let request = self.http.post(uri).header(ACCEPT, format!("{JSON}, {EVENTS}")).json(message);
        let request = session.into_iter().fold(request, |request, session| request.header(SESSION, session));
        headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    /// Replies to a request from the server. The server may wait for this reply before it sends its own.
    async fn answer(
        &self,
        uri: &str,
        request: JsonRpcRequest<ServerRequest>,
        session: Option<&str>,
        headers: &Headers,
    ) {
        let answer = match request.request {
            ServerRequest::PingRequest(_) => ClientJsonRpcMessage::response(ClientResult::empty(()), request.id),
            _ => {
                let refusal = ErrorData::new(ErrorCode::METHOD_NOT_FOUND, "Method not found", None);
                ClientJsonRpcMessage::error(refusal, Some(request.id))
            }
        };
        // A failure shows in the response that we wait for.
        let _ = self.message(uri, &answer, session, headers).timeout(ANSWER).send().await;
    }
}

impl StreamableHttpClient for LenientClient {
    type Error = HttpFault;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        _auth_header: Option<String>,
        custom_headers: Headers,
    ) -> Result<StreamableHttpPostResponse, ClientError> {
        let fault = match self.post_or_give_up(&uri, &message, session_id.as_deref(), &custom_headers).await {
            Ok(response) => return Ok(response),
            Err(fault) => fault,
        };
        // A server with the older protocol may refuse `server/discover` in any way. rmcp then tries the handshake.
        if let Some(refusal) = legacy_refusal(&message, &fault) {
            return Ok(StreamableHttpPostResponse::Json(refusal, None));
        }
        // What is not a tool may be refused without an end of the connection.
        if let Some(refusal) = item_refusal(&message, &fault) {
            return Ok(StreamableHttpPostResponse::Json(refusal, None));
        }
        // Some servers refuse the notification that ends the handshake, and list their tools all the same.
        if !matches!(message, ClientJsonRpcMessage::Request(_)) && matches!(fault, HttpFault::Status { .. }) {
            self.journal.note("notification-refused", "The server refuses notifications.");
            return Ok(StreamableHttpPostResponse::Accepted);
        }
        self.journal.fault(fault.clone());
        Err(StreamableHttpError::Client(fault))
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session_id: Arc<str>,
        _auth_header: Option<String>,
        custom_headers: Headers,
    ) -> Result<(), ClientError> {
        let request = self.http.delete(uri.as_ref()).header(SESSION, session_id.as_ref()).timeout(GOODBYE);
        let request = custom_headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        // The listing is complete, so a failure does not matter.
        let _ = request.send().await;
        Ok(())
    }

    /// Not used: a listing needs only messages that answer a request.
    async fn get_stream(
        &self,
        _uri: Arc<str>,
        _session_id: Option<Arc<str>>,
        _last_event_id: Option<String>,
        _auth_header: Option<String>,
        _custom_headers: Headers,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, ClientError> {
        Err(StreamableHttpError::ServerDoesNotSupportSse)
    }
}

impl LenientClient {
    /// Like [`Self::post`], with a short timeout for `server/discover`.
    async fn post_or_give_up(
        &self,
        uri: &str,
        message: &ClientJsonRpcMessage,
        session: Option<&str>,
        headers: &Headers,
    ) -> Result<StreamableHttpPostResponse, HttpFault> {
        let posting = self.post(uri, message, session, headers);
        let is_probe = matches!(
            message,
            ClientJsonRpcMessage::Request(request) if matches!(request.request, ClientRequest::DiscoverRequest(_))
        );
        if !is_probe || !self.journal.is_probing() {
            return posting.await;
        }
        timeout(PATIENCE, posting).await.unwrap_or_else(|_| {
            self.journal.may_speak_newest();
            Err(HttpFault::NoReply("nothing in time".into()))
        })
    }
}

/// What an unsuccessful `response` to `message` says: an error of the newest protocol, which comes with a status of 400, or why
/// the request failed.
async fn refusal(response: Response, message: &ClientJsonRpcMessage) -> Result<StreamableHttpPostResponse, HttpFault> {
    let status = response.status();
    if status != StatusCode::BAD_REQUEST || content_type(&response) != JSON {
        return Err(status_fault(response).await);
    }
    let body = bounded_body(response, MAX_REFUSAL).await.unwrap_or_default();
    let mut wire = Wire::new(Replies::Direct, Journal::default());
    wire.sent(message);
    match wire.received(&body) {
        Some(ServerJsonRpcMessage::Error(error)) if NEWEST_ERRORS.contains(&error.error.code.0) => {
            Ok(StreamableHttpPostResponse::Json(ServerJsonRpcMessage::Error(error), None))
        }
        _ => {
            let body = clean::excerpt(&String::from_utf8_lossy(&body), 200);
            Err(HttpFault::Status { status: status.as_u16(), body })
        }
    }
}

/// The reply to `server/discover` that makes rmcp fall back to the older protocols. A gateway may forbid a method that it does
/// not know, without a challenge.
fn legacy_refusal(message: &ClientJsonRpcMessage, fault: &HttpFault) -> Option<ServerJsonRpcMessage> {
    let ClientJsonRpcMessage::Request(request) = message else { return None };
    let refused = matches!(request.request, ClientRequest::DiscoverRequest(_))
        && !matches!(fault, HttpFault::Unauthorized(_) | HttpFault::Forbidden(Some(_)) | HttpFault::Connect(_));
    if !refused {
        return None;
    }
    let mut wire = Wire::new(Replies::Direct, Journal::default());
    wire.sent(message);
    wire.failed(INVALID_REQUEST, &fault.to_string())
}

/// The reply to a request for prompts, resources or skills that failed. A 404, 405 or 501 means that there are none.
fn item_refusal(message: &ClientJsonRpcMessage, fault: &HttpFault) -> Option<ServerJsonRpcMessage> {
    let ClientJsonRpcMessage::Request(request) = message else { return None };
    let is_for_items = matches!(
        request.request,
        ClientRequest::ListPromptsRequest(_)
            | ClientRequest::ListResourcesRequest(_)
            | ClientRequest::ListResourceTemplatesRequest(_)
            | ClientRequest::ListSkillsRequest(_)
            | ClientRequest::ReadResourceRequest(_)
    );
    let code = match fault {
        HttpFault::NotFound | HttpFault::NoPost | HttpFault::Status { status: 501, .. } => {
            i64::from(ErrorCode::METHOD_NOT_FOUND.0)
        }
        HttpFault::Unauthorized(_)
        | HttpFault::Forbidden(_)
        | HttpFault::TooMany(_)
        | HttpFault::Status { .. }
        | HttpFault::Redirect(_)
        | HttpFault::ContentType(_)
        | HttpFault::Encoded(_)
        | HttpFault::Endpoint(_)
        | HttpFault::NoReply(_)
        | HttpFault::TooLong
        | HttpFault::Connect(_)
        | HttpFault::NotPublic(_)
        | HttpFault::Broken(_) => INTERNAL_ERROR,
    };
    let mut wire = Wire::new(Replies::Direct, Journal::default());
    wire.sent(message);
    is_for_items.then(|| wire.failed(code, &fault.to_string())).flatten()
}

/// The media type of the body, in lower case and without parameters.
pub(crate) fn content_type(response: &Response) -> String {
    let value =
        response.headers().get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase());
    value.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_owned()
}

async fn reply_in_body(response: Response, wire: &mut Wire) -> Result<Option<ServerJsonRpcMessage>, HttpFault> {
    Ok(wire.received(&bounded_body(response, MAX_MESSAGE).await?))
}

/// The events of a stream, limited to `room` bytes.
pub(crate) fn events(response: Response, mut room: usize) -> impl Stream<Item = Result<Sse, SseError>> + Send {
    let bytes = response.bytes_stream().map(move |chunk| {
        let chunk = chunk.map_err(|cause| HttpFault::Broken(root_cause(&cause)))?;
        room = room.checked_sub(chunk.len()).ok_or(HttpFault::TooLong)?;
        Ok::<_, HttpFault>(chunk)
    });
    SseStream::from_bytes_stream(bytes)
}

/// Finds the reply in an event stream. Requests from the server before it are answered, notifications are skipped.
async fn reply_in_events<F: Future<Output = ()>>(
    response: Response,
    wire: &mut Wire,
    answer: impl Fn(JsonRpcRequest<ServerRequest>) -> F,
) -> Result<Option<ServerJsonRpcMessage>, HttpFault> {
    let mut events = std::pin::pin!(events(response, MAX_MESSAGE));
    while let Some(event) = events.next().await {
        let data = event.map_err(event_fault)?.data.unwrap_or_default();
        match wire.received(data.as_bytes()) {
            Some(ServerJsonRpcMessage::Request(request)) => answer(request).await,
            Some(ServerJsonRpcMessage::Notification(_)) | None => {}
            reply => return Ok(reply),
        }
    }
    Ok(None)
}

/// Converts an event stream error.
pub(crate) fn event_fault(error: SseError) -> HttpFault {
    match error {
        SseError::Body(cause) => match cause.downcast::<HttpFault>() {
            Ok(fault) => *fault,
            Err(cause) => HttpFault::Broken(cause.to_string()),
        },
        other => HttpFault::Broken(other.to_string()),
    }
}

/// The fault for an unsuccessful status.
pub(crate) async fn status_fault(response: Response) -> HttpFault {
    let status = response.status();
    let header = |name: HeaderName| {
        let value = response.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        value.map(|text| clean::excerpt(&text, 200)).filter(|text| !text.is_empty())
    };
    match status {
        StatusCode::UNAUTHORIZED => HttpFault::Unauthorized(challenges(&response)),
        StatusCode::FORBIDDEN => HttpFault::Forbidden(header(WWW_AUTHENTICATE)),
        StatusCode::NOT_FOUND => HttpFault::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => HttpFault::NoPost,
        StatusCode::TOO_MANY_REQUESTS => HttpFault::TooMany(header(RETRY_AFTER)),
        _ if status.is_redirection() => {
            HttpFault::Redirect(header(LOCATION).unwrap_or_else(|| "an address that it does not give".into()))
        }
        _ => {
            let shown = content_type(&response) != "text/html";
            let body = bounded_body(response, MAX_REFUSAL).await.unwrap_or_default();
            let body = if shown { clean::excerpt(&String::from_utf8_lossy(&body), 200) } else { String::new() };
            HttpFault::Status { status: status.as_u16(), body }
        }
    }
}

/// The challenges of a 401, of all its headers. They are read for more than display, so little is cut.
fn challenges(response: &Response) -> Option<String> {
    let values = response.headers().get_all(WWW_AUTHENTICATE).iter();
    let texts: Vec<String> = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
    Some(clean::excerpt(&texts.join(", "), MAX_CHALLENGE)).filter(|text| !text.is_empty())
}

/// The fault for a request without any response.
pub(crate) fn connection_fault(error: reqwest::Error) -> HttpFault {
    let cause = root_cause(&error);
    if error.is_connect() { HttpFault::Connect(cause) } else { HttpFault::Broken(cause) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_checked() {
        let pair = |name: &str, value: &str| headers(&[(name.to_owned(), value.to_owned())]);
        assert!(pair("Authorization", "Bearer x").unwrap()["authorization"].is_sensitive());
        assert!(pair("X Y", "z").unwrap_err().to_string().contains("not the name"));
        assert!(pair("X", "a\nb").unwrap_err().to_string().contains("not valid"));
        assert!(pair("Mcp-Session-Id", "1").unwrap_err().to_string().contains("protocol itself"));
    }

    #[test]
    fn faults_read_well() {
        let shown = |fault: HttpFault| fault.to_string();
        assert_eq!(
            shown(HttpFault::Unauthorized(Some("Bearer realm=\"x\"".into()))),
            "the server asks for authorization (HTTP 401, challenge: Bearer realm=\"x\")"
        );
        assert_eq!(shown(HttpFault::Forbidden(None)), "the server forbids access (HTTP 403)");
        assert_eq!(shown(HttpFault::Status { status: 500, body: String::new() }), "the server answered with HTTP 500");
        assert_eq!(shown(HttpFault::TooLong), "the server's answer is longer than 16 MiB");
    }
}
