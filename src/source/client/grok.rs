//! Grok CLI: TOML, one user file and one per project.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::GROK,
    places: &[ConfigPath::Home(".grok/config.toml"), ConfigPath::Project(".grok/config.toml")],
    servers: &[&["mcp_servers"]],
    placeholders: Placeholders::DollarBraces,
};
