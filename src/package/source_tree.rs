//! The files of a package in memory, bounded.

use std::collections::BTreeMap;

use super::compiled::{self, CompiledFile};

/// The largest file that is kept, in bytes: bundles of JavaScript are large.
pub(crate) const MAX_FILE: usize = 16 * 1024 * 1024;
/// The most bytes of all files together.
const MAX_TOTAL: usize = 96 * 1024 * 1024;
/// The most files.
const MAX_FILES: usize = 20_000;
/// The longest path.
const MAX_PATH: usize = 512;
/// The most compiled programs that are noted.
const MAX_COMPILED: usize = 1_000;

/// The endings of files that can be source, or describe the package.
const ENDINGS: [&str; 18] = [
    ".go", ".rs", ".py", ".pyi", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".json", ".toml",
    ".cfg", ".yaml", ".yml", ".txt",
];
/// Other names of such files.
const NAMES: [&str; 3] = ["METADATA", "PKG-INFO", "go.mod"];

/// True for the path of a file that can be source, or that describes the package.
pub(crate) fn is_source(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    NAMES.contains(&name) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// True for the path of a file of code.
pub(crate) fn is_code(path: &str) -> bool {
    ENDINGS[..12].iter().any(|ending| path.ends_with(ending))
}

/// The files of a package by their paths, which are relative, use `/` and never leave the package.
#[derive(Debug, Clone, Default)]
pub(crate) struct SourceTree {
    files: BTreeMap<String, Vec<u8>>,
    total: usize,
    skipped: Vec<String>,
    compiled: Vec<CompiledFile>,
}

impl SourceTree {
    /// Adds a file. A path that leaves the package, and a file beyond the limits, is skipped and noted. Bytes that are not
    /// UTF-8, as in a comment in an older encoding, are replaced: runtimes read such a file, too.
    pub(crate) fn add(&mut self, path: &str, bytes: Vec<u8>) {
        self.note_compiled(path, &bytes);
        let bytes = String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
            .into_bytes();
        let room = bytes.len() <= MAX_FILE && self.total + bytes.len() <= MAX_TOTAL && self.files.len() < MAX_FILES;
        match normalized(path).filter(|_| room) {
            Some(path) => {
                self.total += bytes.len();
                if let Some(before) = self.files.insert(path, bytes) {
                    self.total -= before.len();
                }
            }
            None => self.skip(path),
        }
    }

    /// Adds the files of another package below `folder`. A file that is there already stays.
    pub(crate) fn merge(&mut self, folder: &str, other: Self) {
        for (path, bytes) in other.files {
            let path = format!("{folder}{path}");
            if !self.files.contains_key(&path) {
                self.add(&path, bytes);
            }
        }
    }

    /// Notes the file at `path` if it is a compiled program, by its first bytes.
    pub(crate) fn note_compiled(&mut self, path: &str, head: &[u8]) {
        if let Some(system) = compiled::system(head)
            && self.compiled.len() < MAX_COMPILED
            && let Some(path) = normalized(path)
        {
            self.compiled.push(CompiledFile { path, system });
        }
    }

    /// The compiled programs among all files, also those that are not kept.
    pub(crate) fn compiled(&self) -> &[CompiledFile] {
        &self.compiled
    }

    /// Notes a file that was not read.
    pub(crate) fn skip(&mut self, path: &str) {
        if self.skipped.len() < MAX_FILES {
            self.skipped.push(path.chars().take(MAX_PATH).collect());
        }
    }

    /// The text of the file at `path`. `None` if there is none.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        let bytes = self.files.get(path)?;
        std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).ok()
    }

    pub(crate) fn contains(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The paths of all files, sorted.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The files that were not kept.
    pub(crate) fn skipped(&self) -> &[String] {
        &self.skipped
    }
}

/// `path` relative to the package, without `.` and with `..` resolved. `None` if it leaves the package.
pub(crate) fn normalized(path: &str) -> Option<String> {
    if path.len() > MAX_PATH || path.starts_with('/') || path.contains(['\\', '\0']) {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_package() {
        assert_eq!(normalized("./a/../b//c.js").as_deref(), Some("b/c.js"));
        for path in ["/etc/passwd", "../x", "a/../../x", "a\\b", "", ".", "a\0b"] {
            assert_eq!(normalized(path), None, "{path}");
        }
    }

    #[test]
    fn a_file_beyond_the_limits_is_noted_and_not_kept() {
        let mut tree = SourceTree::default();
        tree.add("large.js", vec![b' '; MAX_FILE + 1]);
        tree.add("../out.js", Vec::new());
        tree.add("a.js", b"\xef\xbb\xbfx".to_vec());
        assert_eq!(tree.skipped(), ["large.js", "../out.js"]);
        assert_eq!((tree.text("a.js"), tree.text("large.js")), (Some("x"), None));
        assert_eq!(tree.paths().collect::<Vec<_>>(), ["a.js"]);
    }
}
