//! Qwen Code: as Gemini CLI, from which it comes.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "qwen-code",
    title: "Qwen Code",
    places: &[Place::Home(".qwen/settings.json"), Place::Project(".qwen/settings.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::Dollar,
};
