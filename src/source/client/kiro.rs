//! Kiro: a file of the user and one of the workspace.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "kiro",
    title: "Kiro",
    places: &[ConfigPath::Home(".kiro/settings/mcp.json"), ConfigPath::Project(".kiro/settings/mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
