//! The result of reading a target.

use super::error::{SourceCause, SourceError};
use crate::model::Listing;

/// The result of reading a target. A folder may give both listings and errors.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The listings that could be read, in order.
    pub listings: Vec<Listing>,
    /// Why other files could not be read.
    pub errors: Vec<SourceError>,
}

impl Reading {
    /// Appends the result of another target.
    pub(crate) fn add(&mut self, other: Self) {
        self.listings.extend(other.listings);
        self.errors.extend(other.errors);
    }

    /// Treats JSON that is no listing as passed over, and not as a failure, if there are listings or configurations beside it:
    /// a repository has many such files.
    pub(super) fn excuse_other_files(&mut self, has_configurations: impl Fn() -> bool) {
        if self.errors.is_empty() || (self.listings.is_empty() && !has_configurations()) {
            return;
        }
        for error in &mut self.errors {
            if let SourceCause::Saved(cause) = &*error.cause {
                *error.cause = cause.clone().beside_others().into();
            }
        }
    }

    /// Records that the listings come from `file`.
    pub fn saved_in(mut self, file: &str) -> Self {
        self.listings.iter_mut().for_each(|listing| listing.server.saved_in = Some(file.to_owned()));
        self
    }
}

impl From<Listing> for Reading {
    fn from(listing: Listing) -> Self {
        Self { listings: vec![listing], ..Self::default() }
    }
}

impl From<SourceError> for Reading {
    fn from(error: SourceError) -> Self {
        Self { errors: vec![error], ..Self::default() }
    }
}

/// Resumes a panic of a blocking task. A task that was cancelled gives an empty reading.
pub(crate) fn of_failed_task(error: tokio::task::JoinError) -> Reading {
    match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => Reading::default(),
    }
}
