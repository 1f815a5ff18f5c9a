//! Cursor: one user file and one project file.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::CURSOR,
    places: &[ConfigPath::Home(".cursor/mcp.json"), ConfigPath::Project(".cursor/mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
