//! Claude Desktop: one user file, without placeholders.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::CLAUDE_DESKTOP,
    places: &[ConfigPath::Config("Claude/claude_desktop_config.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::None,
};
