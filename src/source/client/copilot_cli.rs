//! Copilot CLI: a file of the user and one of the repository.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "copilot-cli",
    title: "Copilot CLI",
    places: &[Place::Home(".copilot/mcp-config.json"), Place::Project(".github/mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
