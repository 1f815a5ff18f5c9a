//! Source in a local folder.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use crate::package::compiled;
use crate::package::source_tree::{self, MAX_FILE, SourceTree};

/// Folders that are not the package's own source.
const SKIPPED: [&str; 8] =
    [".git", "node_modules", "target", ".venv", "venv", "__pycache__", "site-packages", ".mypy_cache"];
/// The list of the modules that Go keeps in the folder `vendor`.
const VENDORED: &str = "modules.txt";
/// The most files to look at.
const MAX_ENTRIES: usize = 200_000;
/// Files that a folder of source has at its root.
const MANIFESTS: [&str; 6] = ["package.json", "pyproject.toml", "setup.py", "setup.cfg", "go.mod", "Cargo.toml"];

/// True if `folder` is the root of a package.
pub(crate) fn is_source(folder: &Path) -> bool {
    MANIFESTS.iter().any(|name| folder.join(name).is_file())
}

/// True if the file at `path` is read as a part of the package in `folder`.
pub(crate) fn is_read(path: &Path, folder: &Path) -> bool {
    let below = path.strip_prefix(folder).ok().and_then(Path::to_str);
    is_source(folder) && below.is_some_and(source_tree::is_source)
}

/// The source below `folder`. Links are not followed.
pub(crate) fn tree(folder: &Path) -> io::Result<SourceTree> {
    let is_vendored = |entry: &DirEntry| entry.file_name() == "vendor" && entry.path().join(VENDORED).is_file();
    let is_skipped = |entry: &DirEntry| SKIPPED.iter().any(|skipped| entry.file_name() == *skipped);
    let wanted = |entry: &DirEntry| entry.depth() == 0 || !(is_skipped(entry) || is_vendored(entry));
    let mut tree = SourceTree::default();
    let files = WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(wanted).take(MAX_ENTRIES);
    for entry in files {
        let entry = entry?;
        let Some(path) = entry.path().strip_prefix(folder).ok().and_then(Path::to_str) else { continue };
        let path = path.replace(std::path::MAIN_SEPARATOR, "/");
        if !entry.file_type().is_file() {
            continue;
        }
        let is_source = source_tree::is_source(&path);
        let most = if is_source { MAX_FILE + 1 } else { compiled::HEAD };
        let mut bytes = Vec::new();
        match File::open(entry.path()).and_then(|file| file.take(most as u64).read_to_end(&mut bytes)) {
            Ok(_) if is_source => tree.add(&path, bytes),
            Ok(_) => tree.note_compiled(&path, &bytes),
            Err(_) if is_source => tree.skip(&path),
            Err(_) => {}
        }
    }
    Ok(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_and_crates_are_source_without_what_they_depend_on() {
        for (manifest, source) in [("go.mod", "main.go"), ("Cargo.toml", "main.rs")] {
            let folder = tempfile::tempdir().unwrap();
            assert!(!is_source(folder.path()));
            for skipped in ["vendor", "target"] {
                std::fs::create_dir(folder.path().join(skipped)).unwrap();
                std::fs::write(folder.path().join(skipped).join(source), "").unwrap();
            }
            std::fs::write(folder.path().join("vendor").join(VENDORED), "").unwrap();
            std::fs::write(folder.path().join(manifest), "").unwrap();
            std::fs::write(folder.path().join(source), "").unwrap();
            assert!(is_source(folder.path()));
            let tree = tree(folder.path()).unwrap();
            let mut wanted = [manifest, source];
            wanted.sort_unstable();
            assert_eq!(tree.paths().collect::<Vec<_>>(), wanted);
        }
    }
}
