//! The one session with the server that all clients without sessions share (revision 2026-07-28).
//!
//! Clients choose their ids alone, so each request gets a number of the guard, and what belongs to it gets its own id and
//! token back.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::StatusCode;
use futures::{Stream, StreamExt};
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::answers::{Answers, ClientMessage};
use super::reply_room::ReplyRoom;
use crate::guard::era::{Era, discover, era, error_code};
use crate::guard::error_codes::{
    HEADER_MISMATCH, INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR, UNSUPPORTED_REVISION,
};
use crate::guard::message::{self, Message, RequestId};
use crate::guard::methods::{CANCELLED, LOG_LEVEL, LOG_MESSAGE, PROGRESS, PROGRESS_TOKEN, SUBSCRIPTION};
use crate::guard::mutex::lock;
use crate::guard::output::Output;
use crate::guard::raw_object::RawObject;
use crate::guard::session::Session;
use crate::source::queue::{Receiver, Sender, queue};

/// Most messages that wait for a client that reads slowly.
const QUEUE: usize = 256;
/// How long the server may take to say which revisions it speaks. It may just have been started.
const PROBE: Duration = Duration::from_secs(30);

/// A session with the server that several clients use.
pub(super) struct SharedSession {
    session: Arc<Session>,
    room: Arc<ReplyRoom>,
    state: Mutex<State>,
    ending: Notify,
}

#[derive(Default)]
struct State {
    number: i64,
    waiting: HashMap<i64, Waiting>,
    is_over: bool,
}

/// A request that waits for its reply.
struct Waiting {
    /// Its id and its token of progress, as the client wrote them.
    id: Box<RawValue>,
    token: Option<Box<RawValue>>,
    wants_log: bool,
    answers: Sender<ClientMessage>,
}

/// What comes for a request. A request whose client does not wait for the reply is cancelled.
pub(super) struct SharedAnswers {
    number: i64,
    receiver: Receiver<ClientMessage>,
    shared: Arc<SharedSession>,
}

