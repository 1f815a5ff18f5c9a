//! OpenCode: the command is a list; a server is of type local or remote.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::OPENCODE,
    places: &[
        ConfigPath::Xdg("opencode/opencode.json"),
        ConfigPath::Xdg("opencode/opencode.jsonc"),
        ConfigPath::Project("opencode.json"),
        ConfigPath::Project("opencode.jsonc"),
        ConfigPath::Project(".opencode/opencode.json"),
    ],
    servers: &[&["mcp"]],
    placeholders: Placeholders::Braces,
};
