//! Claude Code: the user's file holds servers for everything and for each project; a project has a file of its own.

use super::definition::{ANY, Client};
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "claude-code",
    title: "Claude Code",
    places: &[
        Place::Home(".claude.json"),
        Place::Home(".claude/settings.json"),
        Place::Project(".mcp.json"),
        Place::Machine {
            linux: "/etc/claude-code/managed-mcp.json",
            macos: "/Library/Application Support/ClaudeCode/managed-mcp.json",
            windows: "C:/Program Files/ClaudeCode/managed-mcp.json",
        },
    ],
    servers: &[&["mcpServers"], &["projects", ANY, "mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
