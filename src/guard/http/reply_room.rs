//! How many bytes of replies may wait for clients over HTTP: one reply, and all of them together.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::guard::message::RequestId;
use crate::guard::replies;

/// Most bytes of all replies that wait, if no single one may be longer.
const TOGETHER: usize = 256 << 20;

/// Room for replies, shared by all sessions of a guard.
pub(super) struct ReplyRoom {
    max_bytes: usize,
    room: Arc<Semaphore>,
}

/// A reply that waits for its client, and the room that it takes until this is dropped.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) line: Vec<u8>,
    pub(super) held: Option<OwnedSemaphorePermit>,
}

impl ReplyRoom {
    /// Room for replies of at most `max_bytes` each.
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, room: Arc::new(Semaphore::new(TOGETHER.max(max_bytes))) }
    }

    /// The reply `line` to the request `id`, or an error in its place if there is no room for it.
    pub(super) fn take(&self, id: &RequestId, line: Vec<u8>) -> Reply {
        let refused = |why: &str| Reply { line: replies::failed(id, why), held: None };
        if line.len() > self.max_bytes {
            return refused(&format!(
                "the reply has {} bytes; at most {} reach a client over HTTP (--max-reply)",
                line.len(),
                self.max_bytes
            ));
        }
        let bytes = u32::try_from(line.len()).unwrap_or(u32::MAX);
        match Arc::clone(&self.room).try_acquire_many_owned(bytes) {
            Ok(permit) => Reply { line, held: Some(permit) },
            Err(_) => refused("too many replies wait for their clients; ask again later"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reply_and_all_that_wait_are_bounded() {
        let room = ReplyRoom::new(TOGETHER / 2);
        let id = RequestId::Integer(7);
        let take = |bytes: usize| room.take(&id, vec![b'x'; bytes]);
        let is_error = |reply: &Reply| reply.held.is_none() && reply.line.starts_with(b"{");
        assert!(is_error(&take(TOGETHER / 2 + 1)));
        let (first, second) = (take(TOGETHER / 2), take(TOGETHER / 2));
        assert!(!is_error(&first) && !is_error(&second) && is_error(&take(1)));
        drop(first);
        assert!(!is_error(&take(1)));
        let text = String::from_utf8(take(TOGETHER).line).unwrap();
        assert!(text.contains("--max-reply") && text.contains(r#""id":7"#), "{text}");
    }
}
