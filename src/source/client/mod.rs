//! Client configurations: which servers they name, and how each is started or connected to. Each client has a file here
//! with its paths. A configuration at another path is recognized by its content.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::model::{ClientName, Origin};
use crate::source::error::SourceError;
use crate::text::clean;

mod agreed_files;
mod amazon_q;
mod amp;
mod antigravity;
mod augment;
mod claude_code;
mod claude_desktop;
mod cline;
mod codex;
mod computed_paths;
mod config_path;
mod configuration_rest;
mod configured;
mod continue_dev;
mod copilot_cli;
mod crush;
mod crushrc;
mod cursor;
mod deepagents;
mod definition;
mod document;
mod droid;
mod entry;
mod env_file;
mod error;
mod file_text;
mod folder_walk;
mod gemini_cli;
mod git_data;
mod git_settings;
mod given;
mod goose;
mod grok;
mod hermes;
pub(in crate::source) mod influence;
mod jetbrains;
mod jetbrains_xml;
mod kilo;
mod kimi_code;
mod kiro;
mod known_files;
mod later_files;
mod librechat;
mod lm_studio;
mod muse_code;
mod named_paths;
mod named_programs;
mod open_webui;
mod openclaw;
mod opencode;
mod other_starts;
mod package_folders;
mod package_links;
mod placeholders;
mod plugin_root;
mod process_paths;
mod project_above;
mod project_files;
mod proposal;
mod qwen_code;
mod reasonix;
mod repository;
mod restrictions;
mod roo;
mod rovo_dev;
mod run_files;
pub(crate) mod settings;
mod shell_quotes;
mod skill_folders;
mod start_check;
mod switched_off;
mod takt;
mod trae;
mod unchecked_files;
mod unread_entries;
mod upward_files;
mod vibe;
mod visual_studio;
mod vscode;
mod warp;
mod windsurf;
mod zed;

#[cfg(test)]
mod secret_forms;
#[cfg(test)]
mod tests;

pub(crate) use document::ANY;
use file_text::text;
pub(in crate::source) use file_text::text as plain_text;
use later_files::LaterFiles;
use switched_off::SwitchedOff;
pub(in crate::source) use switched_off::switch_off_in;

pub(crate) use agreed_files::{AgreedFiles, Difference};
pub(crate) use config_path::{ConfigPath, paths};
pub(in crate::source) use configured::Launch;
pub(crate) use configured::{BehindGuard, Configured, GuardedLaunch, ServerEntry};
pub(crate) use definition::Client;
pub(in crate::source) use entry::Entry;
pub(crate) use error::{ConfigurationCause, EntryCause, FileCause, LaunchRefusal};
pub(crate) use given::Given;
pub(crate) use influence::changes_what_runs;
pub(crate) use known_files::{is_of_system, is_program};
pub(crate) use named_paths::parts;
pub(crate) use package_folders::Digests;
pub(in crate::source) use placeholders::{Inputs, Placeholders};
pub(in crate::source) use plugin_root::{MANIFEST, places_of};
pub(crate) use project_files::{Listed, ProjectFiles};
use proposal::ReadAs;
pub(crate) use proposal::{Proposal, ShownValue};
pub(crate) use repository::repository;
pub(crate) use run_files::RunFiles;
pub(in crate::source) use skill_folders::{is_folder_of_texts, skill_folders};
pub(crate) use start_check::StartCheck;
pub(crate) use unchecked_files::UncheckedFiles;
use unread_entries::UnreadEntry;

pub(in crate::source) use document::{Document, Format};

/// All supported clients.
pub(crate) const CLIENTS: [Client; 40] = [
    amazon_q::CLIENT,
    amp::CLIENT,
    antigravity::CLIENT,
    augment::CLIENT,
    claude_code::CLIENT,
    claude_desktop::CLIENT,
    cline::CLIENT,
    codex::CLIENT,
    continue_dev::CLIENT,
    copilot_cli::CLIENT,
    crush::CLIENT,
    cursor::CLIENT,
    deepagents::CLIENT,
    droid::CLIENT,
    gemini_cli::CLIENT,
    goose::CLIENT,
    grok::CLIENT,
    hermes::CLIENT,
    jetbrains::CLIENT,
    kilo::CLIENT,
    kimi_code::CLIENT,
    kiro::CLIENT,
    librechat::CLIENT,
    lm_studio::CLIENT,
    muse_code::CLIENT,
    openclaw::CLIENT,
    open_webui::CLIENT,
    opencode::CLIENT,
    qwen_code::CLIENT,
    reasonix::CLIENT,
    roo::CLIENT,
    rovo_dev::CLIENT,
    takt::CLIENT,
    trae::CLIENT,
    vibe::CLIENT,
    visual_studio::CLIENT,
    vscode::CLIENT,
    warp::CLIENT,
    windsurf::CLIENT,
    zed::CLIENT,
];

