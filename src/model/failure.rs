//! The parts of every reported error: what failed, on what, why, and what to try.

use std::error::Error;
use std::fmt::Debug;

use serde::{Deserialize, Serialize};

/// An error as shown in reports and on standard error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedError {
    /// The target that the user named, secrets redacted.
    pub target: String,
    /// What failed: `could not start the server`.
    pub what: String,
    /// The cause, as reported by the system or server; cleaned and bounded.
    pub why: String,
    /// What to try.
    pub hint: Option<String>,
    /// Why the target was left unread although nothing failed, so that the run is still complete. `None` for a failure.
    /// A file cannot claim it.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub left_unread: Option<LeftUnread>,
}

/// Why a target was left unread although nothing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftUnread {
    /// The user wants no server to be started.
    NoLaunch,
    /// Nobody agreed to start the server.
    NotAgreed,
    /// The user declined to start it.
    Declined,
    /// The configuration disables the server.
    Disabled,
    /// Its entry disables the server, and whether the client of the file heeds that is unknown.
    PerhapsDisabled,
    /// What the server runs is in an extension of the client.
    OfExtension,
    /// A file of a folder is no listing.
    NoListing,
}

impl LeftUnread {
    /// True if the user wanted it so. The rest was to be read, and what was not seen passes no gate.
    pub(crate) fn was_wanted(self) -> bool {
        match self {
            Self::NoLaunch | Self::Disabled | Self::NoListing => true,
            Self::NotAgreed | Self::Declined | Self::OfExtension | Self::PerhapsDisabled => false,
        }
    }
}

/// The cause of a failure. `Display` shows only the cause.
pub trait FailureCause: Error + 'static {
    /// The operation, as the start of a message: `could not read the lock`.
    fn attempt(&self) -> String;

    /// What the user can try.
    fn hint(&self) -> Option<String> {
        None
    }

    /// Why the target was left unread although nothing failed. `None` for a failure.
    fn left_unread(&self) -> Option<LeftUnread> {
        None
    }
}

/// A cause and its target. Each module has an alias: `type SourceError = Failure<SourceCause>`.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", .cause.attempt())]
pub struct Failure<C: FailureCause> {
    /// The target that the user named, secrets redacted.
    pub target: String,
    /// Why it failed.
    #[source]
    pub cause: Box<C>,
}

impl<C: FailureCause> Failure<C> {
    pub(crate) fn new(target: impl Into<String>, cause: impl Into<C>) -> Self {
        Self { target: target.into(), cause: Box::new(cause.into()) }
    }
}

impl<C: FailureCause> From<&Failure<C>> for ReportedError {
    fn from(failure: &Failure<C>) -> Self {
        let cause = &failure.cause;
        Self {
            target: failure.target.clone(),
            what: cause.attempt(),
            why: cause.to_string(),
            hint: cause.hint(),
            left_unread: cause.left_unread(),
        }
    }
}

impl<C: FailureCause> From<Failure<C>> for ReportedError {
    fn from(failure: Failure<C>) -> Self {
        Self::from(&failure)
    }
}

impl From<&ReportedError> for ReportedError {
    fn from(error: &ReportedError) -> Self {
        error.clone()
    }
}
