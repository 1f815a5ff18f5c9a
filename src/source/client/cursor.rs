//! Cursor: a file of the user and one of the project.

use super::placeholders::Placeholders;
use super::definition::Client;
use super::place::Place;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "cursor",
    title: "Cursor",
    places: &[Place::Home(".cursor/mcp.json"), Place::Project(".cursor/mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
