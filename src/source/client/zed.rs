//! Zed: context servers among its settings; those of extensions say no command.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::ZED,
    places: &[
        ConfigPath::Xdg("zed/settings.json"),
        ConfigPath::Config("Zed/settings.json"),
        ConfigPath::Project(".zed/settings.json"),
    ],
    servers: &[&["context_servers"]],
    placeholders: Placeholders::None,
};
