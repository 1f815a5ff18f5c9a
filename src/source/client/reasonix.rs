//! Reasonix: TOML, a list of plugins that are servers.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::REASONIX,
    places: &[ConfigPath::Home(".reasonix/config.toml"), ConfigPath::Project("reasonix.toml")],
    servers: &[&["plugins"]],
    placeholders: Placeholders::DollarBraces,
};
