//! The session with a server over HTTP, and the exchange of one message.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::Value;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};
use url::Url;

use super::super::body::bounded_body;
use super::super::http::{self, EVENTS, GOODBYE, JSON, LAST_EVENT, SESSION};
use super::super::http_fault::HttpFault;
use super::super::queue::Sender;
use super::super::sse;
use super::event::RemoteEvent;
use super::fault::{RequestFault, refusal_body};
use super::headers::MarkedArguments;
use super::outgoing::{MessageKind, Outgoing};
use super::stream::{self, message, on_one_line};
use crate::source::secret::KnownSecrets;

const VERSION: &str = "mcp-protocol-version";
/// Longest time for the handshake.
const START: Duration = Duration::from_secs(120);
/// Longest time for sending a notification or a reply.
const NOTIFY: Duration = Duration::from_secs(10);
/// How often a broken stream is opened again, and the time before each attempt.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The shortest one: a server that asks for none would be called without end.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
/// Longest body of a reply that is no stream, in bytes.
const MAX_BODY: usize = 64 << 20;

/// A session with a server.
pub(super) struct Connection {
    http: reqwest::Client,
    url: Url,
    secrets: KnownSecrets,
    events: Sender<RemoteEvent>,
    state: Mutex<State>,
    /// Held while a new session takes the place of one that the server has ended.
    renewal: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    session: Option<String>,
    /// The revision that the handshake agreed on.
    version: Option<String>,
    /// The handshake, to begin a new session with.
    initialize: Option<Outgoing>,
    /// Where messages go if the server speaks HTTP+SSE.
    endpoint: Option<Url>,
    marked: MarkedArguments,
    /// The requests that wait, by id.
    running: HashMap<String, AbortHandle>,
}

