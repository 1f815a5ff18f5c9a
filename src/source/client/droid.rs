//! Factory Droid: one user file and one per project.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::DROID,
    places: &[ConfigPath::Home(".factory/mcp.json"), ConfigPath::Project(".factory/mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
