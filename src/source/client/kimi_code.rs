//! Kimi Code: one user file and one per project.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::KIMI_CODE,
    places: &[
        ConfigPath::Variable("KIMI_CODE_HOME", "mcp.json"),
        ConfigPath::Home(".kimi-code/mcp.json"),
        ConfigPath::Project(".kimi-code/mcp.json"),
        // Its older command line.
        ConfigPath::Home(".kimi/mcp.json"),
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
