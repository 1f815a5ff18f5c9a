//! Why a session with a server cannot begin, or cannot go on.

use crate::source::SourceError;

/// Why a session cannot begin or go on. The text goes to the client and into the log of the guard.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    #[error("too many sessions are open")]
    TooMany,
    /// The system gives no random numbers.
    #[error(transparent)]
    Random(#[from] getrandom::Error),
    /// The server cannot be started or reached.
    #[error("{}: {}", .0, .0.cause)]
    Connection(#[from] SourceError),
    /// The session broke off while it began.
    #[error("the server could not be asked")]
    BrokenOff,
    #[error("the server answers neither server/discover nor initialize")]
    Silent,
    #[error("the server refuses the handshake")]
    Refused,
}
