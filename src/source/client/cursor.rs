//! Cursor: a file of the user and one of the project.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::CURSOR,
    places: &[ConfigPath::Home(".cursor/mcp.json"), ConfigPath::Project(".cursor/mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
