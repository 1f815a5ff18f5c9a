//! What a folder of ours holds, and what each file was made from.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path};

use serde::{Deserialize, Serialize, Serializer};

use super::error::Error;
use super::fingerprint::Fingerprint;

/// The manifest's name in the folder.
pub(crate) const MANIFEST: &str = ".mcp-scan-site.json";
/// The form that we write and read.
const FORMAT: u32 = 3;

/// The files of a site, in the order of their paths, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest(Vec<(Box<str>, Made)>);

/// How a file was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Made {
    /// The digest of what it was made from; zero when that is not known.
    pub(crate) from: Fingerprint,
    /// Its length in bytes.
    pub(crate) size: u64,
}

/// The manifest as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored<F> {
    format: u32,
    files: F,
}

/// Writes a manifest of `files`, which come in the order of their paths, each once; a newline at the end.
pub(crate) fn write<'a>(files: impl Iterator<Item = (&'a str, Made)> + Clone, mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut out, &Stored { format: FORMAT, files: Listed(files) })?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Files that are written one by one: a list of them all would be as large as the site's own.
struct Listed<I>(I);

impl<'a, I: Iterator<Item = (&'a str, Made)> + Clone> Serialize for Listed<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.clone())
    }
}

impl Manifest {
    /// How the file at `path` was made, if there is one.
    pub(crate) fn get(&self, path: &str) -> Option<Made> {
        let at = self.0.binary_search_by(|(own, _)| (**own).cmp(path)).ok()?;
        self.0.get(at).map(|(_, made)| *made)
    }

    /// The files in the order of their paths.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Made)> + Clone {
        self.0.iter().map(|(path, made)| (&**path, *made))
    }

    /// The manifest in `root`; none when there is none.
    pub(crate) fn read(root: &Path) -> Result<Option<Self>, Error> {
        let path = root.join(MANIFEST);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(Error::Io { what: "read", path, cause }),
        };
        let odd = |cause: String| Error::Manifest { path: path.clone(), cause };
        let stored: Stored<BTreeMap<Box<str>, Made>> = serde_json::from_slice(&text).map_err(|e| odd(e.to_string()))?;
        if stored.format != FORMAT {
            return Err(odd(format!("it is of form {}, not {FORMAT}", stored.format)));
        }
        match stored.files.keys().find(|file| !is_inside(file)) {
            Some(file) => Err(odd(format!("it names {file:?}, which is no page"))),
            None => Ok(Some(Self(stored.files.into_iter().collect()))),
        }
    }
}

/// True when `path` is a plain relative path of our own making: no way up, no drive, nothing that a shell, a file
/// system or an address reads in a special way.
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
        let made = Made { from: Fingerprint::MAX, size: 3 };
        let manifest = Manifest(vec![("a/b.html".into(), made), ("b.html".into(), made)]);
        write(manifest.iter(), fs::File::create(dir.path().join(MANIFEST)).unwrap()).unwrap();
        assert_eq!((manifest.get("a/b.html"), manifest.get("a")), (Some(made), None));
        assert_eq!(Manifest::read(dir.path()).unwrap(), Some(manifest));
        fs::write(dir.path().join(MANIFEST), r#"{"format":1,"files":{}}"#).unwrap();
        assert!(matches!(Manifest::read(dir.path()), Err(Error::Manifest { .. })));
    }
}
