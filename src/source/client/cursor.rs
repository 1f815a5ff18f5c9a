//! Cursor: a file of the user and one of the project.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "cursor",
    title: "Cursor",
    places: &[ConfigPath::Home(".cursor/mcp.json"), ConfigPath::Project(".cursor/mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
