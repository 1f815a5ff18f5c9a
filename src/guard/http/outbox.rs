//! What a session sends to its client over HTTP: each message goes to the request that it belongs to, or to the stream
//! of what the server sends by itself.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::StatusCode;
use futures::Stream;
use tokio::time::{Instant, timeout};

use super::answers::{Answers, ClientMessage};
use super::reply_room::ReplyRoom;
use crate::guard::message::{self, Message, RequestId};
use crate::guard::methods::PROGRESS;
use crate::guard::mutex::lock;
use crate::source::queue::{Receiver, Sender, queue};

/// Most messages that wait for a client that reads slowly, and how long one waits.
const QUEUE: usize = 64;
const SLOW: Duration = Duration::from_secs(30);
/// Most messages that wait for a stream to be opened, and most bytes of them. Older ones are dropped.
const MAX_KEPT: usize = 100;
const MAX_KEPT_BYTES: usize = 16 << 20;

/// The messages of a session on their way to its client.
pub(super) struct Outbox {
    room: Arc<ReplyRoom>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The requests that wait for their replies.
    waiting: HashMap<RequestId, Waiting>,
    listening: Option<Sender<ClientMessage>>,
    kept: VecDeque<Vec<u8>>,
    last_use: Instant,
    /// The session is over.
    is_closed: bool,
}

#[derive(Debug)]
struct Waiting {
    answers: Sender<ClientMessage>,
    /// The token of its progress, as JSON.
    token: Option<String>,
}

/// What comes for a request. The request waits for no more when this is dropped.
pub(super) struct OutboxAnswers {
    receiver: Receiver<ClientMessage>,
    outbox: Arc<Outbox>,
    /// `None` for the stream of what belongs to no request.
    id: Option<RequestId>,
}

impl Outbox {
    pub(super) fn new(room: Arc<ReplyRoom>) -> Self {
        let state = State {
            waiting: HashMap::new(),
            listening: None,
            kept: VecDeque::new(),
            last_use: Instant::now(),
            is_closed: false,
        };
        Self { room, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Notes that the client is there.
    pub(super) fn touch(&self) {
        self.state().last_use = Instant::now();
    }

    /// How long the client has asked for nothing. `None` while it waits or listens.
    pub(super) fn idle(&self) -> Option<Duration> {
        let state = self.state();
        let listens = state.listening.as_ref().is_some_and(|sender| !sender.is_closed());
        (!listens && state.waiting.is_empty()).then(|| state.last_use.elapsed())
    }

    /// Where the answers to a request arrive. Fails if one with this id waits, or if no answer will come.
    pub(super) fn wait(self: &Arc<Self>, id: &RequestId, token: Option<String>) -> Result<OutboxAnswers, &'static str> {
        let mut state = self.state();
        if state.is_closed {
            return Err("the session has ended");
        }
        if state.waiting.contains_key(id) {
            return Err("another request with this id waits for its reply");
        }
        let (answers, receiver) = queue(QUEUE);
        state.waiting.insert(id.clone(), Waiting { answers, token });
        Ok(OutboxAnswers { receiver, outbox: Arc::clone(self), id: Some(id.clone()) })
    }

    /// Ends the stream of a request that the client has cancelled: no reply comes.
    pub(super) fn forget(&self, id: &RequestId) {
        self.state().waiting.remove(id);
    }

    /// Where messages arrive that belong to no request. `None` if there is such a stream already. The stream of a session that
    /// has ended is at its end.
    pub(super) fn listen(self: &Arc<Self>) -> Option<OutboxAnswers> {
        let mut state = self.state();
        if state.listening.as_ref().is_some_and(|sender| !sender.is_closed()) {
            return None;
        }
        let (sender, receiver) = queue(QUEUE.max(MAX_KEPT));
        for line in state.kept.drain(..) {
            // There is room for all of them.
            sender.try_send(ClientMessage::Before(line));
        }
        if !state.is_closed {
            state.listening = Some(sender);
        }
        Some(OutboxAnswers { receiver, outbox: Arc::clone(self), id: None })
    }

    /// Sends `line` where it belongs. A client that does not read for too long loses that stream.
    pub(super) async fn deliver(&self, line: Vec<u8>) {
        let Some((sender, answer)) = self.route(line) else { return };
        let sent = timeout(SLOW, sender.send(answer)).await;
        if !sent.unwrap_or(false) {
            let mut state = self.state();
            state.waiting.retain(|_, waiting| !waiting.answers.same_channel(&sender));
            state.listening.take_if(|listening| listening.same_channel(&sender));
        }
    }

    /// The stream for `line`. `None` if nobody waits for it, or if it is kept.
    fn route(&self, line: Vec<u8>) -> Option<(Sender<ClientMessage>, ClientMessage)> {
        let mut state = self.state();
        let mut token = None;
        if let Ok(text) = std::str::from_utf8(&line)
            && let Ok(message) = message::parse(text)
        {
            match message {
                // A reply to a request whose client is gone is dropped.
                Message::Response { id, .. } => {
                    let id = id?;
                    let waiting = state.waiting.remove(&id)?;
                    return Some((waiting.answers, ClientMessage::Last(self.room.take(&id, line))));
                }
                Message::Notification { method, object } if method == PROGRESS => {
                    token = object.object("params").and_then(|params| params.get("progressToken").map(str::to_owned));
                }
                Message::Notification { .. } | Message::Request { .. } | Message::Batch(_) => {}
            }
        }
        let of_token = state.waiting.values().find(|waiting| token.is_some() && waiting.token == token);
        let open = state.listening.as_ref().filter(|sender| !sender.is_closed());
        let any = || state.waiting.values().map(|waiting| &waiting.answers).find(|answers| !answers.is_closed());
        match of_token.map(|waiting| &waiting.answers).or(open).or_else(any).cloned() {
            Some(sender) => Some((sender, ClientMessage::Before(line))),
            None => {
                state.kept.push_back(line);
                let mut bytes: usize = state.kept.iter().map(Vec::len).sum();
                while state.kept.len() > MAX_KEPT || bytes > MAX_KEPT_BYTES {
                    let Some(oldest) = state.kept.pop_front() else { break };
                    bytes -= oldest.len();
                }
                None
            }
        }
    }

    /// Ends all streams.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.waiting.clear();
        state.listening = None;
        state.is_closed = true;
    }
}

