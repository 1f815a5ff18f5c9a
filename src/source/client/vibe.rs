//! Vibe: TOML, a list of servers.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::VIBE,
    places: &[
        ConfigPath::Variable("VIBE_HOME", "config.toml"),
        ConfigPath::Home(".vibe/config.toml"),
        ConfigPath::Project(".vibe/config.toml"),
    ],
    servers: &[&["mcp_servers"]],
    placeholders: Placeholders::DollarBraces,
};
