//! Warp: a file of the user and one of the repository; what its own window holds is not in a file.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "warp",
    title: "Warp",
    places: &[ConfigPath::Home(".warp/.mcp.json"), ConfigPath::Project(".warp/.mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
