//! A client of the revisions without `initialize` (2026-07-28 and later) before a server that speaks only those with it.
//!
//! The guard makes the handshake in the client's place, and answers `server/discover` from it. Requests lose what the older
//! revisions do not know, and results get what the newer ones need. What the server asks of the client during a request
//! becomes a result that requires input; the request stays open at the server until the client makes it again.
//!
//! - [`ready`] messages of both sides after the handshake
//! - [`open_requests`] requests that wait at the server, and what it asks meanwhile; [`subscriptions`] who hears of changes
//! - [`messages`] the messages themselves

mod messages;
mod open_requests;
mod ready;
mod steps;
mod subscriptions;

use std::collections::VecDeque;
use std::mem;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tokio::sync::oneshot;

use super::client::ClientInfo;
use super::message::{self, Message, RequestId};
use super::methods::{INITIALIZE, PING};
use super::mutex::lock;
use super::raw_object::RawObject;
use super::session_error::SessionError;
use messages::Handshake;
pub(super) use messages::Opening;
use ready::Ready;
pub(super) use steps::Step;

/// A request of the guard itself, before it is known what the server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnRequest {
    Discover,
    Initialize,
}

impl OwnRequest {
    const ALL: [Self; 2] = [Self::Discover, Self::Initialize];

    /// The id of the request.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Discover => "mcp-scan-guard-discovers",
            Self::Initialize => messages::INITIALIZE_ID,
        }
    }

    fn from_id(id: &RequestId) -> Option<Self> {
        let RequestId::Text(id) = id else { return None };
        Self::ALL.into_iter().find(|own| own.id() == id)
    }
}

/// Most messages of the client that wait until the server is known.
const MAX_HELD: usize = 1_000;

/// What becomes of a message of the client.
pub(super) enum Handled {
    /// It goes to the server as it is.
    Unchanged,
    Steps(Vec<Step>),
    /// It waits, and somebody has to find out what the server speaks.
    Begins,
}

/// Translates between a client and a server, if they need it.
pub(super) struct Translator {
    /// Whether messages pass as they are, for good.
    is_native: AtomicBool,
    /// Whether several clients share the server.
    is_shared: bool,
    phase: Mutex<Phase>,
}

enum Phase {
    /// The client has sent nothing.
    Fresh,
    Native,
    Negotiating(Box<Negotiation>),
    Ready(Box<Ready>),
    /// No revision is common; why, in a sentence.
    Failed(String),
}

#[derive(Default)]
struct Negotiation {
    opening: Opening,
    held: VecDeque<String>,
    /// Where the replies to the guard's own requests go.
    discover: Option<oneshot::Sender<String>>,
    initialize: Option<oneshot::Sender<String>>,
    /// The id of the client's own `initialize`, which it sent meanwhile.
    client_initialize: Option<RequestId>,
}

impl Negotiation {
    fn asked(&mut self, own: OwnRequest) -> &mut Option<oneshot::Sender<String>> {
        match own {
            OwnRequest::Discover => &mut self.discover,
            OwnRequest::Initialize => &mut self.initialize,
        }
    }
}

impl Translator {
    /// Passes everything as it is.
    pub(super) fn off() -> Self {
        Self { is_native: AtomicBool::new(true), is_shared: false, phase: Mutex::new(Phase::Native) }
    }

    /// Translates for one client if it needs that.
    pub(super) fn for_one_client() -> Self {
        Self { is_native: AtomicBool::new(false), is_shared: false, phase: Mutex::new(Phase::Fresh) }
    }

    /// Translates for several clients before a server that speaks only the older revisions.
    pub(super) fn for_several_clients() -> Self {
        let phase = Mutex::new(Phase::Negotiating(Box::default()));
        Self { is_native: AtomicBool::new(false), is_shared: true, phase }
    }

    /// True if messages pass as they are.
    pub(super) fn is_native(&self) -> bool {
        self.is_native.load(Ordering::Acquire)
    }

    /// True while it is not known what the server speaks.
    pub(super) fn is_negotiating(&self) -> bool {
        matches!(*lock(&self.phase), Phase::Negotiating(_))
    }

