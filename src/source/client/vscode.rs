//! VS Code: separate files, and formerly part of the settings. It asks the user for inputs.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::VSCODE,
    places: &[
        ConfigPath::Project(".vscode/mcp.json"),
        ConfigPath::Project(".vscode/settings.json"),
        ConfigPath::Config("Code/User/mcp.json"),
        ConfigPath::Config("Code/User/settings.json"),
        ConfigPath::Config("Code - Insiders/User/mcp.json"),
        ConfigPath::Config("Code - Insiders/User/settings.json"),
        ConfigPath::Config("Code/User/profiles/*/mcp.json"),
        ConfigPath::Config("Code - Insiders/User/profiles/*/mcp.json"),
        ConfigPath::Config("VSCodium/User/mcp.json"),
        ConfigPath::Config("VSCodium/User/settings.json"),
        ConfigPath::Home(".vscode-server/data/Machine/mcp.json"),
        ConfigPath::Home(".vscode-server/data/Machine/settings.json"),
        ConfigPath::Project(".devcontainer/devcontainer.json"),
        ConfigPath::Project(".devcontainer.json"),
        ConfigPath::Project("*.code-workspace"),
        ConfigPath::Home(".vscode-server/data/User/mcp.json"),
    ],
    servers: &[
        &["servers"],
        &["mcp", "servers"],
        &["mcp.servers"],
        &["settings", "mcp", "servers"],
        &["customizations", "vscode", "mcp", "servers"],
    ],
    placeholders: Placeholders::DollarBraces,
};
