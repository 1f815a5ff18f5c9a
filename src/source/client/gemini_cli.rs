//! Gemini CLI: the servers stand among all other settings.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "gemini-cli",
    title: "Gemini CLI",
    places: &[
        Place::Home(".gemini/settings.json"),
        Place::Project(".gemini/settings.json"),
        Place::Machine {
            linux: "/etc/gemini-cli/settings.json",
            macos: "/Library/Application Support/GeminiCli/settings.json",
            windows: "C:/ProgramData/gemini-cli/settings.json",
        },
    ],
    servers: &[&["mcpServers"]],
    placeholders: Placeholders::Dollar,
};
