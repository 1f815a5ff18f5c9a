//! OpenCode: the command is a list; a server is of type local or remote.

use super::placeholders::Placeholders;
use super::definition::Client;
use super::place::Place;

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
