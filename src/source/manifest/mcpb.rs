//! MCPB's `manifest.json`: the command that starts the bundle.
//! <https://github.com/modelcontextprotocol/mcpb/blob/main/MANIFEST.md>

use serde_json::{Map, Value};

use super::error::ManifestCause;
use super::file::{ManifestFile, unusable};
use super::texts::USER_CONFIG;
use crate::model::Origin;
use crate::source::client::{Configured, Entry, Inputs, Placeholders, ServerEntry};
use crate::source::command::Command;
use crate::source::secret;
use crate::text::clean;

/// The default command for the entry point, by server type.
const TYPES: [(&str, &[&str]); 3] = [("node", &["node"]), ("python", &["python3"]), ("uv", &["uv", "run"])];

/// The key of what differs on one system, the most systems, and the longest name of one.
const OVERRIDES: &str = "platform_overrides";
const MAX_OVERRIDES: usize = 20;
const MAX_SYSTEM: usize = 40;
/// Longest path in a message, in characters.
const MAX_PATH: usize = 120;

/// The server that the manifest `file` would start.
pub(crate) fn server(map: &Map<String, Value>, file: &ManifestFile<'_>) -> ServerEntry {
    let name = map.get("name").and_then(Value::as_str).unwrap_or("unnamed");
    let mut origin = file.origin("an MCPB manifest".into(), name, &["server"]);
    let folder = file.folder();
    let server = map.get("server").and_then(Value::as_object);
    let config = server.and_then(|server| server.get("mcp_config")).and_then(Value::as_object);
    let entry = match config {
        Some(config) => Entry::read(&for_this_system(config)),
        None => Ok(Entry { words: entry_point(server), ..Entry::default() }),
    };
    let mut entry = entry.map_err(|cause| unusable(&origin, ManifestCause::Entry(cause)))?;
    if entry.words.is_empty() {
        return Err(unusable(&origin, ManifestCause::NoCommand));
    }
    origin.secrets = entry.literal_secrets(&Map::new());
    origin.secrets.extend(secret_defaults(map));
    for (system, entry) in config.map(on_other_systems).unwrap_or_default() {
        let mut words = entry.words.clone();
        if !words.is_empty() {
            let command = Command { program: words.remove(0), args: words };
            origin.settings.push(format!("{}.{system} = {}", Origin::OTHER_LAUNCH, command.display()));
        }
        let secrets = entry.literal_secrets(&Map::new()).into_iter().filter(|name| !origin.secrets.contains(name));
        let secrets: Vec<String> = secrets.map(|name| format!("{name} on {system}")).collect();
        origin.secrets.extend(secrets);
    }
    let of_bundle = |(at, word): (usize, &'_ String)| match word.strip_prefix("${__dirname}") {
        Some(path) => Some(path.to_owned()),
        None => (at == 0).then(|| word.clone()),
    };
    let started: Vec<String> = entry.words.iter().enumerate().filter_map(of_bundle).collect();
    let named = server.and_then(|server| server.get("entry_point")).and_then(Value::as_str);
    for path in started.iter().map(String::as_str).chain(named).filter(|path| leads_out(path)) {
        let line = format!("outside of the bundle = {}", clean::excerpt(path, MAX_PATH));
        if !origin.settings.contains(&line) {
            origin.settings.push(line);
        }
    }
    // Nothing is unpacked: the files of an archive are named as parts of it.
    let dirname = if file.is_archive() { file.absolute() } else { folder.clone() }.display().to_string();
    for text in entry.words.iter_mut().chain(entry.env.values_mut()) {
        *text = text.replace("${__dirname}", &dirname).replace("${user_config.", "${input:").replace("${/}", "/");
    }
    Configured::new(origin, entry, Placeholders::DollarBraces, folder, user_inputs(map))
}

/// The command for this system: the general configuration with its overrides for this system.
fn for_this_system(config: &Map<String, Value>) -> Map<String, Value> {
    let system = if cfg!(windows) {
        "win32"
    } else if cfg!(target_os = "macos") {
        "darwin"
    } else {
        "linux"
    };
    let mut merged = config.clone();
    let own = config.get(OVERRIDES).and_then(|all| all.get(system)).and_then(Value::as_object);
    merged.extend(own.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
    merged
}

/// What starts the server on each system that has an override, this one included. An override that cannot be read starts
/// nothing.
fn on_other_systems(config: &Map<String, Value>) -> Vec<(String, Entry)> {
    let overrides = config.get(OVERRIDES).and_then(Value::as_object).into_iter().flatten();
    let read = |(system, own): (&String, &Value)| {
        let mut merged = config.clone();
        merged.extend(own.as_object()?.iter().map(|(key, value)| (key.clone(), value.clone())));
        Some((clean::excerpt(system, MAX_SYSTEM), Entry::read(&merged).ok()?))
    };
    overrides.take(MAX_OVERRIDES).filter_map(read).collect()
}

/// True for a relative path that leads out of the folder that it begins in.
fn leads_out(path: &str) -> bool {
    let mut depth = 0_i32;
    path.trim_start_matches('/').split(['/', '\\']).any(|part| {
        depth += match part {
            "" | "." => 0,
            ".." => -1,
            _ => 1,
        };
        depth < 0
    })
}

/// The inputs whose default is a secret.
fn secret_defaults(map: &Map<String, Value>) -> Vec<String> {
    let inputs = map.get(USER_CONFIG).and_then(Value::as_object).into_iter().flatten();
    let is_secret = |input: &Value| input.get("default").and_then(Value::as_str).is_some_and(secret::has_secret);
    let names = inputs.filter(|(_, input)| is_secret(input)).map(|(id, _)| format!("{USER_CONFIG}.{id}"));
    names.collect()
}

fn entry_point(server: Option<&Map<String, Value>>) -> Vec<String> {
    let text = |key: &str| server.and_then(|server| server.get(key)).and_then(Value::as_str);
    let (Some(kind), Some(file)) = (text("type"), text("entry_point")) else { return Vec::new() };
    let program = TYPES.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, words)| words);
    program
        .iter()
        .map(|word| (*word).to_owned())
        .chain([format!("${{__dirname}}/{}", file.trim_start_matches('/'))])
        .collect()
}

/// The inputs that the user must give, with their defaults. Optional inputs default to empty.
fn user_inputs(map: &Map<String, Value>) -> Inputs {
    let declared = map.get(USER_CONFIG).and_then(Value::as_object).into_iter().flatten();
    let read = |(id, input): (&String, &Value)| {
        let default = input.get("default").and_then(|default| match default {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(default.to_string()),
            _ => None,
        });
        let optional = input.get("required").and_then(Value::as_bool) != Some(true);
        (id.clone(), default.or_else(|| optional.then(String::new)))
    };
    declared.map(read).collect()
}
