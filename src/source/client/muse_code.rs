//! Muse Code: servers in its settings.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::MUSE_CODE,
    places: &[ConfigPath::Xdg("muse/settings.json")],
    servers: &[&["mcp_servers"]],
    placeholders: Placeholders::DollarBraces,
};
