//! Where clients look for skills and keep their plugins.

use std::path::PathBuf;

use super::config_path::{ConfigPath, folders};

/// Folders of clients, in the home and in a project, that have a folder of skills.
const CLIENT_FOLDERS: [&str; 27] = [
    ".agents",
    ".amazonq",
    ".augment",
    ".claude",
    ".cline",
    ".codex",
    ".continue",
    ".crush",
    ".cursor",
    ".deepagents",
    ".devin",
    ".factory",
    ".gemini",
    ".goose",
    ".grok",
    ".hermes",
    ".junie",
    ".kilo",
    ".kimi-code",
    ".kiro",
    ".opencode",
    ".openclaw",
    ".qwen",
    ".roo",
    ".rovodev",
    ".vibe",
    ".windsurf",
];
const SKILLS: &str = "skills";

/// Skills at other places, and plugins and extensions.
const PLACES: [ConfigPath; 16] = [
    ConfigPath::Home(".claude/plugins/cache/*/*/*"),
    ConfigPath::Home(".copilot/skills"),
    ConfigPath::Project(".github/skills"),
    ConfigPath::Home(".codeium/windsurf/skills"),
    ConfigPath::Xdg("agents/skills"),
    ConfigPath::Xdg("amp/skills"),
    ConfigPath::Xdg("crush/skills"),
    ConfigPath::Xdg("opencode/skills"),
    ConfigPath::Xdg("goose/skills"),
    ConfigPath::Home(".agents/plugins/*"),
    ConfigPath::Project(".agents/plugins/*"),
    ConfigPath::Home(".gemini/config/plugins/*"),
    ConfigPath::Home(".gemini/extensions/*"),
    ConfigPath::Project(".gemini/extensions/*"),
    ConfigPath::Home(".qwen/extensions/*"),
    ConfigPath::Project(".qwen/extensions/*"),
];

/// The folders with skills and plugins on this machine and in `projects`.
pub(in crate::source) fn skill_folders(projects: &[PathBuf]) -> Vec<PathBuf> {
    let homes = std::env::home_dir().into_iter().chain(projects.iter().cloned());
    let of_clients = homes.flat_map(|home| CLIENT_FOLDERS.map(|folder| home.join(folder).join(SKILLS)));
    of_clients.filter(|folder| folder.is_dir()).chain(folders(&PLACES, projects)).collect()
}
