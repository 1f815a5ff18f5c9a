//! What came of reading a target.

use super::error::SourceError;
use crate::model::Listing;

/// What came of reading a target: a folder may give both listings and errors.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// What could be read, in order.
    pub listings: Vec<Listing>,
    /// What could not.
    pub errors: Vec<SourceError>,
}

impl Reading {
    /// Adds what came of another target.
    pub(crate) fn add(&mut self, other: Self) {
        self.listings.extend(other.listings);
        self.errors.extend(other.errors);
    }

    /// The same, known to be what `file` says.
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
