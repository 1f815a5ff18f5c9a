//! Windsurf: one file of the user.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "windsurf",
    title: "Windsurf",
    places: &[
        ConfigPath::Home(".codeium/windsurf/mcp_config.json"),
        ConfigPath::Home(".codeium/windsurf-next/mcp_config.json"),
        ConfigPath::Home(".codeium/mcp_config.json"),
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
