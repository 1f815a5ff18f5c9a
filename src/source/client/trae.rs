//! Trae: as VS Code keeps it, and one file per project.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::TRAE,
    places: &[
        ConfigPath::Config("Trae/User/mcp.json"),
        ConfigPath::Config("Trae CN/User/mcp.json"),
        ConfigPath::Project(".trae/mcp.json"),
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
