//! Servers that a plugin names in forms of its own: in a list, or in a file that is the map of servers itself.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::parts::{local_place, paths};
use super::places::{MANIFEST, MARKETPLACE, MAX_PARTS, MAX_SERVER_FILES, places_of, plugin_folder, plugins_of};
use crate::model::Origin;
use crate::source::client::{
    ConfigurationCause, Configured, Document, Entry, Format, Inputs, Placeholders, ServerEntry, plain_text, settings,
};
use crate::source::error::SourceError;

/// The key of a manifest that holds servers.
const SERVERS: &str = "mcpServers";
/// How many folders above a file its plugin is looked for, and how many servers of a file are read.
const MAX_ABOVE: usize = 4;
const MAX_SERVERS: usize = 1_000;

/// The servers that the file at `path` names in a form of plugins.
pub(crate) fn servers(path: &Path) -> Vec<ServerEntry> {
    let name = path.file_name().unwrap_or_default();
    if name != MANIFEST && name != MARKETPLACE {
        let flat = flat(path);
        return flat.map(|(folder, document, map)| read(path, &folder, &document, &[map])).unwrap_or_default();
    }
    let Some(document) = document(path) else { return Vec::new() };
    let plugins = std::iter::once(&document.value).chain(plugins_of(&document.value));
    let lists = plugins.filter_map(|plugin| plugin.get(SERVERS)?.as_array()).flatten();
    let maps = lists.filter_map(|part| part.get(SERVERS).unwrap_or(part).as_object().cloned());
    read(path, &plugin_folder(path), &document, &maps.collect::<Vec<_>>())
}

/// The files of servers within its plugin that the manifest at `path` names.
pub(crate) fn named_files(path: &Path) -> Vec<PathBuf> {
    let manifest = (path.file_name() == Some(MANIFEST.as_ref())).then(|| document(path)).flatten();
    let Some(manifest) = manifest else { return Vec::new() };
    let folder = plugin_folder(path);
    let Ok(root) = fs::canonicalize(&folder) else { return Vec::new() };
    let named = manifest.value.get(SERVERS).into_iter().flat_map(paths).take(MAX_PARTS);
    let named = named.map(|path| folder.join(path.strip_prefix("./").unwrap_or(path)));
    named.filter(|path| fs::canonicalize(path).is_ok_and(|real| real.starts_with(&root) && real.is_file())).collect()
}

/// True if the file at `path` is a map of servers that the manifest of a plugin names.
pub(super) fn is_named_by_plugin(path: &Path) -> bool {
    flat(path).is_some()
}

/// The file at `path` if it is a map of servers, and a plugin names it as such, with the folder of the plugin.
fn flat(path: &Path) -> Option<(PathBuf, Document, Map<String, Value>)> {
    if Format::from_path(path) != Some(Format::Json) {
        return None;
    }
    let folder = named_by(path)?;
    let document = document(path)?;
    let map = document.value.as_object().filter(|map| !map.is_empty())?;
    let is_map = map.values().all(|entry| entry.as_object().is_some_and(Entry::is_server));
    let map = map.clone();
    is_map.then_some((folder, document, map))
}

fn document(path: &Path) -> Option<Document> {
    Document::parse(&plain_text(path).ok()?, Format::Json).ok()
}

/// The folder of the plugin above `path` whose manifest names it as a file of servers.
fn named_by(path: &Path) -> Option<PathBuf> {
    let real = fs::canonicalize(path).ok()?;
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let looked_at = Cell::new(0);
    let names = |folder: &Path, manifest: &Value| {
        let paths = manifest.get(SERVERS).into_iter().flat_map(paths).take(MAX_PARTS);
        let mut paths = paths.take_while(|_| looked_at.replace(looked_at.get() + 1) < MAX_SERVER_FILES);
        paths.any(|path| fs::canonicalize(folder.join(path)).is_ok_and(|named| named == real))
    };
    let mut above = absolute.ancestors().skip(1).take(MAX_ABOVE);
    above.find_map(|folder| {
        let mut manifests = places_of(MANIFEST, folder).filter_map(|path| document(&path));
        if manifests.any(|document| names(folder, &document.value)) {
            return Some(folder.to_owned());
        }
        let mut lists = places_of(MARKETPLACE, folder).filter_map(|path| document(&path));
        lists.find_map(|list| {
            plugins_of(&list.value).iter().find_map(|plugin| {
                let place = folder.join(local_place(&list.value, plugin).unwrap_or_else(|| PathBuf::from(".")));
                names(&place, plugin).then_some(place)
            })
        })
    })
}

