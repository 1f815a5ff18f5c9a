//! What failed, on what, why, and what to try: the parts that every reported error has.

use std::error::Error;
use std::fmt::Debug;

use serde::{Deserialize, Serialize};

/// An error as reports and standard error show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedError {
    /// What the user named, secrets redacted.
    pub target: String,
    /// What failed: `could not start the server`.
    pub what: String,
    /// The cause, as the system or the server gave it, cleaned and bounded.
    pub why: String,
    /// What to try.
    pub hint: Option<String>,
}

/// Why something failed. `Display` is the cause alone.
pub trait FailureCause: Error + 'static {
    /// What was attempted, as the start of a message: `could not read the lock`.
    fn attempt(&self) -> String;

    /// What the user can try.
    fn hint(&self) -> Option<String> {
        None
    }
}

/// A cause and what it concerns. Each module names its own: `type SourceError = Failure<SourceCause>`.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", .cause.attempt())]
pub struct Failure<C: FailureCause> {
    /// What the user named, secrets redacted.
    pub target: String,
    /// Why it failed.
    #[source]
    pub cause: Box<C>,
}

impl<C: FailureCause> Failure<C> {
    /// The failure of `target` by `cause`.
    pub(crate) fn new(target: impl Into<String>, cause: impl Into<C>) -> Self {
        Self { target: target.into(), cause: Box::new(cause.into()) }
    }
}

impl<C: FailureCause> From<&Failure<C>> for ReportedError {
    fn from(failure: &Failure<C>) -> Self {
        let cause = &failure.cause;
        Self { target: failure.target.clone(), what: cause.attempt(), why: cause.to_string(), hint: cause.hint() }
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
