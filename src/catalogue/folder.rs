//! Writes the site folder. Changed files are first written to a temporary folder and moved into place at the end, so
//! that a run that fails before then leaves the old site intact. Files are moved one by one: if the move is
//! interrupted, old and new pages mix, each file is whole, and the next run completes the site. Files that are no
//! longer part of the site are removed; files that mcp-scan did not write are kept.

use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::error::Error;
use super::fingerprint::Fingerprint;
use super::manifest::{self, FileRecord, MANIFEST, Manifest, is_inside};
use super::page::{Page, Summary};

/// The temporary folder for changed files. It is inside the site folder so that moving a file is a rename.
const STAGING_FOLDER: &str = ".mcp-scan-next";

/// A site folder that is being written.
pub(crate) struct Folder {
    root: PathBuf,
    /// The manifest of the previous run.
    old: Manifest,
    /// The number of files written to the temporary folder.
    taken: AtomicU32,
    /// True if this run created the folder.
    is_new: bool,
}

/// A file of the new site.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: Box<str>,
    pub(crate) record: FileRecord,
    /// The number of the file in the temporary folder. `None` if the site already contains it unchanged.
    staged: Option<u32>,
}

impl Folder {
    /// Opens `root` for writing. It must be a site that mcp-scan wrote, empty or missing.
    pub(crate) fn open(root: &Path) -> Result<Self, Error> {
        if root.is_symlink() {
            return Err(Error::Link { path: root.to_owned() });
        }
        let is_new = !root.exists();
        fs::create_dir_all(root).map_err(io("create", root))?;
        let folder = Self { root: root.to_owned(), old: ours(root)?, taken: AtomicU32::new(0), is_new };
        folder.clear_staging()?;
        let staged = root.join(STAGING_FOLDER);
        fs::create_dir(&staged).map_err(io("create", &staged))?;
        Ok(folder)
    }

    /// The files at `paths` if a previous run made all of them from `from` and they still exist.
    pub(crate) fn kept(&self, paths: Vec<String>, from: Fingerprint) -> Option<Vec<File>> {
        let one = |path: String| {
            let record = self.old.get(&path).filter(|record| record.from == from)?;
            let found = fs::symlink_metadata(self.root.join(&path)).ok()?;
            (found.is_file() && found.len() == record.size).then_some(File { path: path.into(), record, staged: None })
        };
        paths.into_iter().map(one).collect()
    }

    /// Adds a page that was made from `from`. Writes nothing if the site already contains the same bytes.
    pub(crate) fn take(&self, page: Page, from: Fingerprint) -> Result<File, Error> {
        let Page { path, contents } = page;
        if !is_inside(&path) {
            return Err(Error::UnsafePath { path });
        }
        let target = self.root.join(&path);
        let record = FileRecord { from, size: contents.len() as u64 };
        if let Ok(found) = fs::symlink_metadata(&target) {
            if !found.is_file() || self.old.get(&path).is_none() {
                return Err(Error::Foreign { path: target });
            }
            if found.len() == record.size && fs::read(&target).map_err(io("read", &target))? == contents {
                return Ok(File { path: path.into(), record, staged: None });
            }
        }
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
        let staged = self.staged(number);
        fs::write(&staged, &contents).map_err(io("write", &staged))?;
        Ok(File { path: path.into(), record, staged: Some(number) })
    }

    fn staged(&self, number: u32) -> PathBuf {
        self.root.join(STAGING_FOLDER).join(number.to_string())
    }

