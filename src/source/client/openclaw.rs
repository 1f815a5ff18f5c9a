//! OpenClaw: JSON5, one user file.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::OPENCLAW,
    places: &[ConfigPath::Home(".openclaw/openclaw.json")],
    servers: &[&["mcp", "servers"]],
    placeholders: Placeholders::DollarBraces,
};