/// The client for files at an unknown path. It has every key path to servers that has no other common meaning.
const UNKNOWN: Client = Client {
    name: ClientName::UNKNOWN,
    places: &[],
    servers: &[
        &["mcpServers"],
        &["servers"],
        &["mcp", "servers"],
        &["mcp.servers"],
        &["amp.mcpServers"],
        &["mcp"],
        &["mcp_servers"],
        &["context_servers"],
        &["projects", ANY, "mcpServers"],
        &["tool_server", "connections"],
        &[open_webui::VARIABLE],
        // The plugins of a marketplace.
        &["plugins", ANY, "mcpServers"],
    ],
    placeholders: Placeholders::DollarBraces,
};

/// Longest key in a message, in characters.
const MAX_KEY: usize = 60;

/// The file of a project that Claude Code and Visual Studio read.
const SHARED_FILE: &str = ".mcp.json";

/// Files that may be a map of servers without a key around it.
const MAPS: [&str; 2] = [".mcp.json", ".ai/mcp/mcp.json"];

/// The servers in the configuration at `path`. `None` if the file is not a client configuration.
pub(crate) fn servers(path: &Path) -> Option<Vec<ServerEntry>> {
    servers_with(path, &[])
}

/// Like `servers`. The files of `projects` may change what the files of the user say.
pub(crate) fn servers_with(path: &Path, projects: &[PathBuf]) -> Option<Vec<ServerEntry>> {
    if settings::holds_no_servers(path) {
        return None;
    }
    let format = Format::from_path(path)?;
    let known = client_of(path);
    let client = known.unwrap_or(&UNKNOWN);
    let failed = |cause: FileCause| known.map(|client| vec![Err(malformed(path, client, cause))]);
    let text = match text(path) {
        Ok(text) => text,
        Err(cause) => return failed(cause),
    };
    let is_beside_manifest = is_beside_manifest(path);
    // The file may be a large listing, so it is parsed only if it mentions a key of a configuration.
    if known.is_none()
        && !is_beside_manifest
        && !client.servers.iter().flat_map(|keys| keys.iter().rev().take(1)).any(|key| text.contains(key))
    {
        return None;
    }
    // Most Compose files have nothing to do with servers.
    if client.name == open_webui::CLIENT.name && !text.contains(open_webui::VARIABLE) {
        return None;
    }
    let document = match Document::parse(&text, format) {
        Ok(mut document) => {
            open_webui::collect_connections(&mut document.value);
            document
        }
        Err(_) if text.trim().is_empty() => return known.map(|_| Vec::new()),
        Err(cause) => return failed(cause.into()),
    };
    let mut found = lists(client, &document.value);
    // Visual Studio has the same file name for other keys. In the home, which is no project, it alone reads the file.
    let is_shared = client.name == claude_code::CLIENT.name && path.file_name().is_some_and(|name| name == SHARED_FILE);
    let is_ours = |place: &ConfigPath| place.on_this_machine().is_some_and(|ours| ours == path);
    let is_of_home = is_shared && !projects.is_empty() && visual_studio::CLIENT.places.iter().any(is_ours);
    let of_other = if is_shared { lists(&visual_studio::CLIENT, &document.value) } else { Vec::new() };
    let is_other = is_of_home || found.is_empty() && !of_other.is_empty();
    let client = if is_other { &visual_studio::CLIENT } else { client };
    if is_other {
        found = of_other;
    }
    // In a plugin, in a skill and for AI Assistant, the file may be the map of servers itself.
    let may_be_map = is_beside_manifest || MAPS.iter().any(|name| path.ends_with(name));
    if let (true, Value::Object(root)) = (found.is_empty() && may_be_map, &document.value) {
        collect(&document.value, root, &[], &mut Vec::new(), &mut found);
    }
    if known.is_none() && !found.iter().any(|found| Entry::is_server(found.fields)) {
        return None;
    }
    let later = LaterFiles::new(client, path, projects);
    found.retain(|found| !later.replaces(&found.name));
    let changed: Vec<Option<Map<String, Value>>> =
        found.iter().map(|found| later.changed(&found.name, found.fields)).collect();
    for (found, changed) in found.iter_mut().zip(&changed) {
        found.fields = changed.as_ref().unwrap_or(found.fields);
    }
    let servers = found.iter().filter(|found| Entry::is_server(found.fields) || found.is_of_extension());
    let file_settings = settings::all_lines(&document.value).into();
    let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let is_of_user = CLIENTS.iter().flat_map(|client| client.places).any(|place| place.is_on_this_machine(&absolute));
    let read_as = ReadAs { lists: client.servers, is_of_user };
    let off = SwitchedOff::for_file(path, &project_of(path));
    let servers = servers.map(|found| found.read(client, path, &document, &file_settings, read_as, &off));
    let repeated = document.repeated_key(client.servers).map(|(key, line, column)| {
        let key = clean::excerpt(key, MAX_KEY);
        Err(malformed(path, client, FileCause::RepeatedKey { key, line, column }))
    });
    let unread = known.map(|client| unread_entries::unread(client.servers, &document.value));
    let unread = unread.into_iter().flatten().map(|unread| match unread {
        UnreadEntry::Key(cause) => Err(malformed(path, client, cause)),
        UnreadEntry::Entry(name, cause) => {
            let cause = ConfigurationCause::Entry { client: client.name.title, cause };
            Err(SourceError::new(format!("{name} in {}", path.display()), cause))
        }
    });
    Some(servers.chain(repeated).chain(unread).collect())
}

