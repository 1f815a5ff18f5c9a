//! Cline: a file in the storage of the editor that it is a plugin of.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::CLINE,
    places: &[
        ConfigPath::Config("Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"),
        ConfigPath::Config(
            "Code - Insiders/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        ),
        ConfigPath::Config("Cursor/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"),
        ConfigPath::Home(".cline/data/settings/cline_mcp_settings.json"),
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
