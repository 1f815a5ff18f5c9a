//! LM Studio: one file of the user, in the older place or the newer.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "lm-studio",
    title: "LM Studio",
    places: &[Place::Home(".lmstudio/mcp.json"), Place::Home(".cache/lm-studio/mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::None,
};
