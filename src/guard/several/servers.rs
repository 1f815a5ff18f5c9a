//! The servers of one client, and the messages between them and it.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::names::{json_text, of_resource, seen_result};
use super::requests::{Asked, Listening, Next, Requests, Waiting};
use super::routing::{self, Route, listen_for};
use crate::guard::call_gate::CallGate;
use crate::guard::error_codes::{INVALID_PARAMS, METHOD_NOT_FOUND};
use crate::guard::message::{self, Message, MessageError, RequestId};
use crate::guard::methods::{ACKNOWLEDGED, CANCELLED, SUBSCRIPTION, TOOLS_CHANGED};
use crate::guard::mutex::lock;
use crate::guard::output::Output;
use crate::guard::raw_object::RawObject;
use crate::guard::replies;
use crate::guard::restarting::{Restart, Translation, until_it_ends};
use crate::guard::server_connection::{QUEUE, ServerConnection, ServerTasks};
use crate::guard::session::Session;
use crate::source::queue::{Receiver, Sender, queue};

const UPDATED: &str = "notifications/resources/updated";
/// How long all servers are waited for, before the others are the reply.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long what is on its way to an ended server may take.
const A_MOMENT: Duration = Duration::from_millis(200);
/// How long the last output of a server is passed on.
pub(super) const AFTERWARDS: Duration = Duration::from_secs(2);
/// What the client lists anew when a server is gone.
const LISTS_CHANGED: [&str; 3] =
    [TOOLS_CHANGED, "notifications/prompts/list_changed", "notifications/resources/list_changed"];

/// A server that is one of several.
pub(crate) struct OneOfSeveral {
    pub(crate) name: String,
    pub(crate) gate: Arc<CallGate>,
    pub(crate) connection: ServerConnection,
    pub(crate) translation: Translation,
}

/// A server with its session.
pub(super) struct Member {
    name: String,
    session: Arc<Session>,
    has_ended: AtomicBool,
}

/// What runs for a server.
pub(super) struct Started {
    session: Arc<Session>,
    tasks: ServerTasks,
    restart: Option<Restart>,
    /// What the session writes to the client.
    output: Receiver<Output>,
}

/// The servers of one client.
pub(super) struct Servers {
    members: Vec<Member>,
    names: Vec<String>,
    requests: Mutex<Requests>,
    to_client: Sender<Output>,
}

impl Started {
    /// Passes on what the server `at` of `servers` sends, until it has ended for good.
    pub(super) async fn run(self, servers: Arc<Servers>, at: usize) {
        let Self { session, mut tasks, mut restart, mut output } = self;
        let reading = Arc::clone(&servers);
        let passing = tokio::spawn(async move {
            while let Some(Output::Line(line)) = output.recv().await {
                reading.from_server(at, line).await;
            }
        });
        until_it_ends(&session, &mut tasks, &mut restart).await;
        servers.has_ended(at).await;
        // Its last replies are passed on.
        let _ = timeout(AFTERWARDS, passing).await;
    }
}

impl Member {
    /// Begins the session with a server.
    pub(super) fn start(one: OneOfSeveral, patience: Duration) -> io::Result<(Self, Started)> {
        let OneOfSeveral { name, gate, connection, translation } = one;
        let (to_client, for_client) = queue(QUEUE);
        let (to_server, for_server) = queue(QUEUE);
        let (link, restart) = translation.link(to_server);
        let session = Arc::new(Session::new(gate, patience, to_client, link).map_err(io::Error::other)?);
        let tasks = connection.serve(&session, for_server);
        let started = Started { session: Arc::clone(&session), tasks, restart, output: for_client };
        Ok((Self { name, session, has_ended: AtomicBool::new(false) }, started))
    }

    fn is_there(&self) -> bool {
        !self.has_ended.load(Ordering::SeqCst)
    }
}

impl Servers {
    pub(super) fn new(members: Vec<Member>, to_client: Sender<Output>) -> Self {
        let names = members.iter().map(|member| member.name.clone()).collect();
        Self { members, names, requests: Mutex::default(), to_client }
    }

