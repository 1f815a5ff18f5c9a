//! Warp: one user file and one repository file. Servers added in its window are not in a file.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::WARP,
    places: &[ConfigPath::Home(".warp/.mcp.json"), ConfigPath::Project(".warp/.mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
