//! Why a live server could not be listed.

use thiserror::Error;

use crate::model::FailureCause;

/// Why a live server could not be listed. The cause is a text, in which secrets that the server repeats are redacted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{why}")]
pub struct LiveCause {
    /// The step that failed.
    pub(crate) stage: Stage,
    pub why: String,
    /// What the user can try.
    pub hint: Option<String>,
}

/// The step of listing a live server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Starting the server.
    Start,
    /// Connecting to the server.
    Connect,
    /// Listing its tools.
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
