//! Kiro: a file of the user and one of the workspace.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::KIRO,
    places: &[ConfigPath::Home(".kiro/settings/mcp.json"), ConfigPath::Project(".kiro/settings/mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
