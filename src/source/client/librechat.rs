//! LibreChat: YAML, one file of the deployment.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::LIBRECHAT,
    places: &[ConfigPath::Project("librechat.yaml"), ConfigPath::Project("librechat.yml")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
