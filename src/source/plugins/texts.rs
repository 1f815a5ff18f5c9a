//! The texts of a plugin that a model reads: commands, agents, output styles and rules.

use std::path::{Path, PathBuf};

use serde_json::Value;
use walkdir::WalkDir;

use super::parts::paths;
use crate::source::skills;

/// The folders of these texts, and the keys of a manifest that name others.
const FOLDERS: [&str; 4] = ["commands", "agents", "output-styles", "rules"];
const KEYS: [&str; 5] = ["commands", "agents", "outputStyles", "output-styles", "rules"];
/// Most texts of a plugin, and their depth.
const MAX_TEXTS: usize = 1_000;
const MAX_DEPTH: usize = 8;

/// The files of the plugin at `folder` that hold these texts, in the order of their folders. `manifest` may name more.
pub(super) fn files(folder: &Path, manifest: Option<&Value>) -> Vec<PathBuf> {
    let named = |key: &str| {
        let paths = manifest.and_then(|manifest| manifest.get(key)).into_iter().flat_map(paths);
        paths.map(|path| plain(folder, path)).collect::<Vec<_>>()
    };
    let mut found: Vec<PathBuf> = Vec::new();
    let places = FOLDERS.iter().map(|name| folder.join(name)).chain(KEYS.iter().flat_map(|key| named(key)));
    for place in places {
        let files = WalkDir::new(&place).max_depth(MAX_DEPTH).sort_by_file_name().into_iter().flatten();
        let files = files.filter(|entry| !entry.file_type().is_dir() && skills::is_prose(entry.path()));
        for entry in files {
            if found.len() < MAX_TEXTS && !found.iter().any(|known| known == entry.path()) {
                found.push(entry.into_path());
            }
        }
    }
    found
}

/// `path` below `folder`, without `./`.
fn plain(folder: &Path, path: &str) -> PathBuf {
    folder.join(path.trim_start_matches("./"))
}
