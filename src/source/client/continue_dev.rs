//! Continue: a list in which each server has its name; one file for each server in a folder.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
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
