//! Continue: a list of named servers, or a folder with one file per server.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::CONTINUE,
    places: &[
        ConfigPath::Home(".continue/config.yaml"),
        ConfigPath::Home(".continue/config.json"),
        ConfigPath::Home(".continue/mcpServers/*"),
        ConfigPath::Project(".continue/config.yaml"),
        ConfigPath::Project(".continue/mcpServers/*"),
    ],
    servers: &[&["mcpServers"], &["experimental", "modelContextProtocolServers"]],
    placeholders: Placeholders::DoubleBraces,
};
