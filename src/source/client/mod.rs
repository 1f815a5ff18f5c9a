//! The configurations of MCP clients: which servers they name, and how each is started or reached. Each client has a
//! file here that says where its own stand; a file elsewhere is known by what it holds.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::model::{ClientName, Origin};
use crate::source::error::SourceError;

mod amazon_q;
mod claude_code;
mod claude_desktop;
mod cline;
mod codex;
mod config_path;
mod configured;
mod continue_dev;
mod copilot_cli;
mod cursor;
mod definition;
mod document;
mod entry;
mod error;
mod gemini_cli;
mod goose;
mod influence;
mod jetbrains;
mod kiro;
mod lm_studio;
mod opencode;
mod placeholders;
mod proposal;
mod qwen_code;
mod roo;
mod scripts;
mod vscode;
mod warp;
mod windsurf;
mod zed;

#[cfg(test)]
mod secret_forms;
#[cfg(test)]
mod tests;

use definition::ANY;

pub(crate) use config_path::paths;
pub(in crate::source) use configured::Launch;
pub(crate) use configured::{Configured, ServerEntry};
pub(crate) use definition::Client;
pub(in crate::source) use entry::Entry;
pub(crate) use error::{ConfigurationCause, EntryCause, FileCause, LaunchRefusal};
pub(crate) use influence::changes_what_runs;
pub(in crate::source) use placeholders::{Inputs, Placeholders};
pub(crate) use proposal::{Proposal, ShownValue};

pub(in crate::source) use document::{Document, Format};

/// Largest configuration that is read, in bytes.
const MAX_FILE: u64 = 8 << 20;

/// Every client that is known.
pub(crate) const CLIENTS: [Client; 20] = [
    amazon_q::CLIENT,
    claude_code::CLIENT,
    claude_desktop::CLIENT,
    cline::CLIENT,
    codex::CLIENT,
    continue_dev::CLIENT,
    copilot_cli::CLIENT,
    cursor::CLIENT,
    gemini_cli::CLIENT,
    goose::CLIENT,
    jetbrains::CLIENT,
    kiro::CLIENT,
    lm_studio::CLIENT,
    opencode::CLIENT,
    qwen_code::CLIENT,
    roo::CLIENT,
    vscode::CLIENT,
    warp::CLIENT,
    windsurf::CLIENT,
    zed::CLIENT,
];

/// The client of a file that stands in nobody's place: every way to name servers that is not also a way to say
/// something else.
const UNKNOWN: Client = Client {
    name: ClientName { id: "unknown", title: "an MCP client" },
    places: &[],
    servers: &[
        &["mcpServers"],
        &["servers"],
        &["mcp", "servers"],
        &["mcp_servers"],
        &["context_servers"],
        &["projects", ANY, "mcpServers"],
    ],
    placeholders: Placeholders::DollarBraces,
};

/// The servers that the configuration at `path` names; `None` when the file is no configuration of a client.
pub(crate) fn servers(path: &Path) -> Option<Vec<ServerEntry>> {
    let format = Format::of(path)?;
    let known = client_of(path);
    let client = known.unwrap_or(&UNKNOWN);
    let failed = |cause: FileCause| known.map(|client| vec![Err(malformed(path, client, cause))]);
    let text = match text(path) {
        Ok(text) => text,
        Err(cause) => return failed(cause),
    };
    // A listing may be large; what does not even mention a key is not parsed.
    if known.is_none()
        && !client.servers.iter().flat_map(|keys| keys.iter().rev().take(1)).any(|key| text.contains(key))
    {
        return None;
    }
    let document = match Document::parse(&text, format) {
        Ok(document) => document,
        Err(_) if text.trim().is_empty() => return known.map(|_| Vec::new()),
        Err(cause) => return failed(cause.into()),
    };
    let found = lists(client, &document.value);
    if known.is_none() && !found.iter().any(|found| Entry::is_server(found.fields)) {
        return None;
    }
    let servers = found.iter().filter(|found| Entry::is_server(found.fields));
    Some(servers.map(|found| found.read(client, path, &document)).collect())
}

/// The text of a regular file; bytes that are not UTF-8 become marks.
fn text(path: &Path) -> Result<String, FileCause> {
    if !fs::metadata(path)?.is_file() {
        return Err(FileCause::NotAFile);
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(FileCause::TooLarge { mib: MAX_FILE >> 20 });
    }
    Ok(String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned())
}

