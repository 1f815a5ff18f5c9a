//! Roo Code: a file in the storage of the editor, and one of the project.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "roo",
    title: "Roo Code",
    places: &[
        Place::Config("Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"),
        Place::Config("Code - Insiders/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"),
        Place::Config("Cursor/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"),
        Place::Project(".roo/mcp.json"),
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