    /// Replaces the site by `files`: moves changed files into place and removes files that only the previous run wrote.
    pub(crate) fn finish(mut self, mut files: Vec<File>) -> Result<Summary, Error> {
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        if let Some(pair) = files.windows(2).find(|pair| pair[0].path == pair[1].path) {
            return Err(Error::UnsafePath { path: pair[0].path.to_string() });
        }
        let (pages, written) = (files.len(), files.iter().filter(|file| file.staged.is_some()).count());
        let moves = || files.iter().filter_map(|file| Some((&*file.path, file.staged?)));
        let mut parents = Parents::below(&self.root);
        moves().try_for_each(|(path, _)| parents.check(path))?;
        let is_in = |path: &str| files.binary_search_by(|file| (*file.path).cmp(path)).is_ok();
        let removed_paths: Vec<&str> = self.old.iter().map(|(path, _)| path).filter(|path| !is_in(path)).collect();
        if written > 0 || !removed_paths.is_empty() {
            self.write_manifest(self.interim(&files))?;
        }
        let mut parents = Parents::below(&self.root);
        for (path, number) in moves() {
            parents.make(path)?;
            let target = self.root.join(path);
            fs::rename(self.staged(number), &target).map_err(io("write", &target))?;
        }
        let mut removed = 0;
        for path in removed_paths {
            removed += usize::from(remove(&self.root, path)?);
        }
        let new = files.iter().map(|file| (&*file.path, file.record));
        if !new.clone().eq(self.old.iter()) {
            self.write_manifest(new)?;
        }
        self.clear_staging()?;
        self.is_new = false;
        Ok(Summary { pages, written, removed })
    }

    /// The files of the old and the new site. Files that are about to change have an unknown digest, so that this
    /// manifest is correct wherever the run stops.
    fn interim<'a>(&'a self, new: &'a [File]) -> impl Iterator<Item = (&'a str, FileRecord)> + Clone {
        let (mut old, mut new) = (self.old.iter().peekable(), new.iter().peekable());
        std::iter::from_fn(move || {
            let path = match (old.peek(), new.peek()) {
                (Some((old, _)), Some(new)) => (*old).min(&*new.path),
                (Some((old, _)), None) => *old,
                (None, new) => &*new?.path,
            };
            let before = old.next_if(|(old, _)| *old == path);
            let now = new.next_if(|new| &*new.path == path);
            let is_moved = now.is_some_and(|file| file.staged.is_some());
            Some((path, before.filter(|_| !is_moved).map(|(_, record)| record).unwrap_or_default()))
        })
    }

    fn write_manifest<'a>(&self, files: impl Iterator<Item = (&'a str, FileRecord)> + Clone) -> Result<(), Error> {
        // The temporary folder is created by this run, so nobody else has put a link there.
        let (path, staged) = (self.root.join(MANIFEST), self.root.join(STAGING_FOLDER).join("manifest"));
        let written = fs::File::create(&staged).and_then(|file| manifest::write(files, BufWriter::new(file)));
        written.and_then(|()| fs::rename(&staged, &path)).map_err(io("write", &path))
    }

    fn clear_staging(&self) -> Result<(), Error> {
        let staged = self.root.join(STAGING_FOLDER);
        match fs::symlink_metadata(&staged) {
            Err(_) => Ok(()),
            Ok(found) if found.is_dir() => fs::remove_dir_all(&staged).map_err(io("remove", &staged)),
            Ok(_) => Err(Error::Foreign { path: staged }),
        }
    }
}

/// A failed run, for example on a full disk, leaves no folder behind that it created.
impl Drop for Folder {
    fn drop(&mut self) {
        let _ = self.clear_staging();
        if self.is_new {
            // Fails if the folder contains at least a part of the site.
            let _ = fs::remove_dir(&self.root);
        }
    }
}

/// Checks and creates the parent folders of the site's files, which are visited in path order. A symbolic link among
/// them would lead out of the site and is an error.
struct Parents<'a> {
    root: &'a Path,
    /// The parent folder of the previous file. It and its parents are known to be real folders.
    last: String,
}

impl<'a> Parents<'a> {
    fn below(root: &'a Path) -> Self {
        Self { root, last: String::new() }
    }

