//! Windsurf: one file of the user.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "windsurf",
    title: "Windsurf",
    places: &[
        Place::Home(".codeium/windsurf/mcp_config.json"),
        Place::Home(".codeium/windsurf-next/mcp_config.json"),
        Place::Home(".codeium/mcp_config.json"),
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
