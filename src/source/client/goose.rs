//! Goose: servers are extensions, or come with plugins. Built-in extensions are not servers.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::GOOSE,
    places: &[
        ConfigPath::Xdg("goose/config.yaml"),
        ConfigPath::Config("Block/goose/config/config.yaml"),
        ConfigPath::Home(".agents/plugins/*/.mcp.json"),
        ConfigPath::Project(".agents/plugins/*/.mcp.json"),
        ConfigPath::Home(".agents/plugins/*/mcp.json"),
        ConfigPath::Project(".agents/plugins/*/mcp.json"),
    ],
    servers: &[&["extensions"], &["mcpServers"]],
    placeholders: Placeholders::None,
};
