//! Claude Code: the user's file has global servers and servers per project; a project and each plugin have their own file too.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::document::ANY;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::CLAUDE_CODE,
    places: &[
        ConfigPath::Variable("CLAUDE_CONFIG_DIR", ".claude.json"),
        ConfigPath::Home(".claude.json"),
        ConfigPath::Project(".mcp.json"),
        ConfigPath::Home(".claude/plugins/cache/*/*/*/.mcp.json"),
        ConfigPath::Home(".claude/plugins/cache/*/*/*/.claude-plugin/plugin.json"),
        ConfigPath::Machine {
            linux: "/etc/claude-code/managed-mcp.json",
            macos: "/Library/Application Support/ClaudeCode/managed-mcp.json",
            windows: "C:/Program Files/ClaudeCode/managed-mcp.json",
        },
    ],
    servers: &[&["mcpServers"], &["projects", ANY, "mcpServers"]],
    placeholders: Placeholders::DollarBraces,
};
