//! What switches a server off: keys of its entry, and lists outside of it.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::claude_code;
use super::config_path::paths;
use super::configured::{Configured, ServerEntry};
use super::document::{Document, Format};
use super::entry::nested;
use super::file_text::text;
use super::restrictions::Restrictions;
use super::rovo_dev;
use crate::model::ClientName;

/// A key of an entry, and the value that switches its server off.
type Switch = (&'static str, bool);

const DISABLED: Switch = ("disabled", true);
const ENABLED: Switch = ("enabled", false);

/// The keys that switch a server off in its entry. A client that is not here has no such key: it starts the server whatever
/// the entry says, so the entry counts as on.
const SWITCHES: [(ClientName, &[Switch]); 23] = [
    (ClientName::AMAZON_Q, &[DISABLED]),
    (ClientName::AMP, &[DISABLED]),
    (ClientName::ANTIGRAVITY, &[DISABLED]),
    (ClientName::CLINE, &[DISABLED]),
    (ClientName::CODEX, &[ENABLED]),
    (ClientName::CRUSH, &[DISABLED]),
    (ClientName::DROID, &[DISABLED]),
    (ClientName::GOOSE, &[ENABLED]),
    (ClientName::GROK, &[ENABLED]),
    (ClientName::HERMES, &[ENABLED]),
    (ClientName::JETBRAINS, &[ENABLED]),
    (ClientName::KILO, &[ENABLED, DISABLED]),
    (ClientName::KIMI_CODE, &[ENABLED]),
    (ClientName::KIRO, &[DISABLED]),
    (ClientName::MUSE_CODE, &[ENABLED]),
    (ClientName::OPENCLAW, &[ENABLED]),
    (ClientName::OPENCODE, &[ENABLED]),
    (ClientName::OPEN_WEBUI, &[("enable", false)]),
    (ClientName::REASONIX, &[("auto_start", false)]),
    (ClientName::ROO, &[DISABLED]),
    (ClientName::WINDSURF, &[DISABLED]),
    (ClientName::ZED, &[ENABLED]),
    // Some client reads the file, and who wrote the key wants no start.
    (ClientName::UNKNOWN, &[DISABLED, ENABLED]),
];
/// The clients with lists of servers in `mcp.excluded` and `mcp.allowed`.
const WITH_LISTS: [ClientName; 2] = [ClientName::GEMINI_CLI, ClientName::QWEN_CODE];

/// True if the entry `fields` of `client` switches its server off.
pub(super) fn is_off(client: ClientName, fields: &Map<String, Value>) -> bool {
    let of_client = SWITCHES.iter().filter(|(known, _)| *known == client).flat_map(|(_, switches)| *switches);
    let config = fields.get("config").and_then(Value::as_object);
    let places = [Some(fields), Some(nested(fields)), config];
    let says = |name: &str| places.into_iter().flatten().find_map(|fields| fields.get(name)?.as_bool());
    of_client.into_iter().any(|(name, off)| says(name) == Some(*off))
}

/// The file of a project whose servers Claude Code asks about, and the settings that hold the answers.
const PROJECT_FILE: &str = ".mcp.json";
const SETTINGS: [&str; 2] = [".claude/settings.json", ".claude/settings.local.json"];
const STATE: &str = ".claude.json";
const PLUGINS: &str = ".claude/plugins";
const CACHE: &str = "cache";
const ENABLED_PLUGINS: &str = "enabledPlugins";
const ROVO_SETTINGS: &str = ".rovodev/config.yml";
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
    /// project, and that of Rovo Dev.
    pub(super) fn for_file(path: &Path, project: &Path) -> Self {
        if path.file_name().is_some_and(|name| name == PROJECT_FILE) {
            return Self::by_lists(project, &[SERVERS_OF_PROJECT, SERVERS]);
        }
        match rovo_dev::CLIENT.places.iter().any(|place| place.match_length(path).is_some()) {
            true => Self::of_rovo_dev(path.parent().unwrap_or(Path::new(""))),
            false => Self::default(),
        }
    }

    /// The list that Rovo Dev keeps in its settings, beside its servers and in the user's home.
    fn of_rovo_dev(folder: &Path) -> Self {
        let of_user = std::env::home_dir().map(|home| home.join(ROVO_SETTINGS));
        let own = folder.join(Path::new(ROVO_SETTINGS).file_name().unwrap_or_default());
        let lists = std::iter::once(own).chain(of_user).filter_map(|path| {
            let value = Document::parse(&text(&path).ok()?, Format::Yaml).ok()?.value;
            Some(strings(value.get("mcp")?.get("disabledMcpServers")).collect::<Vec<_>>())
        });
        Self { names: lists.flatten().collect() }
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
    /// servers: `disabledMcpServers` of a project in the state of Claude Code (`is_of_state`), `mcp.excluded` and
    /// `mcp.allowed` (Gemini CLI).
    pub(super) fn has(&self, name: &str, holder: &Map<String, Value>, client: ClientName, is_of_state: bool) -> bool {
        let lists = holder.get("mcp").filter(|_| WITH_LISTS.contains(&client));
        let of_gemini = |key: &str| lists.and_then(|mcp| mcp.get(key));
        let excluded = [holder.get(SERVERS).filter(|_| is_of_state), of_gemini("excluded")];
        let is_listed = |list: Option<&Value>| strings(list).any(|listed| listed == name);
        let is_allowed = strings(of_gemini("allowed")).next().is_none() || is_listed(of_gemini("allowed"));
        self.names(name) || excluded.into_iter().any(is_listed) || !is_allowed
    }
}

/// Switches off the servers of the user that lists of Claude Code switch off in all of `projects`, and those that it may not
/// run on this machine. One that runs in one of the projects is on.
pub(in crate::source) fn switch_off_in(projects: &[PathBuf], found: &mut [ServerEntry]) {
    let client = &claude_code::CLIENT;
    let restrictions = Restrictions::of_this_machine();
    let plugins = std::env::home_dir().map(|home| home.join(PLUGINS));
    let is_of_client = |server: &Configured| {
        let file = Path::new(&server.origin.file);
        server.origin.client == client.name.title || plugins.as_ref().is_some_and(|plugins| file.starts_with(plugins))
    };
    for server in found.iter_mut().flatten().filter(|server| is_of_client(server)) {
        let plugin = plugins.as_ref().and_then(|plugins| plugin_of(Path::new(&server.origin.file), plugins));
        if restrictions.forbid(server) || plugin.is_some_and(|plugin| is_plugin_off(&plugin, projects)) {
            server.switch_off();
        }
    }
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

/// The name that settings give to the plugin of the file at `path` in the folder `plugins`: `PLUGIN@MARKETPLACE`.
fn plugin_of(path: &Path, plugins: &Path) -> Option<String> {
    let mut parts = path.strip_prefix(plugins.join(CACHE)).ok()?.iter().map(|part| part.to_string_lossy());
    let (market, plugin) = (parts.next()?, parts.next()?);
    Some(format!("{plugin}@{market}"))
}

/// True if the settings of the user and of each project switch `plugin` off. Those of a project count before those of the user.
fn is_plugin_off(plugin: &str, projects: &[PathBuf]) -> bool {
    let says = |folder: &Path| {
        let settings = SETTINGS.iter().rev().filter_map(|below| json(&folder.join(below)));
        settings.into_iter().find_map(|settings| settings.get(ENABLED_PLUGINS)?.get(plugin)?.as_bool())
    };
    let of_user = std::env::home_dir().and_then(|home| says(&home));
    match projects {
        [] => of_user == Some(false),
        _ => projects.iter().all(|project| says(project).or(of_user) == Some(false)),
    }
}

fn strings(list: Option<&Value>) -> impl Iterator<Item = String> + '_ {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned)
}

fn json(path: &Path) -> Option<Value> {
    Some(Document::parse(&text(path).ok()?, Format::Json).ok()?.value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_is_off_only_by_a_key_that_its_client_has() {
        for (client, entry, off) in [
            (ClientName::CLINE, json!({"command": "x", "disabled": true}), true),
            (ClientName::CLINE, json!({"command": "x", "enabled": false}), false),
            (ClientName::CLINE, json!({"command": "x", "disabled": false}), false),
            (ClientName::CODEX, json!({"command": "x", "enabled": false}), true),
            (ClientName::GROK, json!({"command": "x", "enabled": false}), true),
            (ClientName::KIMI_CODE, json!({"url": "https://a.example", "enabled": false}), true),
            (ClientName::MUSE_CODE, json!({"command": "x", "enabled": false}), true),
            (ClientName::REASONIX, json!({"command": "x", "auto_start": false}), true),
            (ClientName::GOOSE, json!({"enabled": false, "config": {"cmd": "x"}}), true),
            (ClientName::OPEN_WEBUI, json!({"url": "https://a.example", "config": {"enable": false}}), true),
            (ClientName::CLAUDE_CODE, json!({"command": "x", "disabled": true, "enabled": false}), false),
            (ClientName::CLAUDE_DESKTOP, json!({"command": "x", "disabled": true}), false),
            (ClientName::CURSOR, json!({"command": "x", "disabled": true}), false),
            (ClientName::VSCODE, json!({"command": "x", "enabled": false}), false),
            (ClientName::UNKNOWN, json!({"command": "x", "disabled": true}), true),
            (ClientName::UNKNOWN, json!({"command": "x", "enabled": false}), true),
        ] {
            assert_eq!(is_off(client, entry.as_object().unwrap()), off, "{client:?}: {entry}");
        }
    }

    #[test]
    fn a_plugin_is_off_where_settings_say_so() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("cache/den/desk/1.0.0/.mcp.json");
        assert_eq!(plugin_of(&file, dir.path()).as_deref(), Some("desk@den"));
        assert_eq!(plugin_of(&dir.path().join("marketplaces/den/.mcp.json"), dir.path()), None);
        let project = |name: &str, text: &str| {
            let folder = dir.path().join(name).join(".claude");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("settings.json"), text).unwrap();
            dir.path().join(name)
        };
        let off = project("off", r#"{"enabledPlugins": {"desk@den": false}}"#);
        let on = project("on", r#"{"enabledPlugins": {"desk@den": true}}"#);
        assert!(is_plugin_off("desk@den", std::slice::from_ref(&off)));
        assert!(!is_plugin_off("desk@den", &[off, on.clone()]) && !is_plugin_off("desk@den", &[on]));
    }

    #[test]
    fn the_settings_of_rovo_dev_switch_servers_off() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join(".rovodev");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("mcp.json"), r#"{"mcpServers": {"a": {"command": "x"}, "b": {"command": "y"}}}"#)
            .unwrap();
        std::fs::write(folder.join("config.yml"), "mcp:\n  disabledMcpServers: [b]\n").unwrap();
        let found = crate::source::client::servers(&folder.join("mcp.json")).unwrap();
        let off: Vec<bool> = found.into_iter().map(|server| server.unwrap().is_disabled()).collect();
        assert_eq!(off, [false, true]);
    }

    #[test]
    fn a_list_counts_only_where_its_client_reads_it() {
        let lists = json!({"disabledMcpServers": ["a"], "mcp": {"excluded": ["b"], "allowed": ["a"]}});
        let holder = lists.as_object().unwrap();
        let off = SwitchedOff::default();
        let names = |client, is_of_state| {
            ["a", "b"].into_iter().filter(|name| off.has(name, holder, client, is_of_state)).collect::<String>()
        };
        assert_eq!(names(ClientName::CLAUDE_CODE, true), "a");
        assert_eq!(names(ClientName::CLAUDE_CODE, false), "");
        assert_eq!(names(ClientName::GEMINI_CLI, false), "b");
        assert_eq!(names(ClientName::CURSOR, false), "");
    }
}
