//! Where clients look for skills and keep their plugins.

use std::path::PathBuf;

use super::config_path::{ConfigPath, folders};

const PLACES: [ConfigPath; 20] = [
    ConfigPath::Home(".claude/skills"),
    ConfigPath::Home(".claude/plugins/cache/*/*/*"),
    ConfigPath::Project(".claude/skills"),
    ConfigPath::Home(".agents/skills"),
    ConfigPath::Project(".agents/skills"),
    ConfigPath::Home(".codex/skills"),
    ConfigPath::Project(".codex/skills"),
    ConfigPath::Home(".copilot/skills"),
    ConfigPath::Project(".github/skills"),
    ConfigPath::Home(".cursor/skills"),
    ConfigPath::Project(".cursor/skills"),
    ConfigPath::Home(".gemini/skills"),
    ConfigPath::Project(".gemini/skills"),
    ConfigPath::Xdg("opencode/skills"),
    ConfigPath::Project(".opencode/skills"),
    ConfigPath::Xdg("goose/skills"),
    ConfigPath::Project(".goose/skills"),
    ConfigPath::Home(".factory/skills"),
    ConfigPath::Project(".factory/skills"),
    ConfigPath::Project(".windsurf/skills"),
];

/// The folders with skills and plugins on this machine and in `projects`.
pub(in crate::source) fn skill_folders(projects: &[PathBuf]) -> Vec<PathBuf> {
    folders(&PLACES, projects)
}