/// True for the file of servers beside a skill or the manifest of a plugin.
fn is_beside_manifest(path: &Path) -> bool {
    let folder = path.parent().unwrap_or(Path::new(""));
    path.file_name().is_some_and(|name| name == "mcp.json")
        && (folder.join("SKILL.md").is_file() || places_of(MANIFEST, folder).next().is_some())
}

/// The settings of clients on this machine and in `projects` that stand in files without servers. Those beside servers
/// belong to these. Files that cannot be read are left out.
pub(crate) fn settings_on_this_machine(projects: &[PathBuf]) -> Vec<Origin> {
    let configurations = CLIENTS.iter().map(|client| (client.name, client.places));
    let mut seen = Vec::new();
    let mut found = Vec::new();
    for (client, places) in settings::FILES.into_iter().chain(configurations) {
        for path in paths(places, projects) {
            let real = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            if !seen.contains(&real) && servers(&path).is_none_or(|servers| servers.is_empty()) {
                found.extend(settings::of_file(client, &path));
            }
            seen.push(real);
        }
    }
    found
}

fn malformed(path: &Path, client: &Client, cause: FileCause) -> SourceError {
    SourceError::new(path.display().to_string(), ConfigurationCause::File { client: client.name.title, cause })
}

/// A server entry found in a configuration.
struct FoundEntry<'a> {
    /// The key path to the entry.
    keys: Vec<&'a str>,
    name: String,
    fields: &'a Map<String, Value>,
    /// The object around the servers. It may have a list of disabled servers.
    holder: &'a Map<String, Value>,
}

/// The client whose configuration path matches `path`. The longest match wins, of equal ones the first.
fn client_of(path: &Path) -> Option<&'static Client> {
    let length = |client: &&Client| client.places.iter().filter_map(|place| place.match_length(path)).max();
    let found = CLIENTS.iter().rev().filter_map(|client| Some((length(&client)?, client)));
    found.max_by_key(|(length, _)| *length).map(|(_, client)| client)
}

/// True for a configuration of a client by its path.
pub(crate) fn is_configuration(path: &Path) -> bool {
    client_of(path).is_some()
}

/// All server entries that `document` has at the key paths of `client`.
fn lists<'a>(client: &Client, document: &'a Value) -> Vec<FoundEntry<'a>> {
    let mut found = Vec::new();
    let Value::Object(root) = document else { return found };
    for path in client.servers {
        collect(document, root, path, &mut Vec::new(), &mut found);
    }
    found
}

