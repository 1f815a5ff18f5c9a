//! Augment: servers in its settings; the local settings of a project override the shared ones.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::AUGMENT,
    places: &[
        ConfigPath::Home(".augment/settings.json"),
        ConfigPath::Project(".augment/settings.json"),
        ConfigPath::Project(".augment/settings.local.json"),
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
