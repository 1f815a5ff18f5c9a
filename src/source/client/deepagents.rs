//! Deep Agents: one file per project and one of the user.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::DEEPAGENTS,
    places: &[ConfigPath::Home(".deepagents/.mcp.json"), ConfigPath::Project(".deepagents/.mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
