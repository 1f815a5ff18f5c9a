//! The lists outside of an entry that switch its server off.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::claude_code;
use super::config_path::paths;
use super::configured::{Configured, ServerEntry};
use super::document::{Document, Format};
use super::file_text::text;

/// The file of a project whose servers Claude Code asks about, and the settings that hold the answers.
const PROJECT_FILE: &str = ".mcp.json";
const SETTINGS: [&str; 2] = [".claude/settings.json", ".claude/settings.local.json"];
const STATE: &str = ".claude.json";
/// The lists of servers that are switched off: those of the project's file, and all.
const SERVERS_OF_PROJECT: &str = "disabledMcpjsonServers";
const SERVERS: &str = "disabledMcpServers";

/// The names of the servers that lists outside of their entries switch off.
#[derive(Debug, Default)]
pub(super) struct SwitchedOff {
    /// The names of the servers of the project, for every entry of the file.
    names: Vec<String>,
}

impl SwitchedOff {
    /// The lists for the configuration at `path`, of the project at `project`: those of Claude Code, for the file of a
    /// project.
    pub(super) fn for_file(path: &Path, project: &Path) -> Self {
        match path.file_name().is_some_and(|name| name == PROJECT_FILE) {
            true => Self::by_lists(project, &[SERVERS_OF_PROJECT, SERVERS]),
            false => Self::default(),
        }
    }

    /// The lists of Claude Code that switch off servers of the user in the project at `project`.
    pub(super) fn of_user_in(project: &Path) -> Self {
        Self::by_lists(project, &[SERVERS])
    }

    /// The names in the lists called `lists` and in those of denied servers.
    fn by_lists(project: &Path, lists: &[&str]) -> Self {
        let mut names = Vec::new();
        let home = std::env::home_dir();
        let of_project = SETTINGS.iter().map(|below| project.join(below));
        let of_user = home.iter().map(|home| home.join(SETTINGS[0]));
        let mut add = |holder: &Value, lists: &[&str]| {
            names.extend(lists.iter().flat_map(|list| strings(holder.get(list)).collect::<Vec<_>>()));
            let denied = holder.get("deniedMcpServers").and_then(Value::as_array).into_iter().flatten();
            names.extend(denied.filter_map(|server| server.get("serverName")?.as_str().map(str::to_owned)));
        };
        let of_settings: Vec<&str> = lists.iter().copied().filter(|list| *list == SERVERS_OF_PROJECT).collect();
        of_project.chain(of_user).filter_map(|path| json(&path)).for_each(|settings| add(&settings, &of_settings));
        let state = home.and_then(|home| json(&home.join(STATE)));
        let projects = state.as_ref().and_then(|state| state.get("projects")).and_then(Value::as_object);
        let is_ours = |folder: &String| same_file::is_same_file(folder, project).unwrap_or(false);
        for (_, state) in projects.into_iter().flatten().filter(|(folder, _)| is_ours(folder)) {
            add(state, lists);
        }
        Self { names }
    }

    /// True if a list of another file names the server `name`.
    pub(super) fn names(&self, name: &str) -> bool {
        self.names.iter().any(|off| off == name)
    }

    /// True if a list switches off the server `name`: one of other files, or one in `holder`, the object around the
    /// servers: `disabledMcpServers` (Claude Code), `mcp.excluded` and `mcp.allowed` (Gemini CLI).
    pub(super) fn has(&self, name: &str, holder: &Map<String, Value>) -> bool {
        let of_gemini = |key: &str| holder.get("mcp").and_then(|mcp| mcp.get(key));
        let excluded = [holder.get("disabledMcpServers"), of_gemini("excluded")];
        let is_listed = |list: Option<&Value>| strings(list).any(|listed| listed == name);
        let is_allowed = strings(of_gemini("allowed")).next().is_none() || is_listed(of_gemini("allowed"));
        self.names(name) || excluded.into_iter().any(is_listed) || !is_allowed
    }
}

/// Switches off the servers of the user that lists of Claude Code switch off in all of `projects`. One that runs in one of
/// them is on.
pub(in crate::source) fn switch_off_in(projects: &[PathBuf], found: &mut [ServerEntry]) {
    let client = &claude_code::CLIENT;
    let files = paths(client.places, &[]);
    let absolute = |project: &PathBuf| std::path::absolute(project).unwrap_or_else(|_| project.clone());
    let lists: Vec<SwitchedOff> = projects.iter().map(|project| SwitchedOff::of_user_in(&absolute(project))).collect();
    if lists.is_empty() {
        return;
    }
    let is_of_user = |server: &Configured| {
        let file = Path::new(&server.origin.file);
        server.origin.client == client.name.title && files.iter().any(|known| known == file)
    };
    for server in found.iter_mut().flatten().filter(|server| is_of_user(server)) {
        if lists.iter().all(|lists| lists.names(&server.origin.server)) {
            server.switch_off();
        }
    }
}

fn strings(list: Option<&Value>) -> impl Iterator<Item = String> + '_ {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned)
}

fn json(path: &Path) -> Option<Value> {
    Some(Document::parse(&text(path).ok()?, Format::Json).ok()?.value)
}
