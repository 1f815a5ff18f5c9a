//! Files of a client that change what its earlier files say. The files of the others stand side by side.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::config_path::{ConfigPath, paths};
use super::definition::Client;
use super::document::{Document, Format};
use super::entry::Entry;
use super::file_text::text;
use crate::model::ClientName;

/// Clients in which an entry of a later file may hold what differs alone: `{"enabled": true}`.
const CHANGING: [ClientName; 2] = [ClientName::OPENCODE, ClientName::KILO];
/// Clients in which an entry of a later file of the same project takes the place of an earlier one.
const REPLACING: [ClientName; 1] = [ClientName::AUGMENT];

/// The servers of the files that a client reads after a file.
#[derive(Debug, Default)]
pub(super) struct LaterFiles {
    /// The servers of the later files, outermost first, for each project that has any.
    of_projects: Vec<Vec<Map<String, Value>>>,
    is_changing: bool,
    is_replacing: bool,
}

impl LaterFiles {
    /// Those that `client` reads after the file at `path`: of its project, or of `projects` after a file of the user.
    pub(super) fn new(client: &Client, path: &Path, projects: &[PathBuf]) -> Self {
        let is_changing = CHANGING.contains(&client.name);
        let is_replacing = REPLACING.contains(&client.name);
        if !is_changing && !is_replacing {
            return Self::default();
        }
        let is_ours = |place: &ConfigPath| place.on_this_machine().is_some_and(|ours| ours == path);
        let in_project = |place: &ConfigPath| match place {
            ConfigPath::Project(below) => place.match_length(path).map(|length| (length, *below)),
            ConfigPath::Home(_)
            | ConfigPath::Config(_)
            | ConfigPath::Xdg(_)
            | ConfigPath::Variable(..)
            | ConfigPath::Machine { .. } => None,
        };
        let place_of_user = client.places.iter().position(is_ours);
        let place_of_project = client.places.iter().enumerate();
        let place_of_project = place_of_project.filter_map(|(at, place)| Some((in_project(place)?, at))).max();
        let (at, folders) = match (place_of_user, place_of_project) {
            (Some(at), _) => (at, projects.to_vec()),
            (None, Some(((_, below), at))) => {
                let around = path.ancestors().nth(Path::new(below).components().count());
                (at, around.map(Path::to_owned).into_iter().collect())
            }
            (None, None) => return Self::default(),
        };
        let later = client.places.get(at + 1..).unwrap_or_default();
        let servers = |project: &PathBuf| -> Vec<Map<String, Value>> {
            let files = paths(later, std::slice::from_ref(project));
            files.iter().filter(|file| *file != path).filter_map(|file| servers_of(client, file)).collect()
        };
        let of_projects = folders.iter().map(servers).filter(|files| !files.is_empty()).collect();
        Self { of_projects, is_changing, is_replacing: is_replacing && place_of_user.is_none() }
    }

    /// True if a later file defines the server `name` anew.
    pub(super) fn replaces(&self, name: &str) -> bool {
        let defines =
            |servers: &Map<String, Value>| servers.get(name).and_then(Value::as_object).is_some_and(Entry::is_server);
        self.is_replacing && self.of_projects.iter().flatten().any(defines)
    }

    /// The fields of the server `name` with what later files change: in the first project where it runs, or else in the
    /// first. `None` if nothing is changed.
    pub(super) fn changed(&self, name: &str, fields: &Map<String, Value>) -> Option<Map<String, Value>> {
        let in_project = |files: &Vec<Map<String, Value>>| {
            let changes = files.iter().filter_map(|servers| servers.get(name)?.as_object());
            let mut changes = changes.filter(|changes| !Entry::is_server(changes)).peekable();
            changes.peek()?;
            let mut fields = fields.clone();
            changes.for_each(|changes| merge(&mut fields, changes));
            Some(fields)
        };
        if !self.is_changing || !Entry::is_server(fields) {
            return None;
        }
        let runs = |fields: &Map<String, Value>| fields.get("enabled").and_then(Value::as_bool) != Some(false);
        let variants: Vec<Map<String, Value>> = self.of_projects.iter().filter_map(in_project).collect();
        // A project that says nothing of it leaves it as it is.
        if runs(fields) && !variants.iter().any(runs) && variants.len() < self.of_projects.len() {
            return None;
        }
        variants.iter().find(|fields| runs(fields)).or(variants.first()).cloned()
    }
}

/// The servers in the file at `path`.
fn servers_of(client: &Client, path: &Path) -> Option<Map<String, Value>> {
    let document = Document::parse(&text(path).ok()?, Format::from_path(path)?).ok()?.value;
    let at = |keys: &&[&str]| keys.iter().try_fold(&document, |value, key| value.get(key))?.as_object();
    client.servers.iter().find_map(at).cloned()
}

/// Sets `changes` in `fields`, key by key within objects.
fn merge(fields: &mut Map<String, Value>, changes: &Map<String, Value>) {
    for (key, change) in changes {
        match (fields.get_mut(key), change) {
            (Some(Value::Object(fields)), Value::Object(changes)) => merge(fields, changes),
            _ => {
                fields.insert(key.clone(), change.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::source::client::servers;

    fn listed(files: &[(&str, &str)], path: &str) -> Vec<(String, bool)> {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let found = servers(&dir.path().join(path)).unwrap_or_default().into_iter().map(Result::unwrap);
        found.map(|server| (server.origin.server.clone(), server.is_disabled())).collect()
    }

    #[test]
    fn an_entry_that_only_switches_a_server_on_is_read_with_it() {
        let off = (
            "opencode.json",
            r#"{"mcp": {"a": {"type": "local", "command": ["x"], "enabled": false}, "b": {"type": "local", "command": ["y"]}}}"#,
        );
        let on =
            (".opencode/opencode.jsonc", r#"{"mcp": {"a": {"enabled": true}, /* off */ "b": {"enabled": false}}}"#);
        assert_eq!(listed(&[off], off.0), [("a".to_owned(), true), ("b".to_owned(), false)]);
        assert_eq!(listed(&[off, on], off.0), [("a".to_owned(), false), ("b".to_owned(), true)]);
        assert_eq!(listed(&[off, on], on.0), []);
    }

    #[test]
    fn local_settings_take_the_place_of_shared_ones() {
        let shared = (".augment/settings.json", r#"{"mcpServers": {"a": {"command": "x"}, "b": {"command": "y"}}}"#);
        let local = (".augment/settings.local.json", r#"{"mcpServers": {"a": {"command": "z"}}}"#);
        assert_eq!(listed(&[shared, local], shared.0), [("b".to_owned(), false)]);
        assert_eq!(listed(&[shared, local], local.0), [("a".to_owned(), false)]);
    }
}
