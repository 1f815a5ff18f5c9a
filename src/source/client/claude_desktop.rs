//! Claude Desktop: one file of the user; texts are taken as they stand.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::CLAUDE_DESKTOP,
    places: &[ConfigPath::Config("Claude/claude_desktop_config.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::None,
};
