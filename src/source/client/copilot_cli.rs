//! Copilot CLI: one user file and one repository file.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::COPILOT_CLI,
    places: &[
        ConfigPath::Variable("COPILOT_HOME", "mcp-config.json"),
        ConfigPath::Home(".copilot/mcp-config.json"),
        ConfigPath::Project(".github/mcp.json"),
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
