//! Gemini CLI: the servers stand among all other settings.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::GEMINI_CLI,
    places: &[
        ConfigPath::Home(".gemini/settings.json"),
        ConfigPath::Project(".gemini/settings.json"),
        ConfigPath::Machine {
            linux: "/etc/gemini-cli/settings.json",
            macos: "/Library/Application Support/GeminiCli/settings.json",
            windows: "C:/ProgramData/gemini-cli/settings.json",
        },
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::Dollar,
};
