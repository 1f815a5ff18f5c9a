//! Warp: a file of the user and one of the repository; what its own window holds is not in a file.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::WARP,
    places: &[ConfigPath::Home(".warp/.mcp.json"), ConfigPath::Project(".warp/.mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
