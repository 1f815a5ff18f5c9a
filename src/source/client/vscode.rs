//! VS Code: files of their own, and the older place among the settings; inputs are asked for.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "vscode",
    title: "VS Code",
    places: &[
        Place::Project(".vscode/mcp.json"),
        Place::Project(".vscode/settings.json"),
        Place::Config("Code/User/mcp.json"),
        Place::Config("Code/User/settings.json"),
        Place::Config("Code - Insiders/User/mcp.json"),
        Place::Config("Code - Insiders/User/settings.json"),
        Place::Config("VSCodium/User/mcp.json"),
        Place::Home(".vscode-server/data/User/mcp.json"),
    ],
    servers: &[&["servers"], &["mcp", "servers"], &["mcp.servers"], &["settings", "mcp", "servers"]],
    placeholders: Placeholders::DollarBraces,
};