impl Connection {
    pub(super) fn new(http: reqwest::Client, url: Url, secrets: KnownSecrets, events: Sender<RemoteEvent>) -> Self {
        Self { http, url, secrets, events, state: Mutex::default(), renewal: tokio::sync::Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a request that can be cancelled.
    pub(super) fn remember(&self, id: Option<String>, handle: AbortHandle) {
        let running = &mut self.state().running;
        running.retain(|_, handle| !handle.is_finished());
        if let Some(id) = id {
            running.insert(id, handle);
        }
    }

    /// Sends the handshake. Returns the work of reading the stream of all replies if the server speaks HTTP+SSE.
    pub(super) async fn initialize(self: Arc<Self>, message: Outgoing) -> Option<BoxFuture<'static, ()>> {
        self.state().initialize = Some(message.clone());
        let exchanged = timeout(START, self.exchange(&message)).await;
        let fault = match exchanged {
            Ok(Ok(())) => return None,
            Ok(Err(fault)) => fault,
            Err(_) => RequestFault::unreadable(HttpFault::NoReply("nothing in time".into())),
        };
        if !fault.fault.may_be_older_transport() {
            self.failed(&message, &fault).await;
            return None;
        }
        match timeout(START, sse::open(&self.url, &self.http, stream::events)).await {
            Ok(Ok(Some((endpoint, events)))) => {
                self.state().endpoint = Some(endpoint);
                Arc::clone(&self).request(message).await;
                Some(Box::pin(async move { self.read_all(events).await }))
            }
            Ok(Err(fault)) => {
                self.failed(&message, &RequestFault { fault, may_have_acted: false }).await;
                None
            }
            Ok(Ok(None)) | Err(_) => {
                self.failed(&message, &fault).await;
                None
            }
        }
    }

    /// Sends a request. Its reply, or that there is none, is an event.
    pub(super) async fn request(self: Arc<Self>, message: Outgoing) {
        if let Err(fault) = self.exchange(&message).await {
            self.failed(&message, &fault).await;
        }
    }

    async fn failed(&self, message: &Outgoing, fault: &RequestFault) {
        let Some(id) = message.id.clone() else { return };
        let hint = fault.fault.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
        let why = self.secrets.hide(&format!("{}{hint}", fault.fault));
        self.event(RemoteEvent::Failed { id, why, may_have_acted: fault.may_have_acted }).await;
    }

    async fn event(&self, event: RemoteEvent) {
        // If nobody reads any more, the connection ends by itself.
        self.events.send(event).await;
    }

    /// Sends a notification or a response.
    pub(super) async fn notify(&self, message: Outgoing) {
        if let Some(id) = &message.cancels {
            let (running, has_handshake) = {
                let mut state = self.state();
                (state.running.remove(id), state.initialize.is_some())
            };
            if !has_handshake {
                // The end of its stream cancels the request.
                running.iter().for_each(AbortHandle::abort);
                return;
            }
        }
        // A server may refuse what is no request; nothing waits for an answer to it.
        let _ = timeout(NOTIFY, self.post(&message).send()).await;
    }

    /// Reads what the server sends without a request, while there is a session. Servers need not offer this.
    pub(super) async fn listen(self: Arc<Self>) {
        if self.state().endpoint.is_some() {
            return;
        }
        let mut last = None;
        let mut failures = 0;
        while failures < ATTEMPTS {
            let Ok(response) = self.get(last.as_deref()).send().await else {
                failures += 1;
                sleep(PAUSE * failures).await;
                continue;
            };
            if !response.status().is_success() || http::content_type(&response) != EVENTS {
                return;
            }
            let mut pause = PAUSE;
            let mut events = std::pin::pin!(stream::events(response));
            while let Some(Ok(event)) = events.next().await {
                failures = 0;
                pause = event.retry.map_or(pause, Duration::from_millis).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
                if let Some(text) = message(&event) {
                    self.event(RemoteEvent::Message(text)).await;
                }
                last = event.id.or(last);
            }
            failures += 1;
            sleep(pause).await;
        }
    }

    async fn read_all(&self, mut events: sse::Events) {
        while let Some(Ok(event)) = events.next().await {
            if let Some(text) = message(&event) {
                self.event(RemoteEvent::Message(text)).await;
            }
        }
        self.event(RemoteEvent::Ended("the server closed the stream of its replies".into())).await;
    }

    /// Ends the session at the server.
    pub(super) async fn delete_session(&self) {
        let Some(session) = self.state().session.take() else { return };
        let request = self.with_version(self.http.delete(self.url.clone())).header(SESSION, session);
        // A server may not offer this.
        let _ = request.timeout(GOODBYE).send().await;
    }

    fn post(&self, message: &Outgoing) -> RequestBuilder {
        let state = self.state();
        let url = state.endpoint.clone().unwrap_or_else(|| self.url.clone());
        let request = self.http.post(url).header(CONTENT_TYPE, JSON).header(ACCEPT, format!("{JSON}, {EVENTS}"));
        let mut request = request.body(message.line.clone());
        if let Some(version) = &message.version {
            let headers = state.marked.headers(message);
            let headers = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
            return headers.header(VERSION, version);
        }
        if message.method != "initialize" {
            drop(state);
            request = self.with_session(request);
        }
        request
    }

    fn get(&self, last: Option<&str>) -> RequestBuilder {
        let request = self.with_session(self.http.get(self.url.clone()).header(ACCEPT, EVENTS));
        last.into_iter().fold(request, |request, last| request.header(LAST_EVENT, last))
    }

    fn with_session(&self, request: RequestBuilder) -> RequestBuilder {
        let session = self.state().session.clone();
        self.with_version(session.into_iter().fold(request, |request, session| request.header(SESSION, session)))
    }

    fn with_version(&self, request: RequestBuilder) -> RequestBuilder {
        let version = self.state().version.clone();
        version.into_iter().fold(request, |request, version| request.header(VERSION, version))
    }

    /// Sends a request and passes on what comes back.
    async fn exchange(&self, request: &Outgoing) -> Result<(), RequestFault> {
        let used = self.state().session.clone();
        let mut response = self.post(request).send().await.map_err(RequestFault::unsent)?;
        let is_lost = response.status() == StatusCode::NOT_FOUND && used.is_some() && request.version.is_none();
        if is_lost && request.method != "initialize" && self.renew(used).await {
            response = self.post(request).send().await.map_err(RequestFault::unsent)?;
        }
        if !response.status().is_success() {
            let status = response.status();
            let text = refusal_body(response).await?;
            if request.is_answered_by(&text) {
                self.event(RemoteEvent::Message(on_one_line(&text))).await;
                return Ok(());
            }
            let fault = HttpFault::from_status(status.as_u16(), &text);
            return Err(RequestFault { fault, may_have_acted: status.is_server_error() });
        }
        if self.state().endpoint.is_some() {
            // The reply comes through the stream.
            return Ok(());
        }
        if request.method == "initialize" {
            self.state().session = header(&response, SESSION);
        }
        match http::content_type(&response).as_str() {
            EVENTS => self.read_events(request, response).await,
            JSON | "" => {
                let body = bounded_body(response, MAX_BODY).await.map_err(RequestFault::unreadable)?;
                let text = String::from_utf8_lossy(&body);
                if !request.is_answered_by(&text) {
                    return Err(RequestFault::unreadable(HttpFault::NoReply(String::new())));
                }
                self.pass_reply(request, on_one_line(&text)).await;
                Ok(())
            }
            other => {
                let shown = crate::text::clean::excerpt(other, 80);
                Err(RequestFault::unreadable(HttpFault::ContentType(shown)))
            }
        }
    }

    /// Passes on the events of `response` until the reply to `request`. A stream that breaks before it is continued
    /// where the server numbers its events.
    async fn read_events(&self, request: &Outgoing, mut response: Response) -> Result<(), RequestFault> {
        let mut last = None;
        let mut pause = PAUSE;
        let mut attempts = 0;
        loop {
            let mut events = std::pin::pin!(stream::events(response));
            let mut fault = HttpFault::NoReply(String::new());
            while let Some(event) = events.next().await {
                let event = match event {
                    Ok(event) => event,
                    Err(cause) => {
                        fault = http::event_fault(cause);
                        break;
                    }
                };
                pause = event.retry.map_or(pause, Duration::from_millis).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
                if let Some(text) = message(&event) {
                    attempts = 0;
                    if request.is_answered_by(&text) {
                        self.pass_reply(request, text).await;
                        return Ok(());
                    }
                    self.event(RemoteEvent::Message(text)).await;
                }
                last = event.id.or(last);
            }
            let can_continue = last.is_some() && request.version.is_none() && attempts < ATTEMPTS;
            if !can_continue {
                return Err(RequestFault::unreadable(fault));
            }
            attempts += 1;
            sleep(pause).await;
            response = match self.get(last.as_deref()).send().await {
                Ok(response) if response.status().is_success() => response,
                Ok(_) | Err(_) => return Err(RequestFault::unreadable(fault)),
            };
        }
    }

    /// Passes on the reply to `request`, and learns what later requests need from it.
    async fn pass_reply(&self, request: &Outgoing, reply: String) {
        match request.method.as_str() {
            "initialize" => {
                let reply: Value = serde_json::from_str(&reply).unwrap_or_default();
                self.state().version = reply["result"]["protocolVersion"].as_str().map(str::to_owned);
            }
            "tools/list" if request.version.is_some() => self.state().marked.learn(&reply),
            _ => {}
        }
        self.event(RemoteEvent::Message(reply)).await;
    }

    /// Begins a new session in the place of `lost`. False if that fails, or if the client has begun none.
    async fn renew(&self, lost: Option<String>) -> bool {
        let _one = self.renewal.lock().await;
        if self.state().session != lost {
            return true;
        }
        let Some(initialize) = self.state().initialize.clone() else { return false };
        let Ok(Ok(response)) = timeout(START, self.post(&initialize).send()).await else { return false };
        if !response.status().is_success() {
            return false;
        }
        self.state().session = header(&response, SESSION);
        // The client has the reply of the first session.
        let read = bounded_body(response, MAX_BODY);
        if !matches!(timeout(START, read).await, Ok(Ok(_))) {
            return false;
        }
        let initialized = Outgoing::parse(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.to_owned());
        for message in initialized.into_iter().filter(|message| message.kind == MessageKind::Notification) {
            self.notify(message).await;
        }
        self.event(RemoteEvent::NewSession).await;
        true
    }
}

/// The value of a header that is text.
fn header(response: &Response, name: &str) -> Option<String> {
    let name = HeaderName::try_from(name).ok()?;
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}
