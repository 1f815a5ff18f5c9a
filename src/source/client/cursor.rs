//! Cursor: a file of the user and one of the project.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "cursor",
    title: "Cursor",
    places: &[Place::Home(".cursor/mcp.json"), Place::Project(".cursor/mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
