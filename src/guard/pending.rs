//! The requests of a client that wait for their replies.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::calls::{CallNumber, OpenCall};
use super::message::RequestId;
use super::mutex::lock;
use crate::model::ItemKind;

/// Most requests of a client that wait for their replies at once.
const MAX_PENDING: usize = 10_000;

/// A request of the client that waits for its reply.
pub(super) enum Pending {
    /// The reply passes as it is.
    Passed,
    /// The reply is read by the model.
    Read,
    Listing,
    /// A listing of prompts, resources or skills that are pinned.
    Items(ItemKind),
    /// A handshake, which holds the instructions.
    Handshake,
    /// A call that is not yet forwarded.
    Deciding(CallNumber),
    Called(Box<OpenCall>),
}

/// The requests that wait, by id.
#[derive(Default)]
pub(super) struct PendingRequests {
    requests: Mutex<HashMap<RequestId, Pending>>,
    calls: AtomicU64,
}

impl Pending {
    /// True if the server was sent the request.
    pub(super) fn is_forwarded(&self) -> bool {
        match self {
            Self::Deciding(_) => false,
            Self::Passed | Self::Read | Self::Listing | Self::Items(_) | Self::Handshake | Self::Called(_) => true,
        }
    }

    /// The forwarded call, if the request is one.
    pub(super) fn into_call(self) -> Option<Box<OpenCall>> {
        match self {
            Self::Called(call) => Some(call),
            Self::Passed | Self::Read | Self::Listing | Self::Items(_) | Self::Handshake | Self::Deciding(_) => None,
        }
    }

    fn is_undecided(&self, call: CallNumber) -> bool {
        matches!(self, Self::Deciding(number) if *number == call)
    }
}

impl PendingRequests {
    /// A number that no other call has.
    pub(super) fn next_call(&self) -> CallNumber {
        CallNumber(self.calls.fetch_add(1, Ordering::Relaxed))
    }

    /// Registers a request. Fails if its reply could be taken for that of another one.
    pub(super) fn register(&self, id: &RequestId, request: Pending) -> Result<(), &'static str> {
        let mut requests = lock(&self.requests);
        if requests.len() >= MAX_PENDING {
            return Err("too many requests wait for their replies");
        }
        if requests.contains_key(id) {
            return Err("another request with this id waits for its reply");
        }
        requests.insert(id.clone(), request);
        Ok(())
    }

    pub(super) fn take(&self, id: &RequestId) -> Option<Pending> {
        lock(&self.requests).remove(id)
    }

    /// Takes a request out if it was forwarded.
    pub(super) fn take_forwarded(&self, id: &RequestId) -> Option<Pending> {
        let mut requests = lock(&self.requests);
        let is_forwarded = requests.get(id).is_some_and(Pending::is_forwarded);
        if is_forwarded { requests.remove(id) } else { None }
    }

    /// Takes an undecided call out. False if the client has cancelled it.
    pub(super) fn take_undecided(&self, id: &RequestId, call: CallNumber) -> bool {
        let mut requests = lock(&self.requests);
        let is_there = requests.get(id).is_some_and(|request| request.is_undecided(call));
        is_there && requests.remove(id).is_some()
    }

    /// The undecided call is about to be forwarded. Returns what is open if the client has cancelled it.
    pub(super) fn forwards(&self, id: &RequestId, call: CallNumber, open: OpenCall) -> Result<(), Box<OpenCall>> {
        match lock(&self.requests).get_mut(id) {
            Some(request) if request.is_undecided(call) => {
                *request = Pending::Called(Box::new(open));
                Ok(())
            }
            Some(_) | None => Err(Box::new(open)),
        }
    }

    pub(super) fn take_all(&self) -> Vec<(RequestId, Pending)> {
        lock(&self.requests).drain().collect()
    }
}
