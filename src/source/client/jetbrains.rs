//! JetBrains: Junie, AI Assistant's file of a project, and Copilot in JetBrains IDEs.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::JETBRAINS,
    places: &[
        ConfigPath::Home(".junie/mcp/mcp.json"),
        ConfigPath::Project(".junie/mcp/mcp.json"),
        ConfigPath::Project(".ai/mcp/mcp.json"),
        ConfigPath::Xdg("github-copilot/intellij/mcp.json"),
    ],
    servers: &[&["mcpServers"], &["servers"]],
    placeholders: Placeholders::DollarBraces,
};
