//! Finds the servers that configurations and manifests name: in one file, in a folder, or in all clients of this
//! machine.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::client::{self, ServerEntry};
use super::manifest;
use super::plugins;

/// Folders that are skipped: they hold dependencies and build output, not the user's own configurations.
const SKIPPED: [&str; 5] = [".git", "node_modules", "target", ".venv", "__pycache__"];
/// Maximum number of files to look at below a folder.
const MAX_FILES: usize = 200_000;

/// The servers that the file at `path` names. `None` if it is neither a client configuration nor a manifest.
pub fn named_servers(path: &Path) -> Option<Vec<ServerEntry>> {
    let found = client::servers(path).or_else(|| manifest::server(path).map(|named| vec![named]));
    let of_plugin = plugins::servers(path);
    if of_plugin.is_empty() { found } else { Some(found.into_iter().flatten().chain(of_plugin).collect()) }
}

/// The servers in every client configuration of this user, of this machine, and of the folders in `projects`.
pub fn on_this_machine(projects: &[PathBuf]) -> Vec<ServerEntry> {
    let mut seen = Vec::new();
    let mut found = Vec::new();
    let configurations = client::CLIENTS.iter().flat_map(|client| client::paths(client.places, projects));
    // The manifest of a plugin may name other files of servers.
    for path in configurations.flat_map(|path| [vec![path.clone()], plugins::named_files(&path)].concat()) {
        // Two paths to the same file, or a link to it, count once.
        let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        if seen.contains(&real) {
            continue;
        }
        seen.push(real);
        found.extend(client::servers_with(&path, projects).into_iter().flatten());
        found.extend(plugins::servers(&path));
    }
    found.extend(manifest::installed());
    client::switch_off_in(projects, &mut found);
    found
}

/// The servers of every configuration and manifest below `folder`, hidden folders included, sorted by path.
pub fn in_folder(folder: &Path) -> Vec<ServerEntry> {
    let wanted = |entry: &DirEntry| entry.depth() == 0 || !SKIPPED.iter().any(|skipped| entry.file_name() == *skipped);
    let files = WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(wanted).flatten();
    let files = files.filter(|entry| entry.file_type().is_file()).take(MAX_FILES);
    files.filter_map(|entry| named_servers(entry.path())).flatten().collect()
}
