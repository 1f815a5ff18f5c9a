//! JetBrains: Junie, and Copilot in its editors; AI Assistant keeps its servers in the settings of each editor, which are not read.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "jetbrains",
    title: "JetBrains",
    places: &[
        Place::Home(".junie/mcp/mcp.json"),
        Place::Project(".junie/mcp/mcp.json"),
        Place::Xdg("github-copilot/intellij/mcp.json"),
    ],
    servers: &[&["mcpServers"], &["servers"]],
    placeholders: Placeholders::DollarBraces,
};
