//! Devin Desktop, which was Windsurf: user files, the older ones too, and files of a project.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::WINDSURF,
    places: &[
        ConfigPath::Xdg("devin/mcp_config.json"),
        ConfigPath::Xdg("devin/config.json"),
        ConfigPath::Home(".codeium/windsurf/mcp_config.json"),
        ConfigPath::Home(".codeium/windsurf-next/mcp_config.json"),
        ConfigPath::Home(".codeium/mcp_config.json"),
        ConfigPath::Project(".devin/mcp_config.json"),
        ConfigPath::Project(".devin/mcp_config.local.json"),
        ConfigPath::Project(".devin/config.json"),
        ConfigPath::Project(".devin/config.local.json"),
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
