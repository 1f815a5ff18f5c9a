//! Roo Code and its successor Zoo Code: a file in the editor's storage and one project file.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::ROO,
    places: &[
        ConfigPath::Config("Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"),
        ConfigPath::Config("Code - Insiders/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"),
        ConfigPath::Config("Cursor/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"),
        ConfigPath::Config("Code/User/globalStorage/zoocodeorganization.zoo-code/settings/mcp_settings.json"),
        ConfigPath::Project(".roo/mcp.json"),
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