impl Answers for OutboxAnswers {
    fn session_is_over(&self) -> bool {
        self.outbox.state().is_closed
    }

    fn status(_: &[u8]) -> StatusCode {
        StatusCode::OK
    }
}

impl Stream for OutboxAnswers {
    type Item = ClientMessage;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<ClientMessage>> {
        self.receiver.poll_recv(context)
    }
}

impl Drop for OutboxAnswers {
    fn drop(&mut self) {
        self.receiver.close();
        let mut state = self.outbox.state();
        state.last_use = Instant::now();
        if let Some(id) = &self.id
            && state.waiting.get(id).is_some_and(|waiting| waiting.answers.is_closed())
        {
            state.waiting.remove(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;

    #[tokio::test]
    async fn each_message_goes_to_the_request_that_it_belongs_to() {
        let outbox = Arc::new(Outbox::new(Arc::new(ReplyRoom::new(1 << 20))));
        let deliver = |line: &str| outbox.deliver(line.as_bytes().to_vec());
        deliver(r#"{"method":"notifications/message"}"#).await;
        let mut first = outbox.wait(&RequestId::Integer(1), Some("7".into())).unwrap();
        let mut second = outbox.wait(&RequestId::Integer(2), None).unwrap();
        assert!(outbox.wait(&RequestId::Integer(2), None).is_err() && outbox.idle().is_none());
        deliver(r#"{"method":"notifications/progress","params":{"progressToken":7}}"#).await;
        deliver(r#"{"id":2,"result":{}}"#).await;
        deliver(r#"{"id":1,"result":{}}"#).await;
        assert!(matches!(first.next().await, Some(ClientMessage::Before(_))));
        assert!(matches!(first.next().await, Some(ClientMessage::Last(_))));
        let Some(ClientMessage::Last(reply)) = second.next().await else { panic!("a reply") };
        assert_eq!(reply.line, br#"{"id":2,"result":{}}"#);
        let mut listening = outbox.listen().unwrap();
        assert!(outbox.listen().is_none());
        assert_eq!(listening.next().await.unwrap().line(), br#"{"method":"notifications/message"}"#);
        deliver(r#"{"id":"s","method":"elicitation/create"}"#).await;
        assert!(matches!(listening.next().await, Some(ClientMessage::Before(_))));
        drop((first, second, listening));
        assert!(outbox.idle().is_some() && outbox.listen().is_some());
    }

    #[tokio::test]
    async fn what_is_kept_for_a_stream_is_bounded_in_bytes() {
        let outbox = Arc::new(Outbox::new(Arc::new(ReplyRoom::new(1 << 20))));
        for letter in [b'a', b'b', b'c'] {
            outbox.deliver(vec![letter; 6 << 20]).await;
        }
        assert_eq!(outbox.listen().unwrap().next().await.unwrap().line()[0], b'b');
    }

    #[tokio::test]
    async fn a_reply_that_is_too_long_is_an_error_in_its_place() {
        let outbox = Arc::new(Outbox::new(Arc::new(ReplyRoom::new(100))));
        let mut answers = outbox.wait(&RequestId::Integer(1), None).unwrap();
        outbox.deliver(format!(r#"{{"id":1,"result":"{}"}}"#, "x".repeat(200)).into_bytes()).await;
        let Some(ClientMessage::Last(reply)) = answers.next().await else { panic!("a reply") };
        assert!(String::from_utf8(reply.line).unwrap().contains("--max-reply"));
    }

    #[tokio::test]
    async fn nothing_waits_for_a_session_that_has_ended() {
        let outbox = Arc::new(Outbox::new(Arc::new(ReplyRoom::new(1 << 20))));
        outbox.close();
        assert!(outbox.wait(&RequestId::Integer(1), None).is_err());
        assert!(outbox.listen().unwrap().next().await.is_none());
    }

    #[tokio::test]
    async fn a_cancelled_request_waits_no_more() {
        let outbox = Arc::new(Outbox::new(Arc::new(ReplyRoom::new(1 << 20))));
        let id = RequestId::Integer(1);
        let mut answers = outbox.wait(&id, None).unwrap();
        outbox.forget(&id);
        assert!(outbox.idle().is_some() && !answers.session_is_over());
        assert!(answers.next().await.is_none());
    }
}
