//! JetBrains: Junie, and Copilot in its editors; AI Assistant keeps its servers in the settings of each editor, which are not read.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::JETBRAINS,
    places: &[
        ConfigPath::Home(".junie/mcp/mcp.json"),
        ConfigPath::Project(".junie/mcp/mcp.json"),
        ConfigPath::Xdg("github-copilot/intellij/mcp.json"),
    ],
    servers: &[&["mcpServers"], &["servers"]],
    placeholders: Placeholders::DollarBraces,
};
