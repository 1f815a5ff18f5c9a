//! One session between a client and a server. Every message goes through it: what is not governed passes unchanged.

use std::borrow::Cow;
use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use serde_json::json;
use tokio::sync::RwLock;

use super::approval::Approvals;
use super::call_gate::{CallGate, seconds};
use super::calls::{self, CallNumber, Called, OpenCall};
use super::client::ClientInfo;
use super::error_codes::{INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND};
use super::item_listing;
use super::log::Ending;
use super::message::{self, Message, MessageError, RequestId};
use super::methods::{
    CALL_TOOL, CANCELLED, DISCOVER, GET_PROMPT, GET_SKILL, INITIALIZE, LIST_TOOLS, READ_RESOURCE, TOOLS_CHANGED,
};
use super::mutex::lock;
use super::output::Output;
use super::pending::{Pending, PendingRequests};
use super::pins::Pins;
use super::random_id::random_id;
use super::raw_object::RawObject;
use super::server_link::ServerLink;
use super::spelling::is_like_method;
use super::translation::{Handled, Step};
use super::{imitation, replies, tool_call};
use crate::source::queue::Sender;
use crate::text::clean;

/// Other methods whose results a model reads.
const READ: [&str; 5] = [READ_RESOURCE, GET_PROMPT, GET_SKILL, "tasks/get", "tasks/result"];
const CLOSED: &str = "the server no longer reads requests";

/// The session of one client with one server.
pub(crate) struct Session {
    /// Names the session in the log.
    pub(super) id: String,
    pub(super) gate: Arc<CallGate>,
    pub(super) approvals: Approvals,
    pub(super) pins: Pins,
    /// How long a person may take to answer.
    pub(super) patience: Duration,
    /// Held for reading by each call that is being decided.
    deciding: Arc<RwLock<()>>,
    client: Mutex<ClientInfo>,
    /// Whether the server has listed a tool that the policy names, or this was reported.
    pub(super) lists_named_tools: AtomicBool,
    pending: PendingRequests,
    to_client: Sender<Output>,
    pub(super) server: ServerLink,
}

impl Session {
    pub(super) fn new(
        gate: Arc<CallGate>,
        patience: Duration,
        to_client: Sender<Output>,
        server: ServerLink,
    ) -> Result<Self, getrandom::Error> {
        Ok(Self {
            id: random_id::<8>()?,
            pins: Pins::new(gate.options.pinned.clone()),
            gate,
            approvals: Approvals::new()?,
            patience,
            deciding: Arc::default(),
            client: Mutex::default(),
            lists_named_tools: AtomicBool::default(),
            pending: PendingRequests::default(),
            to_client,
            server,
        })
    }

    /// Makes this the session of several clients: an answer of a person holds for one call.
    pub(super) fn of_several_clients(mut self) -> Self {
        self.approvals.remember_nothing();
        self
    }

