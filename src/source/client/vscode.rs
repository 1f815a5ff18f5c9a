//! VS Code: files of their own, and the older place among the settings; inputs are asked for.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::VSCODE,
    places: &[
        ConfigPath::Project(".vscode/mcp.json"),
        ConfigPath::Project(".vscode/settings.json"),
        ConfigPath::Config("Code/User/mcp.json"),
        ConfigPath::Config("Code/User/settings.json"),
        ConfigPath::Config("Code - Insiders/User/mcp.json"),
        ConfigPath::Config("Code - Insiders/User/settings.json"),
        ConfigPath::Config("VSCodium/User/mcp.json"),
        ConfigPath::Home(".vscode-server/data/User/mcp.json"),
    ],
    servers: &[&["servers"], &["mcp", "servers"], &["mcp.servers"], &["settings", "mcp", "servers"]],
    placeholders: Placeholders::DollarBraces,
};