impl SharedSession {
    pub(super) fn new(session: Arc<Session>, room: Arc<ReplyRoom>) -> Self {
        Self { session, room, state: Mutex::default(), ending: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(super) fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Ends the session.
    pub(super) fn end(&self) {
        self.ending.notify_one();
    }

    /// Waits until the session is to end.
    pub(super) async fn ending(&self) {
        self.ending.notified().await;
    }

    /// True if the session has ended.
    pub(super) fn is_over(&self) -> bool {
        self.state().is_over
    }

    /// Hands the request `object` to the session.
    pub(super) async fn ask(self: &Arc<Self>, object: &RawObject<'_>) -> SharedAnswers {
        let (answers, receiver) = queue(QUEUE);
        let (number, line) = {
            let mut state = self.state();
            state.number += 1;
            let number = state.number;
            let (line, token, wants_log) = numbered(object, number);
            let id = object.get("id").and_then(|id| RawValue::from_string(id.to_owned()).ok()).unwrap_or_default();
            if !state.is_over {
                state.waiting.insert(number, Waiting { id, token, wants_log, answers });
            }
            (number, line)
        };
        // If the client leaves while this waits, the request is cancelled.
        let answers = SharedAnswers { number, receiver, shared: Arc::clone(self) };
        self.session.from_client(line.into_bytes()).await;
        answers
    }

    /// Tells the server that nobody waits for the reply to the request `number` any more.
    fn cancel(&self, number: i64, reason: &str) {
        let params = json!({"requestId": number, "reason": reason});
        let cancelled = json!({"jsonrpc": "2.0", "method": CANCELLED, "params": params}).to_string();
        let session = Arc::clone(&self.session);
        tokio::spawn(async move { session.from_client(cancelled.into_bytes()).await });
    }

    /// Asks the server which revisions it speaks.
    pub(super) async fn era(self: &Arc<Self>) -> Era {
        let request = discover(&0.into());
        let request = request.to_string();
        let Ok(object) = RawObject::parse(&request) else { return Era::Unknown };
        let mut answers = self.ask(&object).await;
        match timeout(PROBE, answers.next()).await {
            Ok(Some(ClientMessage::Last(reply))) => era(&reply.line),
            Ok(Some(ClientMessage::Before(_)) | None) | Err(_) => Era::Unknown,
        }
    }

    /// Sends what the session writes to the requests that it belongs to, until the session ends.
    pub(super) async fn deliver(self: Arc<Self>, mut messages: Receiver<Output>) {
        while let Some(Output::Line(line)) = messages.recv().await {
            if let Ok(line) = String::from_utf8(line) {
                self.pass(&line);
            }
        }
        let mut state = self.state();
        state.is_over = true;
        state.waiting.clear();
    }

    fn pass(&self, line: &str) {
        match message::parse(line) {
            Ok(Message::Response { id: Some(RequestId::Integer(number)), mut object }) => {
                let Some(Waiting { id, answers, .. }) = self.state().waiting.remove(&number) else { return };
                // What is refused for its length is refused under the id of the client.
                let shown = RequestId::parse(id.get()).unwrap_or(RequestId::Integer(number));
                object.set("id", id);
                // The client may be gone.
                answers.try_send(ClientMessage::Last(self.room.take(&shown, object.to_raw().get().into())));
            }
            Ok(Message::Notification { method, object }) => self.notify(&method, object),
            // A server of this revision asks nothing by itself, and answers nothing else.
            Ok(Message::Request { .. } | Message::Response { .. } | Message::Batch(_)) | Err(_) => {}
        }
    }

    fn notify(&self, method: &str, mut object: RawObject<'_>) {
        let mut params = object.object("params").unwrap_or_default().into_owned();
        let meta = params.object("_meta").map(RawObject::into_owned);
        let number = |json: Option<&str>| match RequestId::parse(json?)? {
            RequestId::Integer(number) => Some(number),
            RequestId::Text(text) => text.parse().ok(),
        };
        let mut state = self.state();
        let subscription = number(meta.as_ref().and_then(|meta| meta.get(SUBSCRIPTION)));
        let number = match (method, subscription) {
            (PROGRESS, _) => {
                let Some(number) = number(params.get(PROGRESS_TOKEN)) else { return };
                let token = state.waiting.get(&number).and_then(|waiting| waiting.token.clone());
                let Some(token) = token else { return };
                params.set(PROGRESS_TOKEN, token);
                number
            }
            (_, Some(number)) => {
                let id = state.waiting.get(&number).map(|waiting| waiting.id.clone());
                let (Some(id), Some(mut meta)) = (id, meta) else { return };
                meta.set(SUBSCRIPTION, id);
                params.set("_meta", meta.to_raw());
                number
            }
            // It names no request, so it is certain whose it is only if one client waits for such a message.
            (LOG_MESSAGE, None) => {
                let mut wanting = state.waiting.iter().filter(|(_, waiting)| waiting.wants_log);
                let (Some((number, _)), None) = (wanting.next(), wanting.next()) else { return };
                *number
            }
            (_, None) => return,
        };
        object.set("params", params.to_raw());
        let line = object.to_raw().get().into();
        let sent = state.waiting.get(&number).map(|waiting| waiting.answers.try_send(ClientMessage::Before(line)));
        if sent == Some(false) {
            // A client that does not read loses its request; the others go on.
            state.waiting.remove(&number);
            drop(state);
            self.cancel(number, "the client does not read");
        }
    }
}

/// The request `object` with `number` as its id and as its token of progress. Returns the token that it had, and whether
/// it wants log messages.
fn numbered(object: &RawObject<'_>, number: i64) -> (String, Option<Box<RawValue>>, bool) {
    let raw = to_raw_value(&number).unwrap_or_default();
    let mut object = object.clone();
    let params = object.object("params").map(RawObject::into_owned);
    let meta = params.as_ref().and_then(|params| params.object("_meta")).map(RawObject::into_owned);
    let mut token = None;
    let mut wants_log = false;
    if let (Some(mut params), Some(mut meta)) = (params, meta) {
        wants_log = meta.get(LOG_LEVEL).is_some();
        if let Some(old) = meta.get(PROGRESS_TOKEN) {
            token = RawValue::from_string(old.to_owned()).ok();
            meta.set(PROGRESS_TOKEN, raw.clone());
            params.set("_meta", meta.to_raw());
            object.set("params", params.to_raw());
        }
    }
    object.set("id", raw);
    // A line end within a message is white space in JSON, and would end it for a server.
    (object.to_raw().get().replace('\n', " "), token, wants_log)
}

impl Stream for SharedAnswers {
    type Item = ClientMessage;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<ClientMessage>> {
        self.receiver.poll_recv(context)
    }
}

impl Answers for SharedAnswers {
    fn session_is_over(&self) -> bool {
        self.shared.is_over()
    }

    fn status(reply: &[u8]) -> StatusCode {
        match error_code(reply) {
            Some(PARSE_ERROR | INVALID_PARAMS | INVALID_REQUEST | UNSUPPORTED_REVISION..=HEADER_MISMATCH) => {
                StatusCode::BAD_REQUEST
            }
            Some(METHOD_NOT_FOUND) => StatusCode::NOT_FOUND,
            Some(_) | None => StatusCode::OK,
        }
    }
}

impl Drop for SharedAnswers {
    fn drop(&mut self) {
        // Apart, so that the lock is free again.
        let waited = self.shared.state().waiting.remove(&self.number).is_some();
        if waited {
            self.shared.cancel(self.number, "the client is gone");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_gets_a_number_in_the_place_of_its_id_and_token() {
        let line =
            "{\"id\":\"a\",\n\"params\":{\"_meta\":{\"progressToken\":\"t\",\"x\":1.0}},\"method\":\"tools/call\"}";
        let (numbered, token, wants_log) = numbered(&RawObject::parse(line).unwrap(), 7);
        let expected = r#"{"id":7,"params":{"_meta":{"progressToken":7,"x":1.0}},"method":"tools/call"}"#;
        assert_eq!((numbered.as_str(), token.unwrap().get(), wants_log), (expected, "\"t\"", false));
    }
}
