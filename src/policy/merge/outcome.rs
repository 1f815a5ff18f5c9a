//! The result of a merge, and its errors.

use crate::policy::dialect::{Note, PolicyError};

/// A merged policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Merged {
    /// The merged file.
    pub(crate) text: String,
    /// The added tools, in file order.
    pub(crate) added: Vec<String>,
    /// Entries whose tools the server no longer lists.
    pub(crate) gone: Vec<String>,
    /// Entries whose tools differ from their comments, or that are weaker than a new policy.
    pub(crate) changed: Vec<String>,
    /// Entries that let calls pass that a new policy denies; a person should fix these.
    pub(crate) weaker: Vec<Note>,
    /// Entries with patterns that RE2, and so the engine, refuses.
    pub(crate) refused_patterns: Vec<Note>,
    /// Tools that are left out because a person deleted their entries.
    pub(crate) left_out: Vec<String>,
    /// Tools that were added as denied, because each is likely the new name of a denied tool.
    pub(crate) denied: Vec<String>,
}

/// Why a policy cannot be merged; the file must stay unchanged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MergeError {
    /// It is not a valid policy in this format.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// It is written in flow style, into which no lines can be inserted.
    #[error("line {0} holds more than the entry of one tool; give each tool lines of its own")]
    Flow(u64),
    /// The file was made by another profile than the additions.
    #[error("it was made by the profile {file}, and the profile of this run is {run}")]
    Profile {
        /// The profile in the head of the file.
        file: String,
        /// The profile of this run.
        run: String,
    },
    /// The file is for another server.
    #[error("it is for the server {file}, and this run is about {run}")]
    Server {
        /// The server in the head of the file, or some tools of the file if the head names none.
        file: String,
        /// The server of this run.
        run: String,
    },
    /// The result would have another meaning.
    #[error("the entry of {0} would not mean what it did")]
    Meaning(String),
}

impl MergeError {
    /// Renders the error, with positions in `text`, the content of `file`.
    pub(crate) fn report(&self, file: &str, text: &str) -> String {
        match self {
            Self::Policy(cause) => cause.report(file, text),
            Self::Flow(_) | Self::Profile { .. } | Self::Server { .. } | Self::Meaning(_) => self.to_string(),
        }
    }
}
