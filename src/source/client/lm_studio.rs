//! LM Studio: one file of the user, in the older place or the newer.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::LM_STUDIO,
    places: &[ConfigPath::Home(".lmstudio/mcp.json"), ConfigPath::Home(".cache/lm-studio/mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::None,
};
