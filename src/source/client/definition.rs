//! What is known of a client: where its configurations are, and how they name servers.

use std::path::{Path, PathBuf};

use super::config_path::ConfigPath;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// Stands in [`Client::servers`] for any key.
pub(crate) const ANY: &str = "*";

/// A client: where its configurations stand and which of their parts name servers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    /// Its name, shared with the policy format for its settings.
    pub(crate) name: ClientName,
    /// Where its files stand.
    pub(crate) places: &'static [ConfigPath],
    /// The keys that lead to the servers, [`ANY`] for each key there is.
    pub(crate) servers: &'static [&'static [&'static str]],
    /// What it fills in.
    pub(crate) placeholders: Placeholders,
}

impl Client {
    /// The configuration that names servers: the user's own, or that of a project. It need not be there.
    pub(crate) fn configuration(&self, project: Option<&Path>) -> Option<PathBuf> {
        self.places.iter().find_map(|place| match (place, project) {
            (ConfigPath::Project(below), Some(project)) => Some(project.join(below)),
            (ConfigPath::Project(_) | ConfigPath::Machine { .. }, None) | (_, Some(_)) => None,
            (place, None) => place.on_this_machine(),
        })
    }
}
