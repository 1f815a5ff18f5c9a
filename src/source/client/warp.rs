//! Warp: a file of the user and one of the repository; what its own window holds is not in a file.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "warp",
    title: "Warp",
    places: &[Place::Home(".warp/.mcp.json"), Place::Project(".warp/.mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
