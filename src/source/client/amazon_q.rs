//! Amazon Q Developer: the servers of its command line and its editor plugins; agents hold servers of their own.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "amazon-q",
    title: "Amazon Q Developer",
    places: &[
        Place::Home(".aws/amazonq/mcp.json"),
        Place::Home(".aws/amazonq/default.json"),
        Place::Home(".aws/amazonq/agents/*"),
        Place::Home(".aws/amazonq/cli-agents/*"),
        Place::Project(".amazonq/mcp.json"),
        Place::Project(".amazonq/default.json"),
        Place::Project(".amazonq/cli-agents/*"),
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
