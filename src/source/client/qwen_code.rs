//! Qwen Code: a fork of Gemini CLI, with the same configuration.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::QWEN_CODE,
    places: &[
        ConfigPath::Home(".qwen/settings.json"),
        ConfigPath::Project(".qwen/settings.json"),
        ConfigPath::Home(".qwen/extensions/*/qwen-extension.json"),
        ConfigPath::Project(".qwen/extensions/*/qwen-extension.json"),
        ConfigPath::Machine {
            linux: "/etc/qwen-code/settings.json",
            macos: "/Library/Application Support/QwenCode/settings.json",
            windows: "C:/ProgramData/qwen-code/settings.json",
        },
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::Dollar,
};
