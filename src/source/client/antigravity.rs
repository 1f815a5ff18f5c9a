//! Antigravity: one user file of the IDE and the CLI, and one per project.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::ANTIGRAVITY,
    places: &[
        ConfigPath::Home(".gemini/config/mcp_config.json"),
        ConfigPath::Home(".gemini/antigravity/mcp_config.json"),
        ConfigPath::Project(".agents/mcp_config.json"),
        ConfigPath::Home(".gemini/config/plugins/*/mcp_config.json"),
        ConfigPath::Project(".agents/plugins/*/mcp_config.json"),
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
