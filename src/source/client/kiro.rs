//! Kiro: one user file, one workspace file, and agents and powers with servers of their own.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::KIRO,
    places: &[
        ConfigPath::Home(".kiro/settings/mcp.json"),
        ConfigPath::Project(".kiro/settings/mcp.json"),
        ConfigPath::Home(".kiro/agents/*"),
        ConfigPath::Project(".kiro/agents/*"),
    ],
    servers: &[&["mcpServers"], &["powers", "mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
