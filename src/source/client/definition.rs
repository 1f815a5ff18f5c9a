//! The definition of a client: the paths of its configurations and the keys that name servers.

use std::path::{Path, PathBuf};

use super::config_path::ConfigPath;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// A client: the paths of its configurations and the keys that name servers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    /// The client's name, shared with the policy format for this client's settings.
    pub(crate) name: ClientName,
    /// The paths of its configurations.
    pub(crate) places: &'static [ConfigPath],
    /// The key paths that lead to the servers. [`super::document::ANY`] matches every key.
    pub(crate) servers: &'static [&'static [&'static str]],
    /// The placeholder syntax that it supports.
    pub(crate) placeholders: Placeholders,
}

impl Client {
    /// The path of the configuration with servers, of the user or of `project`. The file need not exist.
    pub(crate) fn configuration(&self, project: Option<&Path>) -> Option<PathBuf> {
        let found = self.places.iter().filter_map(|place| match (place, project) {
            (ConfigPath::Project(below), Some(project)) => Some(project.join(below)),
            (ConfigPath::Project(_) | ConfigPath::Machine { .. }, None) | (_, Some(_)) => None,
            (place, None) => place.on_this_machine(),
        });
        // A place with a `*` names no file.
        found.into_iter().find(|path| !path.to_string_lossy().contains('*'))
    }
}
