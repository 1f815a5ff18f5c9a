//! The folder of a site: only changed files are written, each whole or not at all; vanished ones go; what is not
//! ours stays. A manifest names what is ours.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Error, Page, Summary};

/// The manifest's name in the folder.
const MANIFEST: &str = ".mcp-scan-site.json";

/// What the manifest holds.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    /// The form of this file.
    format: u32,
    /// Every file that is ours, sorted.
    files: BTreeSet<String>,
}

/// A folder that a site is being written into.
pub struct Folder {
    root: PathBuf,
    planned: BTreeSet<String>,
    /// Ours from an earlier run.
    old: BTreeSet<String>,
    /// Folders known to exist and to be no links.
    made: BTreeSet<PathBuf>,
    summary: Summary,
}

impl Folder {
    /// Claims `root` for the files `planned`. The manifest is written first, so that a run that is interrupted leaves
    /// nothing behind that the next one would not know as ours.
    pub fn open(root: &Path, planned: BTreeSet<String>) -> Result<Self, Error> {
        if let Some(path) = planned.iter().find(|path| !is_inside(path)) {
            return Err(Error::UnsafePath { path: path.clone() });
        }
        fs::create_dir_all(root).map_err(io("create", root))?;
        let old = ours(root)?;
        let summary = Summary { pages: planned.len(), ..Summary::default() };
        let mut folder = Self { root: root.to_owned(), planned, old, made: BTreeSet::new(), summary };
        folder.write_manifest(folder.old.union(&folder.planned).cloned().collect())?;
        Ok(folder)
    }

    /// Writes a page, unless it already stands there as it is.
    pub fn put(&mut self, page: &Page) -> Result<(), Error> {
        if !self.planned.contains(&page.path) {
            return Err(Error::UnsafePath { path: page.path.clone() });
        }
        let path = self.root.join(&page.path);
        self.make_parents(&page.path)?;
        if let Ok(found) = fs::symlink_metadata(&path) {
            if !found.is_file() || !self.old.contains(&page.path) {
                return Err(Error::Foreign { path });
            }
            let as_long = found.len() == page.contents.len() as u64;
            if as_long && fs::read(&path).map_err(io("read", &path))? == page.contents.as_bytes() {
                return Ok(());
            }
        }
        write_whole(&path, page.contents.as_bytes())?;
        self.summary.written += 1;
        Ok(())
    }

    /// Removes what an earlier run wrote and this one does not have.
    pub fn finish(mut self) -> Result<Summary, Error> {
        let gone: Vec<String> = self.old.difference(&self.planned).cloned().collect();
        for path in gone {
            self.remove(&path)?;
        }
        self.write_manifest(self.planned.clone())?;
        Ok(self.summary)
    }

    /// Removes one file, and the folders above it that this leaves empty.
    fn remove(&mut self, relative: &str) -> Result<(), Error> {
        let inside_links = parents(relative).any(|p| self.root.join(p).is_symlink());
        let path = self.root.join(relative);
        if inside_links || !path.is_file() {
            return Ok(());
        }
        fs::remove_file(&path).map_err(io("remove", &path))?;
        self.summary.removed += 1;
        // Fails where something else is left in the folder, which is then not ours to remove.
        let emptied: Vec<PathBuf> = parents(relative).map(|p| self.root.join(p)).collect();
        let _ = emptied.iter().rev().try_for_each(fs::remove_dir);
        Ok(())
    }

    /// Makes the folders above `relative`. A link among them would lead out of the site and is refused.
    fn make_parents(&mut self, relative: &str) -> Result<(), Error> {
        for parent in parents(relative) {
            let path = self.root.join(parent);
            if self.made.contains(&path) {
                continue;
            }
            match fs::symlink_metadata(&path) {
                Ok(found) if !found.is_dir() => return Err(Error::Foreign { path }),
                Ok(_) => {}
                Err(_) => fs::create_dir(&path).map_err(io("create", &path))?,
            }
            self.made.insert(path);
        }
        Ok(())
    }

    fn write_manifest(&mut self, files: BTreeSet<String>) -> Result<(), Error> {
        let path = self.root.join(MANIFEST);
        let mut text = serde_json::to_vec_pretty(&Manifest { format: 1, files }).map_err(|e| Error::Io {
            what: "write",
            path: path.clone(),
            cause: e.into(),
        })?;
        text.push(b'\n');
        if fs::read(&path).is_ok_and(|found| found == text) {
            return Ok(());
        }
        write_whole(&path, &text)
    }
}

/// The files in `root` that an earlier run wrote; an error when there are others and none of ours.
pub fn ours(root: &Path) -> Result<BTreeSet<String>, Error> {
    match read_manifest(root)? {
        Some(manifest) => Ok(manifest.files),
        None if is_empty(root)? => Ok(BTreeSet::new()),
        None => Err(Error::NotOurs { dir: root.to_owned() }),
    }
}

/// The folders above `relative`, outermost first, the site's own folder left out.
fn parents(relative: &str) -> impl Iterator<Item = &str> {
    relative.match_indices('/').map(|(at, _)| &relative[..at])
}

/// True when `path` is a plain relative path of our own making: no way up, no drive, nothing that a shell, a file
/// system or an address reads in a special way.
fn is_inside(path: &str) -> bool {
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    path != MANIFEST
        && path.split('/').all(|part| !matches!(part, "" | "." | "..") && plain(part))
        && Path::new(path).components().all(|c| matches!(c, Component::Normal(_)))
}

fn read_manifest(root: &Path) -> Result<Option<Manifest>, Error> {
    let path = root.join(MANIFEST);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(Error::Io { what: "read", path, cause }),
    };
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|e| Error::Manifest { path: path.clone(), cause: e.to_string() })?;
    match manifest.files.iter().find(|file| !is_inside(file)) {
        Some(odd) => Err(Error::Manifest { path, cause: format!("it names {odd:?}, which is no page") }),
        None => Ok(Some(manifest)),
    }
}

fn is_empty(root: &Path) -> Result<bool, Error> {
    Ok(fs::read_dir(root).map_err(io("read", root))?.next().is_none())
}

/// Writes to a temporary file in the same folder and renames it, so that nobody ever sees half a file.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mcp-scan-");
    // A page is for others to read; a temporary file by itself is not. The user's umask still applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(dir).map_err(io("write", path))?;
    file.write_all(bytes).map_err(io("write", path))?;
    file.persist(path).map_err(|e| io("write", path)(e.error))?;
    Ok(())
}

fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |cause| Error::Io { what, path, cause }
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
    fn a_manifest_cannot_make_us_remove_what_is_not_ours() {
        let dir = tempfile::tempdir().unwrap();
        let site = dir.path().join("site");
        fs::create_dir(&site).unwrap();
        fs::write(dir.path().join("precious"), "x").unwrap();
        fs::write(site.join(MANIFEST), r#"{"format":1,"files":["../precious"]}"#).unwrap();
        assert!(matches!(Folder::open(&site, BTreeSet::new()), Err(Error::Manifest { .. })));
        assert!(dir.path().join("precious").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_inside_the_site_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (site, outside) = (dir.path().join("site"), dir.path().join("outside"));
        fs::create_dir(&outside).unwrap();
        let page = Page { path: "a/index.html".into(), contents: "x".into() };
        let mut folder = Folder::open(&site, [page.path.clone()].into()).unwrap();
        std::os::unix::fs::symlink(&outside, site.join("a")).unwrap();
        assert!(matches!(folder.put(&page), Err(Error::Foreign { .. })));
        assert!(is_empty(&outside).unwrap());
    }
}
