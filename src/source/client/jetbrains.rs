//! JetBrains: Junie, AI Assistant (a file of the user and of a project, before them the options of each IDE), and Copilot in
//! JetBrains IDEs.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::JETBRAINS,
    places: &[
        ConfigPath::Home(".junie/mcp/mcp.json"),
        ConfigPath::Project(".junie/mcp/mcp.json"),
        ConfigPath::Home(".ai/mcp/mcp.json"),
        ConfigPath::Project(".ai/mcp/mcp.json"),
        ConfigPath::Config("JetBrains/*/options/llm.mcpServers.xml"),
        ConfigPath::Project(".idea/workspace.xml"),
        ConfigPath::Project(".idea/.idea.*/.idea/workspace.xml"),
        ConfigPath::Xdg("github-copilot/intellij/mcp.json"),
    ],
    servers: &[&["mcpServers"], &["servers"]],
    placeholders: Placeholders::DollarBraces,
};
