//! Codex: TOML; variables and headers may be named to be taken from the environment.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "codex",
    title: "Codex",
    places: &[
        Place::Variable("CODEX_HOME", "config.toml"),
        Place::Home(".codex/config.toml"),
        Place::Project(".codex/config.toml"),
    ],
    servers: &[&["mcp_servers"]],
    placeholders: Placeholders::None,
};
