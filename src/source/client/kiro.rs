//! Kiro: one user file and one workspace file.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::KIRO,
    places: &[ConfigPath::Home(".kiro/settings/mcp.json"), ConfigPath::Project(".kiro/settings/mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
