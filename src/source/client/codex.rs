//! Codex: TOML; variables and headers may be named to be taken from the environment.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::CODEX,
    places: &[
        ConfigPath::Variable("CODEX_HOME", "config.toml"),
        ConfigPath::Home(".codex/config.toml"),
        ConfigPath::Project(".codex/config.toml"),
    ],
    servers: &[&["mcp_servers"]],
    placeholders: Placeholders::None,
};