    pub(super) async fn send_to_client(&self, line: Vec<u8>) {
        self.to_client.send(Output::Line(line)).await;
    }

    /// Ends the output to the client.
    pub(super) async fn end_client(&self) {
        self.to_client.send(Output::End).await;
    }

    fn there(&self) -> impl Iterator<Item = (usize, &Member)> {
        self.members.iter().enumerate().filter(|(_, member)| member.is_there())
    }

    /// Handles a line of the client.
    pub(super) async fn from_client(self: &Arc<Self>, line: Vec<u8>) {
        let refused = |error: &MessageError| replies::error(None, error.code(), &error.to_string());
        let Ok(line) = String::from_utf8(line) else {
            return self.send_to_client(refused(&MessageError::Encoding)).await;
        };
        if line.trim().is_empty() {
            return;
        }
        let elements = match message::parse(&line) {
            Ok(Message::Batch(elements)) => elements,
            Ok(message) => return self.client_message(message, &line).await,
            Err(error) => return self.send_to_client(refused(&error)).await,
        };
        for element in elements {
            match message::parse(element) {
                Ok(Message::Batch(_)) => self.send_to_client(refused(&MessageError::Shape)).await,
                Ok(message) => self.client_message(message, element).await,
                Err(error) => self.send_to_client(refused(&error)).await,
            }
        }
    }

    async fn client_message(self: &Arc<Self>, message: Message<'_>, line: &str) {
        match message {
            Message::Request { id, method, object } => self.request(id, &method, &object, line).await,
            Message::Notification { method, object } if method == CANCELLED => {
                let id = RequestId::cancelled_by(&object);
                let servers = id.map(|id| lock(&self.requests).cancel(&id)).unwrap_or_default();
                self.send_to(&servers, line).await;
            }
            Message::Notification { .. } => {
                let all: Vec<usize> = self.there().map(|(at, _)| at).collect();
                self.send_to(&all, line).await;
            }
            Message::Response { id: Some(id), mut object } => {
                let Some((server, own)) = lock(&self.requests).answered(&id) else { return };
                object.set("id", own);
                self.send_to(&[server], object.to_raw().get()).await;
            }
            Message::Response { id: None, .. } | Message::Batch(_) => {}
        }
    }

    async fn send_to(&self, servers: &[usize], line: &str) {
        for member in servers.iter().filter_map(|at| self.members.get(*at)).filter(|member| member.is_there()) {
            member.session.from_client(line.into()).await;
        }
    }

    async fn request(self: &Arc<Self>, id: RequestId, method: &str, object: &RawObject<'_>, line: &str) {
        match routing::route(method, object) {
            Route::Pong => {
                let pong = json!({"jsonrpc": "2.0", "id": id.to_json(), "result": {}});
                self.send_to_client(replies::to_line(&pong)).await;
            }
            Route::Nowhere(why) => self.send_to_client(replies::error(Some(&id), INVALID_PARAMS, &why)).await,
            Route::UnknownMethod => {
                let why = "a guard before several servers does not know which one this method is for";
                self.send_to_client(replies::error(Some(&id), METHOD_NOT_FOUND, why)).await;
            }
            Route::One(name, line) => match self.names.iter().position(|known| *known == name) {
                Some(server) => self.ask_one(id, server, line).await,
                None => {
                    let why =
                        format!("no server behind this guard has the name {}", crate::text::clean::excerpt(&name, 100));
                    self.send_to_client(replies::error(Some(&id), INVALID_PARAMS, &why)).await;
                }
            },
            Route::Task(task) => {
                let server = lock(&self.requests).server_of_task(&task);
                match server {
                    Some(server) => self.ask_one(id, server, line.to_owned()).await,
                    None => {
                        let why = "no server behind this guard has begun this task";
                        self.send_to_client(replies::error(Some(&id), INVALID_PARAMS, why)).await;
                    }
                }
            }
            Route::All => self.ask_all(id, method, line).await,
            Route::Listen => self.listen(id, object).await,
        }
    }

