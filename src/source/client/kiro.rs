//! Kiro: a file of the user and one of the workspace.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "kiro",
    title: "Kiro",
    places: &[Place::Home(".kiro/settings/mcp.json"), Place::Project(".kiro/settings/mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