    /// Handles a message of the client.
    pub(super) fn client_sends(&self, line: &str) -> Handled {
        let mut phase = lock(&self.phase);
        match &mut *phase {
            Phase::Native => Handled::Unchanged,
            Phase::Fresh => match opening(line) {
                Some(opening) => {
                    let held = VecDeque::from([line.to_owned()]);
                    let negotiation = Negotiation { opening, held, ..Negotiation::default() };
                    *phase = Phase::Negotiating(Box::new(negotiation));
                    Handled::Begins
                }
                None => {
                    *phase = Phase::Native;
                    self.is_native.store(true, Ordering::Release);
                    Handled::Unchanged
                }
            },
            Phase::Negotiating(negotiation) => match message::parse(line) {
                Ok(Message::Request { id, method, .. }) if method == INITIALIZE => {
                    if negotiation.initialize.is_some() {
                        negotiation.client_initialize = Some(id);
                        return Handled::Steps(Vec::new());
                    }
                    let steps = given_up(mem::take(&mut negotiation.held));
                    *phase = Phase::Native;
                    self.is_native.store(true, Ordering::Release);
                    let forwarded = Step::ToServer(line.to_owned());
                    Handled::Steps(steps.into_iter().chain([forwarded]).collect())
                }
                Ok(Message::Request { id, .. }) if negotiation.held.len() >= MAX_HELD => {
                    Handled::Steps(vec![Step::failed(&id, "too many requests wait until the server has answered")])
                }
                Ok(
                    Message::Request { .. }
                    | Message::Notification { .. }
                    | Message::Response { .. }
                    | Message::Batch(_),
                )
                | Err(_) => {
                    if negotiation.held.len() < MAX_HELD {
                        negotiation.held.push_back(line.to_owned());
                    }
                    Handled::Steps(Vec::new())
                }
            },
            Phase::Ready(ready) => Handled::Steps(ready.client_sends(line)),
            Phase::Failed(why) => Handled::Steps(match message::parse(line) {
                Ok(Message::Request { id, .. }) => vec![Step::no_common_revision(&id, why)],
                Ok(Message::Notification { .. } | Message::Response { .. } | Message::Batch(_)) | Err(_) => Vec::new(),
            }),
        }
    }

    /// Handles a message of the server.
    pub(super) fn server_sends(&self, line: &str) -> Vec<Step> {
        let mut phase = lock(&self.phase);
        match &mut *phase {
            Phase::Fresh | Phase::Native | Phase::Failed(_) => vec![Step::FromServer(line.to_owned())],
            Phase::Ready(ready) => ready.server_sends(line),
            Phase::Negotiating(negotiation) => match message::parse(line) {
                Ok(Message::Response { id: Some(id), .. }) => {
                    let asked = OwnRequest::from_id(&id).and_then(|own| negotiation.asked(own).take());
                    // Nobody may wait any more.
                    let _ = asked.map(|asked| asked.send(line.to_owned()));
                    Vec::new()
                }
                Ok(Message::Request { id, method, .. }) => vec![match method.as_str() {
                    PING => Step::pong(&id),
                    _ => Step::refusal(&id, "the client cannot be asked before the handshake"),
                }],
                Ok(Message::Response { id: None, .. } | Message::Notification { .. } | Message::Batch(_)) | Err(_) => {
                    vec![Step::FromServer(line.to_owned())]
                }
            },
        }
    }

    /// Where the reply to a request of the guard will arrive. `None` if it is known by now what the server speaks.
    pub(super) fn asks(&self, own: OwnRequest) -> Option<(Opening, oneshot::Receiver<String>)> {
        let mut phase = lock(&self.phase);
        let Phase::Negotiating(negotiation) = &mut *phase else { return None };
        let (sender, receiver) = oneshot::channel();
        *negotiation.asked(own) = Some(sender);
        Some((negotiation.opening.clone(), receiver))
    }