    async fn ask_one(self: &Arc<Self>, id: RequestId, server: usize, line: String) {
        if !self.members.get(server).is_some_and(Member::is_there) {
            let why = format!("the server {} has ended", self.names.get(server).map_or("", String::as_str));
            return self.send_to_client(replies::failed(&id, &why)).await;
        }
        if let Some(why) = self.refusal(&id, Waiting::One(server)) {
            return self.send_to_client(why).await;
        }
        self.send_to(&[server], &line).await;
    }

    /// Registers a request. Returns the reply if it cannot be.
    fn refusal(&self, id: &RequestId, waiting: Waiting) -> Option<Vec<u8>> {
        let begun = lock(&self.requests).begin(id, waiting);
        begun.err().map(|why| replies::failed(id, why))
    }

    async fn ask_all(self: &Arc<Self>, id: RequestId, method: &str, line: &str) {
        let servers: Vec<usize> = self.there().map(|(at, _)| at).collect();
        let results = servers.iter().map(|at| (*at, (Vec::new(), false))).collect();
        let asked =
            Asked { method: method.to_owned(), line: line.to_owned(), begun: Instant::now(), results, error: None };
        if let Some(why) = self.refusal(&id, Waiting::All(asked)) {
            return self.send_to_client(why).await;
        }
        if servers.is_empty() {
            let reply = lock(&self.requests).reply(&id, &self.names);
            return self.send_to_client(reply.unwrap_or_default()).await;
        }
        let waiting = Arc::clone(self);
        let (late, about) = (id.clone(), method.to_owned());
        tokio::spawn(async move {
            sleep(PATIENCE).await;
            waiting.reply_without_the_late(&late, &about).await;
        });
        // Each apart: one that does not read keeps no other waiting.
        join_all(servers.iter().map(|at| self.send_to(std::slice::from_ref(at), line))).await;
    }

    /// Replies with what has come, if servers are still missing.
    async fn reply_without_the_late(&self, id: &RequestId, method: &str) {
        let (missing, reply) = {
            let mut requests = lock(&self.requests);
            let missing = requests.missing(id, PATIENCE);
            let reply = if missing.is_empty() { None } else { requests.reply(id, &self.names) };
            (missing, reply)
        };
        for member in missing.iter().filter_map(|at| self.members.get(*at)) {
            member.session.gate.report(&format!("the server has not answered {method} in time"));
        }
        if let Some(reply) = reply {
            self.send_to_client(reply).await;
        }
    }

    async fn listen(&self, id: RequestId, object: &RawObject<'_>) {
        let lines: Vec<(usize, String)> =
            self.there().filter_map(|(at, member)| Some((at, listen_for(&member.name, object)?))).collect();
        let servers: Vec<usize> = lines.iter().map(|(at, _)| *at).collect();
        if servers.is_empty() {
            let why = "the subscription names no notifications";
            return self.send_to_client(replies::error(Some(&id), INVALID_PARAMS, why)).await;
        }
        if let Some(why) = self.refusal(&id, Waiting::Listen(Listening::new(servers))) {
            return self.send_to_client(why).await;
        }
        for (at, line) in lines {
            self.send_to(&[at], &line).await;
        }
    }

