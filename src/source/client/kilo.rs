//! Kilo: as OpenCode; its editor extension had a file of its own.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::KILO,
    places: &[
        ConfigPath::Xdg("kilo/kilo.jsonc"),
        ConfigPath::Xdg("kilo/kilo.json"),
        ConfigPath::Project(".kilo/kilo.jsonc"),
        ConfigPath::Project(".kilo/kilo.json"),
        ConfigPath::Project("kilo.jsonc"),
        ConfigPath::Project("kilo.json"),
        ConfigPath::Project(".kilocode/mcp.json"),
        ConfigPath::Config("Code/User/globalStorage/kilocode.kilo-code/settings/mcp_settings.json"),
    ],
    servers: &[&["mcp"], &["mcpServers"]],
    placeholders: Placeholders::Braces,
};
