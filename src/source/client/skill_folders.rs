//! Where clients look for skills and other texts that a model follows, and keep their plugins.

use std::path::{Path, PathBuf};

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

/// Folders of clients that have commands, agents, prompts or rules, and the names of the folders for these.
const TEXTS: [(&str, &[&str]); 18] = [
    (".amazonq", &["prompts", "rules"]),
    (".augment", &["agents", "commands", "rules"]),
    (".claude", &["agents", "commands", "output-styles", "rules"]),
    (".codex", &["prompts"]),
    (".continue", &["agents", "prompts", "rules"]),
    (".cursor", &["agents", "commands", "rules"]),
    (".factory", &["commands", "droids"]),
    (".gemini", &["agents", "commands"]),
    (".github", &["agents", "chatmodes", "instructions", "prompts"]),
    (".junie", &["commands", "guidelines"]),
    (".kilo", &["agents", "commands", "rules", "workflows"]),
    (".kilocode", &["rules", "workflows"]),
    (".kiro", &["agents", "prompts", "steering"]),
    (".opencode", &["agent", "agents", "command", "commands"]),
    (".qwen", &["agents", "commands"]),
    (".roo", &["commands", "rules"]),
    (".trae", &["rules"]),
    (".windsurf", &["rules", "workflows"]),
];

/// A folder that holds such texts itself.
const RULES: &str = ".clinerules";

/// True for a folder in which a client keeps such texts, by its path.
pub(in crate::source) fn is_folder_of_texts(path: &Path) -> bool {
    if path.file_name().is_some_and(|name| name == RULES) {
        return true;
    }
    let (Some(name), Some(client)) = (path.file_name(), path.parent().and_then(Path::file_name)) else { return false };
    TEXTS.iter().any(|(folder, names)| client == *folder && names.iter().any(|known| name == *known))
}

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

/// The folders with skills, other texts and plugins on this machine and in `projects`.
pub(in crate::source) fn skill_folders(projects: &[PathBuf]) -> Vec<PathBuf> {
    let homes = std::env::home_dir().into_iter().chain(projects.iter().cloned());
    let of_client = |home: &Path| {
        let texts = TEXTS.iter().flat_map(|(folder, names)| names.iter().map(move |name| home.join(folder).join(name)));
        CLIENT_FOLDERS.iter().map(|folder| home.join(folder).join(SKILLS)).chain(texts).collect::<Vec<_>>()
    };
    homes.flat_map(|home| of_client(&home)).filter(|folder| folder.is_dir()).chain(folders(&PLACES, projects)).collect()
}
