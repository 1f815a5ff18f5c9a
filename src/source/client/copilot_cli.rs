//! Copilot CLI: a file of the user and one of the repository.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::COPILOT_CLI,
    places: &[ConfigPath::Home(".copilot/mcp-config.json"), ConfigPath::Project(".github/mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
