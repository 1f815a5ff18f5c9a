//! Grok CLI: TOML, one user file, one per project, and those that a company manages.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::GROK,
    places: &[
        ConfigPath::Variable("GROK_HOME", "config.toml"),
        ConfigPath::Home(".grok/config.toml"),
        ConfigPath::Project(".grok/config.toml"),
        ConfigPath::Home(".grok/managed_config.toml"),
        ConfigPath::Machine {
            linux: "/etc/grok/managed_config.toml",
            macos: "/etc/grok/managed_config.toml",
            windows: "C:/ProgramData/grok/managed_config.toml",
        },
    ],
    servers: &[&["mcp_servers"]],
    placeholders: Placeholders::DollarBraces,
};