fn malformed(path: &Path, client: &Client, cause: FileCause) -> SourceError {
    SourceError::new(path.display().to_string(), ConfigurationCause::File { client: client.name.title, cause })
}

/// A server as a configuration names it.
struct Found<'a> {
    /// The keys that lead to it.
    keys: Vec<&'a str>,
    name: String,
    fields: &'a Map<String, Value>,
    /// What holds the servers, which may say elsewhere that one is switched off.
    holder: &'a Map<String, Value>,
}

/// The client that has a place for `path`: the one whose place is the longest.
fn client_of(path: &Path) -> Option<&'static Client> {
    let length = |client: &&Client| client.places.iter().filter_map(|place| place.says_of(path)).max();
    let found = CLIENTS.iter().filter_map(|client| Some((length(&client)?, client)));
    found.max_by_key(|(length, _)| *length).map(|(_, client)| client)
}

/// All that `document` has where `client` looks for servers.
fn lists<'a>(client: &Client, document: &'a Value) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    let Value::Object(root) = document else { return found };
    for path in client.servers {
        collect(document, root, path, &mut Vec::new(), &mut found);
    }
    found
}

/// Follows `path` from `value` and adds the servers at its end to `found`; a list names them by `name`.
fn collect<'a>(
    value: &'a Value,
    holder: &'a Map<String, Value>,
    path: &[&str],
    keys: &mut Vec<&'a str>,
    found: &mut Vec<Found<'a>>,
) {
    let Some((first, rest)) = path.split_first() else {
        match value {
            Value::Object(servers) => found.extend(servers.iter().filter_map(|(name, fields)| {
                let keys = keys.iter().copied().chain([name.as_str()]).collect();
                Some(Found { keys, name: name.clone(), fields: fields.as_object()?, holder })
            })),
            Value::Array(servers) => found.extend(servers.iter().zip(1..).filter_map(|(fields, number)| {
                let fields = fields.as_object()?;
                let name = fields.get("name").and_then(Value::as_str);
                let name = name.map_or_else(|| format!("server {number}"), str::to_owned);
                Some(Found { keys: keys.clone(), name, fields, holder })
            })),
            _ => {}
        }
        return;
    };
    let Value::Object(map) = value else { return };
    for (key, below) in map.iter().filter(|(key, _)| *first == ANY || key == first) {
        keys.push(key);
        collect(below, map, rest, keys, found);
        keys.pop();
    }
}

impl Found<'_> {
    fn read(&self, client: &Client, path: &Path, document: &Document) -> ServerEntry {
        let position = document.position(&self.keys);
        let mut origin = Origin {
            client: client.name.title.to_owned(),
            file: path.display().to_string(),
            server: self.name.clone(),
            line: position.map(|(line, _)| line),
            column: position.map(|(_, column)| column),
            secrets: Vec::new(),
        };
        let mut entry = Entry::read(self.fields).map_err(|cause| {
            SourceError::new(origin.display(), ConfigurationCause::Entry { client: client.name.title, cause })
        })?;
        entry.disabled |= self.is_switched_off();
        origin.secrets = entry.literal_secrets();
        let project = project_of(path);
        let inputs = placeholders::inputs(document.value.get("inputs"));
        Configured::new(origin, entry, client.placeholders, project, inputs)
    }

    /// True when a list beside the servers says so: `disabledMcpServers` (Claude Code), `mcp.excluded` (Gemini CLI).
    fn is_switched_off(&self) -> bool {
        let lists = [self.holder.get("disabledMcpServers"), self.holder.get("mcp").and_then(|mcp| mcp.get("excluded"))];
        let names = lists.into_iter().flatten().filter_map(Value::as_array).flatten();
        names.filter_map(Value::as_str).any(|name| name == self.name)
    }
}

/// The project of the file at `path`, absolute: the folder above the hidden ones that hold it. A file that is hidden itself
/// stands in its project.
fn project_of(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let is_hidden = |folder: &Path| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    if is_hidden(&absolute) {
        return absolute.parent().unwrap_or(Path::new(".")).to_owned();
    }
    let hidden = absolute.ancestors().skip(1).filter(|folder| is_hidden(folder)).last();
    let folder = hidden.or(Some(&absolute)).and_then(Path::parent);
    folder.unwrap_or(Path::new(".")).to_owned()
}
