//! Windsurf: one file of the user.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::WINDSURF,
    places: &[
        ConfigPath::Home(".codeium/windsurf/mcp_config.json"),
        ConfigPath::Home(".codeium/windsurf-next/mcp_config.json"),
        ConfigPath::Home(".codeium/mcp_config.json"),
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
