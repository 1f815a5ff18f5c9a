//! Rovo Dev: one user file and one per project.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::ROVO_DEV,
    places: &[
        ConfigPath::Home(".rovodev/mcp.json"),
        ConfigPath::Project(".rovodev/mcp.json"),
        ConfigPath::Home(".rovodev/mcp_config.json"),
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
