//! Gemini CLI: servers are part of the general settings file, or come with extensions.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::GEMINI_CLI,
    places: &[
        ConfigPath::Home(".gemini/settings.json"),
        ConfigPath::Project(".gemini/settings.json"),
        ConfigPath::Home(".gemini/extensions/*/gemini-extension.json"),
        ConfigPath::Project(".gemini/extensions/*/gemini-extension.json"),
        ConfigPath::Machine {
            linux: "/etc/gemini-cli/settings.json",
            macos: "/Library/Application Support/GeminiCli/settings.json",
            windows: "C:/ProgramData/gemini-cli/settings.json",
        },
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::Dollar,
};