    /// Handles a line that the session with the server `at` has for the client.
    pub(super) async fn from_server(self: &Arc<Self>, at: usize, line: Vec<u8>) {
        let Ok(line) = String::from_utf8(line) else { return };
        match message::parse(&line) {
            Ok(Message::Response { id: Some(id), object }) => self.reply(at, &id, object, &line).await,
            Ok(Message::Request { mut object, .. }) => {
                let own = object.get("id").and_then(|id| RawValue::from_string(id.to_owned()).ok()).unwrap_or_default();
                let seen = lock(&self.requests).ask(at, own.clone());
                match seen {
                    Some(seen) => {
                        object.set("id", json_text(&seen));
                        self.send_to_client(object.to_raw().get().into()).await;
                    }
                    None => {
                        let error = json!({"code": -32000, "message": "mcp-scan guard: too many questions wait"});
                        let reply = format!(r#"{{"jsonrpc":"2.0","id":{},"error":{error}}}"#, own.get());
                        self.send_to(&[at], &reply).await;
                    }
                }
            }
            Ok(Message::Notification { method, object }) => {
                if let Some(line) = self.seen_notification(at, &method, object, &line) {
                    self.send_to_client(line).await;
                }
            }
            // A complaint about a message that the session could not read.
            Ok(Message::Response { id: None, .. }) => self.send_to_client(line.into()).await,
            Ok(Message::Batch(_)) | Err(_) => {}
        }
    }

    async fn reply(self: &Arc<Self>, at: usize, id: &RequestId, mut object: RawObject<'_>, line: &str) {
        let seen = object.get("result").and_then(|result| seen_result(&self.names[at], result));
        let is_joined = lock(&self.requests).is_joined(id);
        let line = match seen.filter(|_| !is_joined) {
            Some(result) => {
                object.set("result", result);
                std::borrow::Cow::Owned(object.to_raw().get().to_owned())
            }
            None => std::borrow::Cow::Borrowed(line),
        };
        let next = lock(&self.requests).replied(at, id, &object, &line, &self.names);
        match next {
            Some(Next::ToClient(line)) => self.send_to_client(line).await,
            Some(Next::Page(line)) => {
                // Apart: this reads what the session writes, so it must not wait for the session.
                let servers = Arc::clone(self);
                tokio::spawn(async move { servers.send_to(&[at], &line).await });
            }
            Some(Next::Nothing) | None => {}
        }
    }

    /// A notification of the server `at` as the client sees it. `None` if it does not get it now.
    fn seen_notification(&self, at: usize, method: &str, mut object: RawObject<'_>, line: &str) -> Option<Vec<u8>> {
        let params = object.object("params").unwrap_or_default().into_owned();
        let prefixed = |uri: &str| of_resource(&self.names[at], uri);
        match method {
            UPDATED => {
                let mut params = params;
                let uri = params.text("uri")?.into_owned();
                params.set("uri", json_text(&prefixed(&uri)));
                object.set("params", params.to_raw());
                Some(object.to_raw().get().into())
            }
            CANCELLED => {
                let id = RequestId::parse(params.get("requestId")?)?;
                let seen = lock(&self.requests).void(at, &id)?;
                let mut params = params;
                params.set("requestId", json_text(&seen));
                object.set("params", params.to_raw());
                Some(object.to_raw().get().into())
            }
            ACKNOWLEDGED => {
                let id = RequestId::parse(params.object("_meta")?.get(SUBSCRIPTION)?)?;
                let honoured: Value = serde_json::from_str(params.get("notifications")?).ok()?;
                let mut honoured: Map<String, Value> = honoured.as_object()?.clone();
                if let Some(resources) = honoured.get_mut("resourceSubscriptions") {
                    let own = resources.as_array().into_iter().flatten().filter_map(Value::as_str);
                    *resources = own.map(|uri| Value::from(prefixed(uri))).collect();
                }
                lock(&self.requests).acknowledged(at, &id, &honoured)
            }
            _ => Some(line.into()),
        }
    }

    /// The server `at` has ended: what waits for it has an error, and the client lists anew.
    pub(super) async fn has_ended(&self, at: usize) {
        let Some(member) = self.members.get(at) else { return };
        member.has_ended.store(true, Ordering::SeqCst);
        const WHY: &str = "the server ended before it replied";
        member.session.fail_pending(WHY).await;
        // What was on its way to the session.
        sleep(A_MOMENT).await;
        member.session.fail_pending(WHY).await;
        member.session.end_client().await;
        member.session.gate.report("the server has ended; the others go on");
        for method in LISTS_CHANGED {
            self.send_to_client(replies::to_line(&json!({"jsonrpc": "2.0", "method": method}))).await;
        }
    }

    /// The client has ended: what it sent before is passed on, and the servers may finish.
    pub(super) async fn client_has_ended(&self, limit: Duration) {
        let ends = self.there().map(|(_, member)| async move {
            let _ = timeout(limit, member.session.calls_are_decided()).await;
            let _ = timeout(limit, member.session.server.end()).await;
        });
        join_all(ends).await;
    }
}
