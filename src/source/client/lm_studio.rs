//! LM Studio: one user file, at the current or the older path.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::LM_STUDIO,
    places: &[ConfigPath::Home(".lmstudio/mcp.json"), ConfigPath::Home(".cache/lm-studio/mcp.json")],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::None,
};
