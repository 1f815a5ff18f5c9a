//! Takt: YAML, servers in the steps of workflows.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::document::ANY;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::TAKT,
    places: &[ConfigPath::Home(".takt/workflows/*"), ConfigPath::Project(".takt/workflows/*")],
    servers: &[&["steps", ANY, "mcp_servers"], &["steps", ANY, "parallel", ANY, "mcp_servers"]],
    placeholders: Placeholders::DollarBraces,
};
