//! A server that could not be read, and what it publishes about signing in.

use super::error::SourceError;
use crate::model::Authorization;

/// Why a server could not be read.
pub(super) struct Unreached {
    pub(super) error: SourceError,
    /// How to sign in, if it answered with 401.
    pub(super) authorization: Option<Authorization>,
}

impl From<SourceError> for Unreached {
    fn from(error: SourceError) -> Self {
        Self { error, authorization: None }
    }
}
