//! The manifest of a site folder: its files and the digest of the input of each.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path};

use serde::{Deserialize, Serialize, Serializer};

use super::error::Error;
use super::fingerprint::Fingerprint;

pub(crate) const MANIFEST: &str = ".mcp-scan-site.json";
/// The version of the manifest format.
const FORMAT: u32 = 3;

/// The files of a site, sorted by path, without duplicates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest(Vec<(Box<str>, FileRecord)>);

/// The manifest entry of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileRecord {
    /// The digest of its input; zero if unknown.
    pub(crate) from: Fingerprint,
    /// Size in bytes.
    pub(crate) size: u64,
}

/// The manifest as stored in JSON.
#[derive(Serialize, Deserialize)]
struct Stored<F> {
    format: u32,
    files: F,
}

/// Writes a manifest of `files` and a newline. `files` must be sorted by path, without duplicates.
pub(crate) fn write<'a>(
    files: impl Iterator<Item = (&'a str, FileRecord)> + Clone,
    mut out: impl Write,
) -> io::Result<()> {
    serde_json::to_writer(&mut out, &Stored { format: FORMAT, files: Listed(files) })?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Serializes the files one by one, because a collected list would need as much memory as the list of the site's files.
struct Listed<I>(I);

impl<'a, I: Iterator<Item = (&'a str, FileRecord)> + Clone> Serialize for Listed<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.clone())
    }
}

impl Manifest {
    /// The entry of the file at `path`, if any.
    pub(crate) fn get(&self, path: &str) -> Option<FileRecord> {
        let at = self.0.binary_search_by(|(own, _)| (**own).cmp(path)).ok()?;
        self.0.get(at).map(|(_, record)| *record)
    }

    /// The files, sorted by path.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, FileRecord)> + Clone {
        self.0.iter().map(|(path, record)| (&**path, *record))
    }

    /// The manifest in `root`. `None` if there is no manifest.
    pub(crate) fn read(root: &Path) -> Result<Option<Self>, Error> {
        let path = root.join(MANIFEST);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(Error::Io { what: "read", path, cause }),
        };
        let invalid = |cause: String| Error::Manifest { path: path.clone(), cause };
        let stored: Stored<BTreeMap<Box<str>, FileRecord>> =
            serde_json::from_slice(&text).map_err(|e| invalid(e.to_string()))?;
        if stored.format != FORMAT {
            return Err(invalid(format!("its format is {}, and this program reads {FORMAT}", stored.format)));
        }
        match stored.files.keys().find(|file| !is_inside(file)) {
            Some(file) => Err(invalid(format!("it lists {file:?}, which is not the path of a page"))),
            None => Ok(Some(Self(stored.files.into_iter().collect()))),
        }
    }
}

/// True if `path` is a plain relative path: no `..`, no drive, and no character that is special in a shell, a file
/// system or a URL.
pub(crate) fn is_inside(path: &str) -> bool {
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
        let record = FileRecord { from: Fingerprint::MAX, size: 3 };
        let manifest = Manifest(vec![("a/b.html".into(), record), ("b.html".into(), record)]);
        write(manifest.iter(), fs::File::create(dir.path().join(MANIFEST)).unwrap()).unwrap();
        assert_eq!((manifest.get("a/b.html"), manifest.get("a")), (Some(record), None));
        assert_eq!(Manifest::read(dir.path()).unwrap(), Some(manifest));
        fs::write(dir.path().join(MANIFEST), r#"{"format":1,"files":{}}"#).unwrap();
        assert!(matches!(Manifest::read(dir.path()), Err(Error::Manifest { .. })));
    }
}
