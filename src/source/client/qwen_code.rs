//! Qwen Code: as Gemini CLI, from which it comes.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::QWEN_CODE,
    places: &[ConfigPath::Home(".qwen/settings.json"), ConfigPath::Project(".qwen/settings.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::Dollar,
};
