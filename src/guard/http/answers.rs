//! What comes for a request over HTTP: messages before the reply, and the reply.

use axum::http::StatusCode;
use futures::Stream;

use super::reply_room::Reply;
use crate::source::queue::Queued;

/// A message for a client.
#[derive(Debug)]
pub(super) enum ClientMessage {
    /// More follows.
    Before(Vec<u8>),
    /// The reply.
    Last(Reply),
}

impl ClientMessage {
    pub(super) fn line(&self) -> &[u8] {
        match self {
            Self::Before(line) => line,
            Self::Last(reply) => &reply.line,
        }
    }
}

impl Queued for ClientMessage {
    fn bytes(&self) -> usize {
        match self {
            Self::Before(line) => line.len(),
            // It has room of its own.
            Self::Last(_) => 0,
        }
    }
}

/// What comes for a request.
pub(super) trait Answers: Stream<Item = ClientMessage> + Send + Unpin + 'static {
    /// True if nothing comes any more because the session is over.
    fn session_is_over(&self) -> bool;

    /// The status of a response that is the reply.
    fn status(reply: &[u8]) -> StatusCode;
}