fn read(path: &Path, folder: &Path, document: &Document, maps: &[Map<String, Value>]) -> Vec<ServerEntry> {
    let entries = maps.iter().flatten().filter_map(|(name, fields)| Some((name, fields.as_object()?)));
    let entries = entries.filter(|(_, fields)| Entry::is_server(fields)).take(MAX_SERVERS);
    entries.map(|(name, fields)| server(path, folder, document, name, fields)).collect()
}

fn server(path: &Path, folder: &Path, document: &Document, name: &str, fields: &Map<String, Value>) -> ServerEntry {
    let client = "a plugin";
    let (line, column) = document.position(&[name]).unzip();
    let mut origin = Origin {
        client: client.into(),
        file: path.display().to_string(),
        server: name.to_owned(),
        line,
        column,
        settings: settings::lines(&Value::Object(fields.clone())),
        ..Origin::default()
    };
    let entry = Entry::read(fields)
        .map_err(|cause| SourceError::new(origin.display(), ConfigurationCause::Entry { client, cause }))?;
    origin.secrets = entry.literal_secrets(fields);
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    Configured::new(origin, entry, Placeholders::DollarBraces, folder, Inputs::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)], path: &str) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        servers(&dir.path().join(path)).into_iter().map(|server| server.unwrap().origin.server).collect()
    }

    #[test]
    fn the_root_of_a_plugin_is_above_its_files_of_servers() {
        let dir = tempfile::tempdir().unwrap();
        let manifest = r#"{"name": "p", "mcpServers": ["./sub/a.json", "./sub/b.json", {"c": {"command": "${CLAUDE_PLUGIN_ROOT}/c"}}]}"#;
        for (name, text) in [
            (".claude-plugin/plugin.json", manifest),
            ("sub/a.json", r#"{"a": {"command": "${CLAUDE_PLUGIN_ROOT}/c"}}"#),
            ("sub/b.json", r#"{"mcpServers": {"b": {"command": "${CLAUDE_PLUGIN_ROOT}/c"}}}"#),
        ] {
            let path = dir.path().join(".claude/plugins/cache/m/p/1.0.0").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let root = dir.path().join(".claude/plugins/cache/m/p/1.0.0");
        for file in [".claude-plugin/plugin.json", "sub/a.json", "sub/b.json"] {
            let found = crate::source::named_servers(&root.join(file)).unwrap().remove(0).unwrap();
            assert_eq!(found.shown().to_string(), root.join("c").display().to_string(), "{file}");
        }
        let named = named_files(&root.join(".claude-plugin/plugin.json"));
        assert_eq!(named, [root.join("sub/a.json"), root.join("sub/b.json")]);
    }

    #[test]
    fn servers_in_a_list_and_in_a_file_of_their_own_are_found() {
        let list = r#"{"name": "p", "mcpServers": ["./a.json", {"inline": {"command": "x"}}, {"mcpServers": {"wrapped": {"command": "y"}}}]}"#;
        assert_eq!(found(&[("plugin.json", list)], "plugin.json"), ["inline", "wrapped"]);
        let flat = ("sub/a.json", r#"{"flat": {"command": "npx", "args": ["-y", "shelf-mcp"]}}"#);
        let names = (".claude-plugin/plugin.json", r#"{"name": "p", "mcpServers": "./sub/a.json"}"#);
        assert_eq!(found(&[flat, names], "sub/a.json"), ["flat"]);
        let lists = r#"{"plugins": [{"name": "p", "source": "./sub", "mcpServers": ["./a.json"]}]}"#;
        assert_eq!(found(&[flat, (".claude-plugin/marketplace.json", lists)], "sub/a.json"), ["flat"]);
        // No plugin names it.
        assert_eq!(found(&[flat], "sub/a.json"), [""; 0]);
        let many = vec!["./sub/b.json"; MAX_PARTS].join("\", \"");
        let many = format!(r#"{{"name": "p", "mcpServers": ["{many}", "./sub/a.json"]}}"#);
        assert_eq!(found(&[flat, (".claude-plugin/plugin.json", &many)], "sub/a.json"), [""; 0]);
        let data = ("sub/a.json", r#"{"flat": {"command": "x"}, "count": 3}"#);
        assert_eq!(found(&[data, names], "sub/a.json"), [""; 0]);
    }
}
