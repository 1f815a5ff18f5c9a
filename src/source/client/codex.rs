//! Codex: TOML. Variables and headers can be taken from the environment by name.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::CODEX,
    places: &[
        ConfigPath::Variable("CODEX_HOME", "config.toml"),
        ConfigPath::Home(".codex/config.toml"),
        ConfigPath::Project(".codex/config.toml"),
        ConfigPath::Machine {
            linux: "/etc/codex/config.toml",
            macos: "/etc/codex/config.toml",
            windows: "C:/ProgramData/OpenAI/Codex/config.toml",
        },
    ],
    servers: &[&["mcp_servers"]],
    placeholders: Placeholders::None,
};
