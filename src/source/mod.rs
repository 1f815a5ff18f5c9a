//! What the user named becomes listings. Only here: rmcp, reqwest, walkdir.

pub mod decode;
mod package;
pub mod saved;
mod secret;
mod target;

pub use target::{Command, Target};

use crate::model::{Listing, TargetError};

/// What came of reading a target: a folder may give both listings and errors.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// What could be read, in order.
    pub listings: Vec<Listing>,
    /// What could not.
    pub errors: Vec<TargetError>,
}

impl Reading {
    fn add(&mut self, read: Result<Vec<Listing>, TargetError>) {
        match read {
            Ok(listings) => self.listings.extend(listings),
            Err(error) => self.errors.push(error),
        }
    }
}
