//! MCPB's `manifest.json`: the command that starts the bundle.
//! <https://github.com/modelcontextprotocol/mcpb/blob/main/MANIFEST.md>

use serde_json::{Map, Value};

use super::error::ManifestCause;
use super::file::{ManifestFile, unusable};
use crate::source::client::{Configured, Entry, Inputs, Placeholders, ServerEntry};

/// The default command for the entry point, by server type.
const TYPES: [(&str, &[&str]); 3] = [("node", &["node"]), ("python", &["python3"]), ("uv", &["uv", "run"])];

/// The server that the manifest `file` would start.
pub(crate) fn server(map: &Map<String, Value>, file: &ManifestFile<'_>) -> ServerEntry {
    let name = map.get("name").and_then(Value::as_str).unwrap_or("unnamed");
    let origin = file.origin("an MCPB manifest".into(), name, &["server"]);
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
    let dirname = folder.display().to_string();
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
    let own = config.get("platform_overrides").and_then(|all| all.get(system)).and_then(Value::as_object);
    merged.extend(own.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
    merged
}

fn entry_point(server: Option<&Map<String, Value>>) -> Vec<String> {
    let text = |key: &str| server.and_then(|server| server.get(key)).and_then(Value::as_str);
    let (Some(kind), Some(file)) = (text("type"), text("entry_point")) else { return Vec::new() };
    let program = TYPES.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, words)| words);
    program.iter().map(|word| (*word).to_owned()).chain([format!("${{__dirname}}/{file}")]).collect()
}

/// The inputs that the user must give, with their defaults. Optional inputs default to empty.
fn user_inputs(map: &Map<String, Value>) -> Inputs {
    let declared = map.get("user_config").and_then(Value::as_object).into_iter().flatten();
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