/// Follows `path` from `value` and adds the servers there to `found`. In a list, the key `name` names a server.
fn collect<'a>(
    value: &'a Value,
    holder: &'a Map<String, Value>,
    path: &[&str],
    keys: &mut Vec<&'a str>,
    found: &mut Vec<FoundEntry<'a>>,
) {
    let Some((first, rest)) = path.split_first() else {
        match value {
            Value::Object(servers) => found.extend(servers.iter().filter_map(|(name, fields)| {
                let keys = keys.iter().copied().chain([name.as_str()]).collect();
                Some(FoundEntry { keys, name: name.clone(), fields: fields.as_object()?, holder })
            })),
            Value::Array(servers) => found.extend(servers.iter().zip(1..).filter_map(|(fields, number)| {
                let fields = fields.as_object()?;
                let info = fields.get("info");
                let names =
                    [fields.get("name"), info.and_then(|info| info.get("name")), info.and_then(|info| info.get("id"))];
                let name = names.into_iter().flatten().filter_map(Value::as_str).find(|name| !name.is_empty());
                let name = name.map_or_else(|| format!("server {number}"), str::to_owned);
                Some(FoundEntry { keys: keys.clone(), name, fields, holder })
            })),
            _ => {}
        }
        return;
    };
    if let (Value::Array(items), true) = (value, *first == ANY) {
        items.iter().for_each(|item| collect(item, holder, rest, keys, found));
        return;
    }
    let Value::Object(map) = value else { return };
    for (key, below) in map.iter().filter(|(key, _)| *first == ANY || key == first) {
        keys.push(key);
        collect(below, map, rest, keys, found);
        keys.pop();
    }
}

impl FoundEntry<'_> {
    /// True if an extension of Zed brings the server.
    fn is_of_extension(&self) -> bool {
        self.keys.first() == zed::CLIENT.servers[0].first() && Entry::is_of_extension(self.fields)
    }

    fn read(
        &self,
        client: &Client,
        path: &Path,
        document: &Document,
        file_settings: &Arc<[String]>,
        read_as: ReadAs,
        off: &SwitchedOff,
    ) -> ServerEntry {
        let position = document.position(&self.keys);
        let mut origin = Origin {
            client: client.name.title.to_owned(),
            file: path.display().to_string(),
            server: self.name.clone(),
            line: position.map(|(line, _)| line),
            column: position.map(|(_, column)| column),
            disabled: false,
            secrets: Vec::new(),
            settings: settings::all_lines(&Value::Object(self.fields.clone())),
            file_settings: Arc::clone(file_settings),
        };
        let mut entry = Entry::read(self.fields).map_err(|cause| {
            SourceError::new(origin.display(), ConfigurationCause::Entry { client: client.name.title, cause })
        })?;
        let is_of_state = client.name == claude_code::CLIENT.name && self.keys.first() == Some(&"projects");
        entry.disabled = switched_off::is_off(client.name, self.fields)
            || off.has(&self.name, self.holder, client.name, is_of_state);
        origin.disabled = entry.disabled;
        origin.secrets = entry.literal_secrets(self.fields);
        origin.settings.extend(other_starts::settings(&entry.words, &entry.env));
        let project = project_of(path);
        if let Some(file) = entry.env_file.as_deref().filter(|_| !entry.words.is_empty()) {
            let file = client.placeholders.with_folders(file, &project);
            entry.env_of_file = env_file::variables(&project.join(&file)).map_err(|cause| {
                SourceError::new(
                    origin.display(),
                    ConfigurationCause::EnvFile { file: clean::excerpt(&file, MAX_KEY), cause },
                )
            })?;
        }
        let inputs = placeholders::inputs(document.value.get("inputs"));
        Configured::new(origin, entry, client.placeholders, project, inputs).map(|found| found.read_as(read_as))
    }
}

/// The absolute path of the project that the file at `path` belongs to: the folder above any hidden folders, or that of its
/// plugin. For a hidden file it is the file's own folder.
fn project_of(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let is_hidden = |folder: &Path| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    if is_hidden(&absolute) {
        return absolute.parent().unwrap_or(Path::new(".")).to_owned();
    }
    let hidden = absolute.ancestors().skip(1).filter(|folder| is_hidden(folder)).last();
    let plugin = plugin_root::plugin_root(&absolute);
    if let Some(plugin) = plugin.filter(|plugin| hidden.is_none_or(|hidden| plugin.starts_with(hidden))) {
        return plugin;
    }
    let folder = hidden.or(Some(&absolute)).and_then(Path::parent);
    folder.unwrap_or(Path::new(".")).to_owned()
}
