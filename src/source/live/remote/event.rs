//! What comes from a server over HTTP.

use super::super::queue::Queued;

/// What comes from a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RemoteEvent {
    /// A message, on one line.
    Message(String),
    /// A request will have no reply.
    Failed {
        /// Its id as JSON.
        id: String,
        why: String,
        /// False if the server certainly did not act on the request.
        may_have_acted: bool,
    },
    /// The server started a new session in the place of one that it had ended. It may define its tools otherwise.
    NewSession,
    /// The stream of all replies ended.
    Ended(String),
}

impl Queued for RemoteEvent {
    fn bytes(&self) -> usize {
        match self {
            Self::Message(text) => text.len(),
            Self::Failed { .. } | Self::NewSession | Self::Ended(_) => 0,
        }
    }
}
