//! Crush: servers by name, with a type.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::CRUSH,
    places: &[
        ConfigPath::Xdg("crush/crush.json"),
        ConfigPath::Project("crush.json"),
        ConfigPath::Project(".crush.json"),
    ],
    servers: &[&["mcp"]],
    placeholders: Placeholders::DollarBraces,
};