    fn is_known(&self, folder: &str) -> bool {
        self.last.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Returns an error if a parent of `relative` exists and is not a folder.
    fn check(&mut self, relative: &str) -> Result<(), Error> {
        for folder in parents(relative) {
            if !self.is_known(folder) {
                let path = self.root.join(folder);
                match fs::symlink_metadata(&path) {
                    Ok(found) if !found.is_dir() => return Err(Error::Foreign { path }),
                    Ok(_) => folder.clone_into(&mut self.last),
                    Err(_) => return Ok(()),
                }
            }
        }
        Ok(())
    }

    /// Creates the missing parent folders of `relative`.
    fn make(&mut self, relative: &str) -> Result<(), Error> {
        self.check(relative)?;
        for folder in parents(relative) {
            if !self.is_known(folder) {
                let path = self.root.join(folder);
                fs::create_dir(&path).map_err(io("create", &path))?;
                folder.clone_into(&mut self.last);
            }
        }
        Ok(())
    }
}

/// Removes a file and the parent folders that become empty. Returns false if the file was missing.
fn remove(root: &Path, relative: &str) -> Result<bool, Error> {
    let inside_links = parents(relative).any(|p| root.join(p).is_symlink());
    let path = root.join(relative);
    if inside_links || !path.is_file() {
        return Ok(false);
    }
    fs::remove_file(&path).map_err(io("remove", &path))?;
    // Fails for a folder with other files, which is then kept.
    let emptied: Vec<PathBuf> = parents(relative).map(|p| root.join(p)).collect();
    let _ = emptied.iter().rev().try_for_each(fs::remove_dir);
    Ok(true)
}

/// The manifest of the previous run. An error if `root` contains other files and no manifest.
pub(crate) fn ours(root: &Path) -> Result<Manifest, Error> {
    match Manifest::read(root)? {
        Some(manifest) => Ok(manifest),
        None if is_empty(root)? => Ok(Manifest::default()),
        None => Err(Error::NotASite { dir: root.to_owned() }),
    }
}

/// The parent folders of `relative`, outermost first, without the site folder itself.
fn parents(relative: &str) -> impl Iterator<Item = &str> {
    relative.match_indices('/').map(|(at, _)| &relative[..at])
}

/// True if `root` is empty except for the temporary folder of an interrupted first run.
fn is_empty(root: &Path) -> Result<bool, Error> {
    let names = fs::read_dir(root).map_err(io("read", root))?;
    Ok(names.flatten().all(|entry| entry.file_name() == STAGING_FOLDER))
}

fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |cause| Error::Io { what, path, cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(path: &str, contents: &str) -> Page {
        Page { path: path.into(), contents: contents.into() }
    }

    fn site(root: &Path, pages: &[(&str, &str)]) -> Result<Summary, Error> {
        let folder = Folder::open(root)?;
        let take = |(path, text): &(&str, &str)| folder.take(page(path, text), text.len() as Fingerprint);
        let files = pages.iter().map(take).collect::<Result<_, _>>()?;
        folder.finish(files)
    }

    #[test]
    fn a_manifest_cannot_make_us_remove_what_is_not_ours() {
        let dir = tempfile::tempdir().unwrap();
        let site = dir.path().join("site");
        fs::create_dir(&site).unwrap();
        fs::write(dir.path().join("precious"), "x").unwrap();
        fs::write(site.join(MANIFEST), r#"{"format":3,"files":{"../precious":{"from":0,"size":1}}}"#).unwrap();
        assert!(matches!(Folder::open(&site), Err(Error::Manifest { .. })));
        assert!(dir.path().join("precious").exists());
    }

    #[test]
    fn an_interrupted_run_leaves_the_old_site_whole() {
        let dir = tempfile::tempdir().unwrap();
        let read = |path: &str| fs::read_to_string(dir.path().join(path)).unwrap();
        let old = [("index.html", "old"), ("a/index.html", "old a")];
        site(dir.path(), &old).unwrap();
        let manifest = read(MANIFEST);
        let folder = Folder::open(dir.path()).unwrap();
        folder.take(page("index.html", "new"), 7).unwrap();
        drop(folder);
        assert_eq!(
            (read("index.html"), read("a/index.html"), read(MANIFEST)),
            ("old".into(), "old a".into(), manifest)
        );
        let again = site(dir.path(), &old).unwrap();
        assert_eq!((again.written, again.removed), (0, 0));
        assert!(!dir.path().join(STAGING_FOLDER).exists());
    }

    #[test]
    fn a_run_that_fails_leaves_no_folder_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let (new, known) = (dir.path().join("new"), dir.path().join("known"));
        site(&known, &[("index.html", "old")]).unwrap();
        for root in [&new, &known] {
            assert!(site(root, &[("index.html", "new"), ("../x", "x")]).is_err());
        }
        assert!(!new.exists() && known.exists() && !known.join(STAGING_FOLDER).exists());
        assert_eq!(fs::read_to_string(known.join("index.html")).unwrap(), "old");
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_a_link() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let (root, precious) = (dir.path().join("site"), dir.path().join("precious"));
        fs::write(&precious, "x").unwrap();
        site(&root, &[("a", "1")]).unwrap();
        for name in [".mcp-scan-manifest", "index.html"] {
            symlink(&precious, root.join(name)).unwrap();
        }
        assert!(matches!(site(&root, &[("index.html", "new")]), Err(Error::Foreign { .. })));
        fs::remove_file(root.join("index.html")).unwrap();
        site(&root, &[("index.html", "new")]).unwrap();
        symlink(&precious, root.join(STAGING_FOLDER)).unwrap();
        assert!(matches!(site(&root, &[("index.html", "newer")]), Err(Error::Foreign { .. })));
        fs::remove_file(root.join(STAGING_FOLDER)).unwrap();
        symlink(&root, dir.path().join("link")).unwrap();
        assert!(matches!(site(&dir.path().join("link"), &[("a", "2")]), Err(Error::Link { .. })));
        assert_eq!(fs::read_to_string(&precious).unwrap(), "x");
    }

    #[test]
    fn while_files_move_the_manifest_names_all_and_what_moves_as_unknown() {
        let dir = tempfile::tempdir().unwrap();
        site(dir.path(), &[("a", "old"), ("b", "same"), ("d", "gone")]).unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        let take = |(path, text): (&str, &str)| folder.take(page(path, text), text.len() as Fingerprint).unwrap();
        let new = [("a", "other"), ("b", "same"), ("c", "new")].map(take);
        let known = |size: u64| FileRecord { from: size as Fingerprint, size };
        let interim: Vec<(&str, FileRecord)> = folder.interim(&new).collect();
        assert_eq!(interim, [("a", known(0)), ("b", known(4)), ("c", known(0)), ("d", known(4))]);
    }

    #[test]
    fn files_are_kept_only_as_they_were_made() {
        let dir = tempfile::tempdir().unwrap();
        site(dir.path(), &[("index.html", "text"), ("index.json", "data")]).unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        let kept = |paths: &[&str], from| folder.kept(paths.iter().map(|p| (*p).to_owned()).collect(), from).is_some();
        let both = ["index.html", "index.json"];
        assert!(kept(&both, 4) && !kept(&both, 5) && !kept(&["index.html", "no.html"], 4));
        fs::write(dir.path().join("index.json"), "cut").unwrap();
        assert!(kept(&["index.html"], 4) && !kept(&both, 4));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_inside_the_site_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (root, outside) = (dir.path().join("site"), dir.path().join("outside"));
        fs::create_dir(&outside).unwrap();
        site(&root, &[]).unwrap();
        std::os::unix::fs::symlink(&outside, root.join("a")).unwrap();
        manifest::write(std::iter::empty(), fs::File::create(root.join(MANIFEST)).unwrap()).unwrap();
        assert!(matches!(site(&root, &[("a/index.html", "x")]), Err(Error::Foreign { .. })));
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    }
}
