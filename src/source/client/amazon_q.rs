//! Amazon Q Developer: the servers of its command line and its editor plugins; agents hold servers of their own.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::AMAZON_Q,
    places: &[
        ConfigPath::Home(".aws/amazonq/mcp.json"),
        ConfigPath::Home(".aws/amazonq/default.json"),
        ConfigPath::Home(".aws/amazonq/agents/*"),
        ConfigPath::Home(".aws/amazonq/cli-agents/*"),
        ConfigPath::Project(".amazonq/mcp.json"),
        ConfigPath::Project(".amazonq/default.json"),
        ConfigPath::Project(".amazonq/cli-agents/*"),
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
