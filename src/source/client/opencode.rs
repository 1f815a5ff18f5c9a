//! OpenCode: the command is a list; a server is of type local or remote.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "opencode",
    title: "OpenCode",
    places: &[
        Place::Xdg("opencode/opencode.json"),
        Place::Xdg("opencode/opencode.jsonc"),
        Place::Project("opencode.json"),
        Place::Project("opencode.jsonc"),
        Place::Project(".opencode/opencode.json"),
    ],
    servers: &[&["mcp"]],
    placeholders: Placeholders::Braces,
};
