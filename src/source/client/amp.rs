//! Amp: servers under a dotted key of its settings, and in skills.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::AMP,
    places: &[
        ConfigPath::Xdg("amp/settings.json"),
        ConfigPath::Xdg("amp/settings.jsonc"),
        // Servers that it starts with a skill.
        ConfigPath::Xdg("agents/skills/*/mcp.json"),
        ConfigPath::Xdg("amp/skills/*/mcp.json"),
        ConfigPath::Project(".agents/skills/*/mcp.json"),
        ConfigPath::Project(".amp/settings.json"),
        ConfigPath::Project(".amp/settings.jsonc"),
        ConfigPath::Machine {
            linux: "/etc/ampcode/managed-settings.json",
            macos: "/Library/Application Support/ampcode/managed-settings.json",
            windows: "C:/ProgramData/ampcode/managed-settings.json",
        },
    ],
    servers: &[&["amp.mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
