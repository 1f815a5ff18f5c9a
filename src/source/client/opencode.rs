//! OpenCode: the command is a list; the type of a server is local or remote.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::OPENCODE,
    places: &[
        ConfigPath::Xdg("opencode/opencode.json"),
        ConfigPath::Xdg("opencode/opencode.jsonc"),
        ConfigPath::Project("opencode.json"),
        ConfigPath::Project("opencode.jsonc"),
        ConfigPath::Project(".opencode/opencode.json"),
        ConfigPath::Project(".opencode/opencode.jsonc"),
        ConfigPath::Machine {
            linux: "/etc/opencode/opencode.json",
            macos: "/Library/Application Support/opencode/opencode.json",
            windows: "C:/ProgramData/opencode/opencode.json",
        },
    ],
    servers: &[&["mcp"]],
    placeholders: Placeholders::Braces,
};