    /// The client and the server understand each other. What waited is to go to the server, and this is to be repeated until
    /// nothing waits.
    pub(super) fn becomes_native(&self) -> Vec<String> {
        let mut phase = lock(&self.phase);
        let Phase::Negotiating(negotiation) = &mut *phase else { return Vec::new() };
        if negotiation.held.is_empty() {
            *phase = Phase::Native;
            self.is_native.store(true, Ordering::Release);
            return Vec::new();
        }
        mem::take(&mut negotiation.held).into()
    }

    /// The server has answered `initialize` with `reply`; `notify` hands it a message at once. Returns what is to be done, or
    /// why the reply is of no use.
    pub(super) fn becomes_ready(&self, reply: &str, notify: impl FnOnce(String)) -> Result<Vec<Step>, SessionError> {
        let mut phase = lock(&self.phase);
        let Phase::Negotiating(negotiation) = &mut *phase else { return Ok(Vec::new()) };
        if let Some(id) = negotiation.client_initialize.take() {
            // The client has given up waiting, and begins as the server wants it: it takes over what the guard began.
            let mut steps = given_up(mem::take(&mut negotiation.held));
            steps.push(Step::FromServer(with_id(reply, &id)));
            *phase = Phase::Native;
            self.is_native.store(true, Ordering::Release);
            return Ok(steps);
        }
        let handshake = Handshake::from_reply(reply).ok_or(SessionError::Refused)?;
        // Before anything else that the client sends.
        notify(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
        let mut ready = Ready::new(handshake, self.is_shared);
        let steps = mem::take(&mut negotiation.held).iter().flat_map(|line| ready.client_sends(line)).collect();
        *phase = Phase::Ready(Box::new(ready));
        Ok(steps)
    }

    /// No revision is common: each request gets an error that says `why`.
    pub(super) fn fails(&self, why: &str) -> Vec<Step> {
        let mut phase = lock(&self.phase);
        let Phase::Negotiating(negotiation) = &mut *phase else { return Vec::new() };
        let held = mem::take(&mut negotiation.held);
        let client_initialize = negotiation.client_initialize.take();
        *phase = Phase::Failed(why.to_owned());
        let ids = held.iter().filter_map(|line| message::request_id(line)).chain(client_initialize);
        ids.map(|id| Step::no_common_revision(&id, why)).collect()
    }

    /// The id that the client gave the request that the server knows by `id`, which the server will not answer any more.
    pub(super) fn is_failed(&self, id: &RequestId) -> Option<RequestId> {
        match &mut *lock(&self.phase) {
            Phase::Fresh | Phase::Native | Phase::Failed(_) => Some(id.clone()),
            Phase::Negotiating(negotiation) => {
                if let Some(own) = OwnRequest::from_id(id) {
                    *negotiation.asked(own) = None;
                }
                None
            }
            Phase::Ready(ready) => ready.is_failed(id),
        }
    }

    /// The server answers nothing any more.
    pub(super) fn server_has_ended(&self) {
        match &mut *lock(&self.phase) {
            Phase::Negotiating(negotiation) => (negotiation.discover, negotiation.initialize) = (None, None),
            Phase::Ready(ready) => ready.forget_requests(),
            Phase::Fresh | Phase::Native | Phase::Failed(_) => {}
        }
    }
}

/// What the client says about itself in `line`. `None` if it is no request of a revision without a handshake.
fn opening(line: &str) -> Option<Opening> {
    match message::parse(line) {
        Ok(Message::Request { method, object, .. }) if method != INITIALIZE => {
            let params = object.object("params")?;
            ClientInfo::from_request(&params).map(|_| Opening::new(&params))
        }
        Ok(Message::Request { .. } | Message::Notification { .. } | Message::Response { .. } | Message::Batch(_))
        | Err(_) => None,
    }
}

/// Errors for the requests of a client that has begun anew with `initialize`.
fn given_up(held: VecDeque<String>) -> Vec<Step> {
    let ids = held.into_iter().filter_map(|line| message::request_id(&line));
    ids.map(|id| Step::failed(&id, "the client has sent initialize instead")).collect()
}

/// The reply with the id `id`.
fn with_id(reply: &str, id: &RequestId) -> String {
    let Ok(mut object) = RawObject::parse(reply) else { return String::new() };
    object.set("id", messages::raw(&id.to_json()));
    object.to_raw().get().to_owned()
}
