//! What a merge gives, and why it can fail.

use crate::policy::dialect::{Note, PolicyError};

/// A merged policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Merged {
    /// The whole file.
    pub(crate) text: String,
    /// The tools that were added, in the order of the file.
    pub(crate) added: Vec<String>,
    /// The entries whose tools the server does not list.
    pub(crate) gone: Vec<String>,
    /// The entries whose tools are otherwise than their comments say, or which are weaker than a new policy.
    pub(crate) changed: Vec<String>,
    /// Where an entry lets through what a new policy refuses; it is for a person to mend.
    pub(crate) weaker: Vec<Note>,
    /// Tools that are left out, because a person deleted their entries.
    pub(crate) left_out: Vec<String>,
    /// Tools that were added as denied, because each is likely the new name of one that is denied.
    pub(crate) denied: Vec<String>,
}

/// Why a policy could not be merged; the file is to be left as it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MergeError {
    /// It is no policy of the format.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// It is written in a way that lines cannot be put into.
    #[error("line {0} holds more than the entry of one tool; give each tool lines of its own")]
    Flow(u64),
    /// What is put in would be decided by another profile than what is there.
    #[error("it was made by the profile {file}, and the profile of this run is {run}")]
    Profile {
        /// The profile that the head of the file tells.
        file: String,
        /// The profile that decided now.
        run: String,
    },
    /// The file is for another server.
    #[error("it is for the server {file}, and this run is about {run}")]
    Server {
        /// The server that the head of the file names, or tools of the file where it names none.
        file: String,
        /// The server of this run.
        run: String,
    },
    /// The result would not mean the same.
    #[error("the entry of {0} would not mean what it did")]
    Meaning(String),
}

impl MergeError {
    /// Why, for people, with the places in `text`, the content of `file`.
    pub(crate) fn report(&self, file: &str, text: &str) -> String {
        match self {
            Self::Policy(cause) => cause.report(file, text),
            Self::Flow(_) | Self::Profile { .. } | Self::Server { .. } | Self::Meaning(_) => self.to_string(),
        }
    }
}
