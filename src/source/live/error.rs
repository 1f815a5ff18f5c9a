//! Why a running server could not be listed.

use thiserror::Error;

use crate::model::FailureCause;

/// Why a running server could not be listed. The cause is in words, because secrets that the server repeats are hidden in
/// it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{why}")]
pub struct LiveCause {
    /// How far it came.
    pub(crate) stage: Stage,
    pub why: String,
    /// What to try.
    pub hint: Option<String>,
}

/// How far it came with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It was to be started.
    Start,
    /// It was to be connected to.
    Connect,
    /// Its tools were to be listed.
    List,
}

impl FailureCause for LiveCause {
    fn attempt(&self) -> String {
        match self.stage {
            Stage::Start => "could not start the server",
            Stage::Connect => "could not connect to the server",
            Stage::List => "could not list the tools",
        }
        .into()
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}