    /// Handles a line from the client.
    pub(super) async fn from_client(self: &Arc<Self>, mut line: Vec<u8>) {
        // Some servers end a line at a carriage return, where JSON has white space.
        line.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b' ');
        let Ok(line) = String::from_utf8(line) else { return self.refuse_message(&MessageError::Encoding).await };
        if line.trim().is_empty() {
            return;
        }
        match message::parse(&line) {
            Err(error) => self.refuse_message(&error).await,
            Ok(Message::Batch(elements)) if elements.is_empty() => self.refuse_message(&MessageError::Shape).await,
            Ok(Message::Batch(elements)) => {
                // The elements are forwarded one by one, so that each has a decision and a reply of its own.
                for element in elements {
                    match message::parse(element) {
                        Ok(Message::Batch(_)) => self.refuse_message(&MessageError::Shape).await,
                        Ok(message) => self.client_message(message, element).await,
                        Err(error) => self.refuse_message(&error).await,
                    }
                }
            }
            Ok(message) => self.client_message(message, &line).await,
        }
    }

    async fn client_message(self: &Arc<Self>, message: Message<'_>, line: &str) {
        match message {
            Message::Request { id, method, object } => self.client_request(id, &method, &object, line).await,
            Message::Notification { method, .. } if method == CALL_TOOL || is_like_method(&method, CALL_TOOL) => {
                self.gate.report("a call without an id was dropped: it cannot be replied to");
            }
            Message::Notification { method, object } => {
                if method != CANCELLED || self.cancels_forwarded(&object).await {
                    self.send_to_server(line.into()).await;
                }
            }
            Message::Response { id: Some(id), object } if self.approvals.answer(&id, &object) => {}
            Message::Response { .. } => drop(self.send_to_server(line.into()).await),
            Message::Batch(_) => {}
        }
    }

    async fn client_request(self: &Arc<Self>, id: RequestId, method: &str, object: &RawObject<'_>, line: &str) {
        if let Some(known) = mistaken_for(method) {
            let message = format!("{} is not a method; did you mean {known}?", clean::excerpt(method, 40));
            return self.send_to_client(replies::error(Some(&id), METHOD_NOT_FOUND, &message)).await;
        }
        let number = self.pending.next_call();
        let pending = match method {
            CALL_TOOL => Pending::Deciding(number),
            LIST_TOOLS => Pending::Listing,
            DISCOVER => Pending::Handshake,
            method if self.pins.are_there() && item_listing::listed_by(method).is_some() => {
                item_listing::listed_by(method).map_or(Pending::Passed, Pending::Items)
            }
            method if READ.contains(&method) => Pending::Read,
            INITIALIZE => {
                let client = object.object("params").map(|params| ClientInfo::from_initialize(&params));
                *lock(&self.client) = client.unwrap_or_default();
                Pending::Handshake
            }
            _ => Pending::Passed,
        };
        if let Err(why) = self.pending.register(&id, pending) {
            return self.send_to_client(replies::error(Some(&id), INVALID_REQUEST, why)).await;
        }
        if let Some(why) = item_listing::refusal(&self.pins, method, object) {
            if !self.gate.options.observe {
                return self.reply(&id, replies::failed(&id, why)).await;
            }
            self.gate.report(&format!("{method} would be refused: {why}"));
        }
        if method != CALL_TOOL {
            if !self.send_to_server(line.into()).await {
                self.reply(&id, replies::failed(&id, CLOSED)).await;
            }
            return;
        }
        match tool_call::parse(object, seconds()) {
            Ok(call) => {
                let params = object.object("params").unwrap_or_default();
                let client = ClientInfo::from_request(&params).unwrap_or_else(|| lock(&self.client).clone());
                let called = Called::new((id, number), call, client, (line, object, &params), &self.approvals);
                let (session, deciding) = (Arc::clone(self), Arc::clone(&self.deciding).try_read_owned());
                now_or_later(async move {
                    session.decide(called).await;
                    drop(deciding);
                });
            }
            Err(cause) => {
                self.pending.take(&id);
                self.send_to_client(replies::error(Some(&id), INVALID_PARAMS, &cause.to_string())).await;
            }
        }
    }

    /// Forgets the request that the client cancels: it waits for no reply any more. False if the server does not know the
    /// request yet; the call is then not made.
    async fn cancels_forwarded(&self, notification: &RawObject<'_>) -> bool {
        let Some(id) = RequestId::cancelled_by(notification) else { return true };
        let Some(request) = self.pending.take(&id) else { return true };
        let is_forwarded = request.is_forwarded();
        if let Some(call) = request.into_call() {
            // It stays counted: the server may have made it.
            self.record(call.decided, Ending::Cancelled).await;
        }
        is_forwarded
    }

    /// Forwards a decided call. Returns it if it was not forwarded: the client has cancelled it, or the server is gone.
    pub(super) async fn forward(
        self: &Arc<Self>,
        id: &RequestId,
        number: CallNumber,
        call: OpenCall,
        line: Vec<u8>,
    ) -> Result<(), Box<OpenCall>> {
        self.pending.forwards(id, number, call)?;
        if self.send_to_server(line).await {
            return Ok(());
        }
        let Some(call) = self.pending.take(id).and_then(Pending::into_call) else { return Ok(()) };
        self.send_to_client(replies::failed(id, CLOSED)).await;
        Err(call)
    }

    /// Waits until every call of the client is decided, so that what was allowed is on its way to the server.
    pub(super) async fn calls_are_decided(&self) {
        drop(self.deciding.write().await);
    }

    /// Replies to a request that was not forwarded in the place of the server.
    async fn reply(&self, id: &RequestId, line: Vec<u8>) {
        if self.pending.take(id).is_some() {
            self.send_to_client(line).await;
        }
    }

    /// Replies to an undecided call in the place of the server, unless the client has cancelled it.
    pub(super) async fn reply_undecided(&self, id: &RequestId, number: CallNumber, line: Vec<u8>) {
        if self.pending.take_undecided(id, number) {
            self.send_to_client(line).await;
        }
    }

    /// Handles a line from the server.
    pub(super) async fn from_server(self: &Arc<Self>, line: Vec<u8>) {
        let mut line = String::from_utf8(line).unwrap_or_else(|broken| {
            self.gate.report("the server sent a line that is not UTF-8; the wrong bytes were replaced");
            String::from_utf8_lossy(broken.as_bytes()).into_owned()
        });
        if line.ends_with('\r') {
            line.pop();
        }
        if line.trim().is_empty() {
            return;
        }
        match message::parse(&line) {
            Ok(Message::Batch(elements)) => {
                for element in elements {
                    match message::parse(element) {
                        Ok(message) => self.untranslated(message, element).await,
                        Err(error) => self.drop_of_server(element, &error).await,
                    }
                }
            }
            Ok(message) => self.untranslated(message, &line).await,
            Err(error) => self.drop_of_server(&line, &error).await,
        }
    }

    /// Handles a message of the server, which may be one of other revisions than the client's.
    async fn untranslated(self: &Arc<Self>, message: Message<'_>, line: &str) {
        if self.server.translator.is_native() {
            return self.server_message(message, line).await;
        }
        if let Message::Notification { method, .. } = &message {
            self.note_change(method);
        }
        for step in self.server.translator.server_sends(line) {
            match step {
                // This reads what the server sends, so it must not wait for the server to read.
                Step::ToServer(line) => self.server.try_send(line.into()),
                Step::FromServer(line) => self.server_line(&line).await,
            }
        }
    }

    /// Handles a line that is as a server of the client's revision would send it.
    pub(super) async fn server_line(self: &Arc<Self>, line: &str) {
        match message::parse(line) {
            Ok(message) => self.server_message(message, line).await,
            Err(error) => self.drop_of_server(line, &error).await,
        }
    }

    /// What is pinned must be listed again after the server has said that it changed, and so must what a person has allowed.
    fn note_change(&self, notification: &str) {
        if notification == TOOLS_CHANGED {
            self.pins.forget_tools();
            self.approvals.tools_may_have_changed();
        }
        item_listing::changed_by(notification).into_iter().for_each(|kind| self.pins.forget_items(kind));
    }

    /// Drops what is no message. If it is the reply to a request, this fails the request, which would wait for ever.
    async fn drop_of_server(&self, text: &str, error: &MessageError) {
        self.gate.report(&format!("the server sent a line that is no message, which was dropped: {error}"));
        if let Some(id) = message::reply_id(text) {
            // The error can quote the server, so only the person reads it.
            self.fail_request(&id, "the server's reply cannot be read", true).await;
        }
    }

    async fn server_message(self: &Arc<Self>, message: Message<'_>, line: &str) {
        match message {
            Message::Request { id: RequestId::Text(id), .. } if Approvals::is_ours(&id) => {
                self.gate.report("the server sent a request under an id of the guard; it was dropped");
            }
            Message::Notification { method, object } => {
                self.note_change(&method);
                if let Some(line) = self.checked_notification(object, line).await {
                    self.send_to_client(line.into_owned()).await;
                }
            }
            Message::Request { id, method, object } => match self.checked_request(&id, &method, object, line).await {
                Ok(line) => self.send_to_client(line.into_owned()).await,
                // This reads what the server sends, so it must not wait for the server to read.
                Err(reply) => self.server.try_send(reply),
            },
            Message::Response { id: None, .. } => self.send_to_client(line.into()).await,
            Message::Response { id: Some(id), object } => self.server_reply(&id, object, line).await,
            Message::Batch(_) => {}
        }
    }

    async fn server_reply(self: &Arc<Self>, id: &RequestId, object: RawObject<'_>, line: &str) {
        match self.pending.take_forwarded(id) {
            // It may also be the reply to a request that was cancelled.
            None | Some(Pending::Deciding(_)) => {}
            Some(Pending::Passed) => self.send_to_client(line.into()).await,
            Some(Pending::Listing) => self.send_to_client(self.listed_tools(id, object, line)).await,
            Some(Pending::Items(kind)) => self.send_to_client(self.listed_items(id, kind, object, line)).await,
            Some(Pending::Handshake) => self.send_to_client(self.handshake(id, object, line)).await,
            Some(Pending::Read) => {
                let (object, line) = questions_marked(object, line);
                let reply = self.checked(id, object, &line, false).await;
                self.send_to_client(reply.line.into_owned()).await;
            }
            Some(Pending::Called(mut call)) => {
                let (ending, was_not_made) = (calls::ending(&object), calls::was_not_made(&object));
                let (object, line) = questions_marked(object, line);
                let reply = self.checked(id, object, &line, true).await;
                call.decided.found = reply.found;
                // Before the reply, so that the next call of the client is decided after it; it is written later.
                self.record(call.decided, if reply.withheld { Ending::Withheld } else { ending }).await;
                // The client does not wait for the counter.
                self.send_to_client(reply.line.into_owned()).await;
                self.gate.release(call.reservation.filter(|_| was_not_made)).await;
            }
        }
    }

    /// Fails a forwarded request, because the server will not reply. A call that it cannot have made is not counted.
    pub(super) async fn fail_request(&self, id: &RequestId, why: &str, may_have_acted: bool) {
        let Some(id) = self.server.translator.is_failed(id) else { return };
        let Some(request) = self.pending.take_forwarded(&id) else { return };
        self.send_to_client(replies::failed(&id, why)).await;
        if let Some(call) = request.into_call() {
            self.record(call.decided, Ending::NoAnswer).await;
            self.gate.release(call.reservation.filter(|_| !may_have_acted)).await;
        }
    }

    /// The server has begun anew: what is pinned must be listed again before it is used.
    pub(super) async fn tools_may_have_changed(&self) {
        self.pins.forget_all();
        self.approvals.tools_may_have_changed();
        let changed = json!({"jsonrpc": "2.0", "method": TOOLS_CHANGED});
        self.send_to_client(replies::to_line(&changed)).await;
    }

    /// Fails every request that waits, because the server will not reply.
    pub(super) async fn fail_pending(&self, why: &str) {
        self.server.translator.server_has_ended();
        for (id, request) in self.pending.take_all() {
            self.send_to_client(replies::failed(&id, why)).await;
            if let Some(call) = request.into_call() {
                // It stays counted: the server may have made it.
                self.record(call.decided, Ending::NoAnswer).await;
            }
        }
    }

    async fn refuse_message(&self, error: &MessageError) {
        self.send_to_client(replies::error(None, error.code(), &error.to_string())).await;
    }

    pub(super) async fn send_to_client(&self, line: Vec<u8>) {
        // If the client is gone, the session ends by itself.
        self.to_client.send(Output::Line(line)).await;
    }

    /// Sends a message of the client to the server, translated if they need it. False if the server no longer reads.
    async fn send_to_server(self: &Arc<Self>, line: Vec<u8>) -> bool {
        if self.server.translator.is_native() {
            return self.server.send(line).await;
        }
        // The session has parsed it as UTF-8.
        let line = String::from_utf8(line).unwrap_or_default();
        match self.server.translator.client_sends(&line) {
            Handled::Unchanged => self.server.send(line.into()).await,
            Handled::Steps(steps) => self.do_steps(steps).await,
            Handled::Begins => {
                tokio::spawn(Arc::clone(self).negotiate());
                true
            }
        }
    }

    /// Ends the output to the client.
    pub(super) async fn end_client(&self) {
        self.to_client.send(Output::End).await;
    }
}

/// The method with a meaning for the guard that `method` may be taken for. `None` if it is one itself.
fn mistaken_for(method: &str) -> Option<&'static str> {
    let known = || [CALL_TOOL, LIST_TOOLS, INITIALIZE, DISCOVER].into_iter().chain(READ).chain(item_listing::methods());
    if known().any(|known| known == method) {
        return None;
    }
    known().find(|known| is_like_method(method, known))
}

/// A reply in which questions that could be taken for those of the guard are marked.
fn questions_marked<'a>(mut object: RawObject<'a>, line: &'a str) -> (RawObject<'a>, Cow<'a, str>) {
    let Some(marked) = object.get("result").and_then(imitation::marked_result) else { return (object, line.into()) };
    object.set("result", marked);
    let line = object.to_raw().get().to_owned();
    (object, line.into())
}

/// Completes `work` at once if nothing has to be waited for, or else beside the other messages.
fn now_or_later(work: impl Future<Output = ()> + Send + 'static) {
    let mut work = Box::pin(work);
    if work.as_mut().now_or_never().is_none() {
        tokio::spawn(work);
    }
}
