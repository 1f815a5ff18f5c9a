//! Hermes: YAML, one user file.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::HERMES,
    places: &[
        ConfigPath::Variable("HERMES_HOME", "config.yaml"),
        ConfigPath::Home(".hermes/config.yaml"),
        ConfigPath::Home("AppData/Local/hermes/config.yaml"),
    ],
    servers: &[&["mcp_servers"]],
    placeholders: Placeholders::DollarBraces,
};
