//! What a folder of ours holds, and what each file was made from.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use super::Error;
use super::sources::Mark;

/// The manifest's name in the folder.
pub const MANIFEST: &str = ".mcp-scan-site.json";
/// The form that we write and read.
const FORMAT: u32 = 3;

/// The files of a site, by their paths below its folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest(pub BTreeMap<String, Made>);

/// How a file was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The digest of what it was made from; zero when that is not known.
    pub from: Mark,
    /// Its length in bytes.
    pub size: u64,
}

/// The manifest as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored<F> {
    format: u32,
    files: F,
}

impl Manifest {
    /// The manifest in `root`; none when there is none.
    pub fn read(root: &Path) -> Result<Option<Self>, Error> {
        let path = root.join(MANIFEST);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(Error::Io { what: "read", path, cause }),
        };
        let odd = |cause: String| Error::Manifest { path: path.clone(), cause };
        let stored: Stored<BTreeMap<String, Made>> = serde_json::from_slice(&text).map_err(|e| odd(e.to_string()))?;
        if stored.format != FORMAT {
            return Err(odd(format!("it is of form {}, not {FORMAT}", stored.format)));
        }
        match stored.files.keys().find(|file| !is_inside(file)) {
            Some(file) => Err(odd(format!("it names {file:?}, which is no page"))),
            None => Ok(Some(Self(stored.files))),
        }
    }

    /// The manifest as it is stored, a newline at the end.
    pub fn text(&self) -> serde_json::Result<Vec<u8>> {
        let mut text = serde_json::to_vec(&Stored { format: FORMAT, files: &self.0 })?;
        text.push(b'\n');
        Ok(text)
    }
}

/// True when `path` is a plain relative path of our own making: no way up, no drive, nothing that a shell, a file
/// system or an address reads in a special way.
pub fn is_inside(path: &str) -> bool {
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    !path.starts_with(".mcp-scan-")
        && path.split('/').all(|part| !matches!(part, "" | "." | "..") && plain(part))
        && Path::new(path).components().all(|c| matches!(c, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_are_inside() {
        for path in ["index.html", "servers/a/b/index.html", "assets/style.css"] {
            assert!(is_inside(path), "{path}");
        }
        for path in ["", "/etc/x", "../x", "a/../../x", "a//b", "a\\b", "c:x", "a/./b", "a b", MANIFEST] {
            assert!(!is_inside(path), "{path}");
        }
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Manifest::read(dir.path()).unwrap(), None);
        let manifest = Manifest([("a/b.html".to_owned(), Made { from: Mark::MAX, size: 3 })].into());
        fs::write(dir.path().join(MANIFEST), manifest.text().unwrap()).unwrap();
        assert_eq!(Manifest::read(dir.path()).unwrap(), Some(manifest));
        fs::write(dir.path().join(MANIFEST), r#"{"format":1,"files":{}}"#).unwrap();
        assert!(matches!(Manifest::read(dir.path()), Err(Error::Manifest { .. })));
    }
}
