//! The files of a folder with the digest of each: everything that a command started there can run or load. Which files
//! are code is not guessed. Every regular file counts, except what [`skips`] names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::git_settings;

/// Maximum number of files and folders, and of bytes in all files. A project above is never cut: nobody can agree to it
/// for later runs.
pub(crate) const MAX_FILES: usize = 20_000;
pub(crate) const MAX_BYTES: u64 = 512 << 20;

/// Maximum number of links to follow.
const MAX_LINKS: usize = 40;

/// The folders of git's own data, inside `.git`. Git writes them at every commit and runs nothing from them.
const GIT_FOLDERS: [&str; 4] = ["logs", "refs", "lfs", "objects"];
/// The files of git's own data.
const GIT_FILES: [&str; 13] = [
    "HEAD",
    "FETCH_HEAD",
    "ORIG_HEAD",
    "MERGE_HEAD",
    "MERGE_MODE",
    "MERGE_MSG",
    "AUTO_MERGE",
    "COMMIT_EDITMSG",
    "description",
    "gc.log",
    "index",
    "packed-refs",
    "shallow",
];

/// Folders of the system, whose programs are not a part of any project.
const SYSTEM: [&str; 12] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc",
    "/nix/store",
    "/opt/homebrew",
    "/System",
    "C:\\Windows",
    "C:\\Program Files",
];

/// Why not all files that a command may run can be checked. Nobody can agree to such a command for later runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UncheckedFiles {
    /// Too many files.
    #[error("{0} has more than {MAX_FILES} files")]
    Count(String),
    /// Too many bytes.
    #[error("the files in {0} are larger than {mib} MiB", mib = MAX_BYTES >> 20)]
    Size(String),
    /// A file or folder that cannot be read.
    #[error("{0} cannot be read")]
    Unreadable(String),
    /// A pipe or a device: a program may run what comes out of it.
    #[error("{0} is a pipe or a device, whose content cannot be known")]
    Pipe(String),
    /// A path whose meaning depends on the process that opens it.
    #[error("{0} names a file by way of a process")]
    Process(String),
    /// A folder that is outside of the project by way of a link.
    #[error("{0} is a link that leads out of the project")]
    Link(String),
}

/// Digests by path. A path is relative to its folder.
pub(crate) type Digests = BTreeMap<String, String>;

/// The folders that were read in this run, each once.
#[derive(Debug, Default)]
pub(crate) struct ProjectFiles {
    read: BTreeMap<(PathBuf, GitData), Result<Arc<Digests>, UncheckedFiles>>,
}

/// Whether git's own data counts: where a command names it, it may be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum GitData {
    Counts,
    Skipped,
}

impl ProjectFiles {
    /// The files of the folder `root`, whose links are resolved.
    pub(crate) fn in_folder(&mut self, root: &Path, git: GitData) -> Result<Arc<Digests>, UncheckedFiles> {
        let read = self.read.entry((root.to_owned(), git));
        read.or_insert_with(|| digests(root, git).map(Arc::new)).clone()
    }
}

/// True for a path of the system or one of its programs.
pub(crate) fn is_of_system(path: &Path) -> bool {
    SYSTEM.iter().any(|system| path.starts_with(system))
}

/// The digest of the file at `path`, outside of any folder that is read.
pub(crate) fn of_file(path: &Path) -> Result<String, UncheckedFiles> {
    let unreadable = || UncheckedFiles::Unreadable(path.display().to_string());
    let found = fs::metadata(path).map_err(|_| unreadable())?;
    if found.len() > MAX_BYTES {
        return Err(UncheckedFiles::Size(path.display().to_string()));
    }
    content(path, &found).map_err(|_| unreadable())
}

/// True for a pipe or a device. Nothing can be run from a socket.
#[cfg(unix)]
fn may_be_run(kind: fs::FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    !kind.is_socket()
}

/// There are no such files in the folders of other systems.
#[cfg(not(unix))]
fn may_be_run(_: fs::FileType) -> bool {
    false
}

fn digests(root: &Path, git: GitData) -> Result<Digests, UncheckedFiles> {
    let folders = vec![(root.to_owned(), String::new())];
    let mut walk = Walk { root, git, known: BTreeSet::new(), folders, found: Vec::new() };
    walk.run()?;
    let total = AtomicU64::new(0);
    // A sparse file is as long as it says.
    let count = |metadata: &Metadata| {
        let before = total.fetch_add(metadata.len(), Ordering::Relaxed);
        match before.saturating_add(metadata.len()) > MAX_BYTES {
            true => Err(UncheckedFiles::Size(root.display().to_string())),
            false => Ok(()),
        }
    };
    let read = |Found { path, name, form }: Found| {
        let digest = match form {
            Form::Link(target) => named(b"link", target.as_os_str().as_encoded_bytes()),
            Form::Special => "special".to_owned(),
            Form::File(metadata) => {
                count(&metadata)?;
                content(&path, &metadata).map_err(|_| UncheckedFiles::Unreadable(path.display().to_string()))?
            }
            Form::GitSettings(metadata) => {
                count(&metadata)?;
                match git_settings::that_run_programs(&path) {
                    Ok(settings) if settings.is_empty() => return Ok(None),
                    Ok(settings) => named(b"settings", settings.as_bytes()),
                    Err(_) => return Err(UncheckedFiles::Unreadable(path.display().to_string())),
                }
            }
        };
        Ok(Some((name, digest)))
    };
    let read: Result<Vec<_>, UncheckedFiles> = walk.found.into_par_iter().map(read).collect();
    Ok(read?.into_iter().flatten().collect())
}

/// A walk over a folder, and over the folders that its links lead to.
struct Walk<'a> {
    root: &'a Path,
    git: GitData,
    /// Folders outside of the root that were walked already.
    known: BTreeSet<PathBuf>,
    /// Folders that remain, each with its name relative to the root.
    folders: Vec<(PathBuf, String)>,
    found: Vec<Found>,
}

struct Found {
    path: PathBuf,
    name: String,
    form: Form,
}

enum Form {
    File(Metadata),
    /// Settings of git, of which not all lines count.
    GitSettings(Metadata),
    /// A link, with its target as written.
    Link(PathBuf),
    /// A pipe, socket or device.
    Special,
}

impl Walk<'_> {
    fn run(&mut self) -> Result<(), UncheckedFiles> {
        let mut seen = 0;
        while let Some((folder, name)) = self.folders.pop() {
            let unreadable = || UncheckedFiles::Unreadable(folder.display().to_string());
            for entry in fs::read_dir(&folder).map_err(|_| unreadable())? {
                let entry = entry.map_err(|_| unreadable())?;
                seen += 1;
                if seen > MAX_FILES {
                    return Err(UncheckedFiles::Count(self.root.display().to_string()));
                }
                let below = shown(&entry.file_name());
                let name = if name.is_empty() { below } else { format!("{name}/{below}") };
                let kind = entry.file_type().map_err(|_| unreadable())?;
                if !self.skips(&name, kind.is_dir()) {
                    self.entry(entry.path(), name, kind)?;
                }
            }
        }
        Ok(())
    }

    fn entry(&mut self, path: PathBuf, name: String, kind: fs::FileType) -> Result<(), UncheckedFiles> {
        if kind.is_dir() {
            self.folders.push((path, name));
            return Ok(());
        }
        if kind.is_symlink() {
            return self.link(path, name);
        }
        let form = match kind.is_file() {
            true => {
                let unreadable = |_| UncheckedFiles::Unreadable(path.display().to_string());
                let found = fs::metadata(&path).map_err(unreadable)?;
                let is_settings = self.git == GitData::Skipped && is_git_settings(&name);
                match is_settings && found.len() <= git_settings::MAX_SETTINGS {
                    true => Form::GitSettings(found),
                    false => Form::File(found),
                }
            }
            false if may_be_run(kind) => return Err(UncheckedFiles::Pipe(path.display().to_string())),
            false => Form::Special,
        };
        self.found.push(Found { path, name, form });
        Ok(())
    }

    fn skips(&self, name: &str, is_folder: bool) -> bool {
        self.git == GitData::Skipped && skips(name, is_folder)
    }

    /// A link counts by its target, and by the content there unless that counts already or is of the system.
    fn link(&mut self, path: PathBuf, name: String) -> Result<(), UncheckedFiles> {
        let target = fs::read_link(&path).map_err(|_| UncheckedFiles::Unreadable(path.display().to_string()))?;
        if leads_by_process(&path) {
            return Err(UncheckedFiles::Process(name));
        }
        let real = fs::canonicalize(&path).ok();
        self.found.push(Found { path, name: name.clone(), form: Form::Link(target) });
        let Some(real) = real else { return Ok(()) };
        let counts_already = real.strip_prefix(self.root).is_ok_and(|below| {
            let parts: Vec<String> = below.iter().map(shown).collect();
            let is_kept = |end: &usize| !self.skips(&parts[..*end].join("/"), *end < parts.len() || real.is_dir());
            (1..=parts.len()).all(|end| is_kept(&end))
        });
        if counts_already || is_of_system(&real) {
            return Ok(());
        }
        let behind = format!("{name}/.");
        match fs::metadata(&real) {
            Ok(found) if found.is_dir() => {
                if self.known.insert(real.clone()) {
                    self.folders.push((real, behind));
                }
            }
            Ok(found) if found.is_file() => {
                self.found.push(Found { path: real, name: behind, form: Form::File(found) });
            }
            Ok(_) | Err(_) => {}
        }
        Ok(())
    }
}

/// `path` without `.` and `..`.
pub(super) fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, component| {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
        plain
    })
}

/// True if the link at `path` leads through the files of a process, where it is another file for each.
fn leads_by_process(path: &Path) -> bool {
    let next = |path: &PathBuf| Some(path.parent()?.join(fs::read_link(path).ok()?));
    let hops = std::iter::successors(next(&path.to_owned()), next).take(MAX_LINKS);
    hops.map(|hop| plain(&hop)).any(|hop| ["/proc", "/dev/fd"].iter().any(|folder| hop.starts_with(folder)))
}

/// True for what cannot run: git's own data.
fn skips(name: &str, is_folder: bool) -> bool {
    let mut parts = name.split('/').skip_while(|part| *part != ".git").skip(1);
    let Some(last) = parts.clone().last() else { return false };
    if parts.any(|part| part == "hooks") {
        return last.ends_with(".sample");
    }
    if is_folder { GIT_FOLDERS.contains(&last) } else { GIT_FILES.contains(&last) }
}

fn is_git_settings(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default();
    let is_in_hooks = name.split('/').any(|part| part == "hooks");
    name.split('/').any(|part| part == ".git") && !is_in_hooks && ["config", "config.worktree"].contains(&last)
}

/// `name` as text. Names that are not UTF-8 keep their bytes as escapes.
fn shown(name: &std::ffi::OsStr) -> String {
    name.to_str().map_or_else(|| name.as_encoded_bytes().escape_ascii().to_string(), str::to_owned)
}

/// The digest of the content of a file, and of whether it can be run as a program.
fn content(path: &Path, metadata: &Metadata) -> io::Result<String> {
    let mut hash = Sha256::new();
    hash.update(if is_program(metadata) { b"program\0" } else { b"file\0\0\0\0" });
    let mut file = match File::open(path) {
        Ok(file) => file,
        // What can be neither read nor run is no code for us, nor for a server with our rights.
        Err(cause) if cause.kind() == io::ErrorKind::PermissionDenied && !is_program(metadata) => {
            return Ok("unreadable".into());
        }
        Err(cause) => return Err(cause),
    };
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => hash.update(buffer.get(..read).unwrap_or_default()),
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(URL_SAFE_NO_PAD.encode(hash.finalize()))
}

#[cfg(unix)]
fn is_program(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_program(_: &Metadata) -> bool {
    false
}

fn named(kind: &[u8], bytes: &[u8]) -> String {
    let hash = Sha256::new().chain_update(kind).chain_update([0]).chain_update(bytes);
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, name: &str, text: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(root: &Path) -> Digests {
        digests(&root.canonicalize().unwrap(), GitData::Skipped).unwrap()
    }

    #[test]
    fn every_file_counts_but_the_data_of_git() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "a.py",
            "data/notes.txt",
            "node_modules/x/index.js",
            ".npmrc",
            ".git/HEAD",
            ".git/index",
            ".git/objects/ab/cdef",
            ".git/configure",
            ".git/run.sh",
            ".git/hooks/pre-commit",
            ".git/hooks/pre-push.sample",
            ".git/modules/sub/objects/x",
            ".git/modules/sub/hooks/post-checkout",
            "deep/.git/logs/HEAD",
        ] {
            write(dir.path(), name, "x");
        }
        write(dir.path(), ".git/config", "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://h.example/x\n");
        write(dir.path(), "deep/.git/config", "[core]\n\tfsmonitor = ./x\n");
        let names: Vec<String> = read(dir.path()).into_keys().collect();
        let counted = [
            ".git/configure",
            ".git/hooks/pre-commit",
            ".git/modules/sub/hooks/post-checkout",
            ".git/run.sh",
            ".npmrc",
            "a.py",
            "data/notes.txt",
            "deep/.git/config",
            "node_modules/x/index.js",
        ];
        assert_eq!(names, counted);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_counts_by_what_it_leads_to() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("project");
        write(&root, "a.sh", "one");
        write(&root, ".git/index", "one");
        write(dir.path(), "outside/run.sh", "one");
        for (target, link) in [
            ("../outside", "folder"),
            ("../outside/run.sh", "file"),
            ("a.sh", "inside"),
            (".git/index", "skipped"),
            ("/usr/bin", "system"),
            ("nowhere", "dangling"),
            (".", "itself"),
        ] {
            symlink(target, root.join(link)).unwrap();
        }
        let first = read(&root);
        let names: Vec<&str> = first.keys().map(String::as_str).collect();
        let all = [
            "a.sh",
            "dangling",
            "file",
            "file/.",
            "folder",
            "folder/./run.sh",
            "inside",
            "itself",
            "skipped",
            "skipped/.",
            "system",
        ];
        assert_eq!(names, all);
        write(dir.path(), "outside/run.sh", "two");
        write(&root, ".git/index", "two");
        fs::set_permissions(root.join("a.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        let second = read(&root);
        let changed: Vec<&str> = first
            .iter()
            .filter(|(name, digest)| second.get(*name) != Some(digest))
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(changed, ["a.sh", "file/.", "folder/./run.sh", "skipped/."]);
        symlink("/proc/self/cwd", root.join("process")).unwrap();
        let refused = digests(&root.canonicalize().unwrap(), GitData::Skipped);
        assert!(matches!(&refused, Err(UncheckedFiles::Process(name)) if name == "process"), "{refused:?}");
    }

    #[test]
    fn a_folder_over_the_bounds_is_not_cut() {
        let dir = tempfile::tempdir().unwrap();
        File::create(dir.path().join("large")).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert!(matches!(digests(dir.path(), GitData::Skipped), Err(UncheckedFiles::Size(_))));
        fs::remove_file(dir.path().join("large")).unwrap();
        fs::create_dir(dir.path().join(".git")).unwrap();
        File::create(dir.path().join(".git/config")).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert!(matches!(digests(dir.path(), GitData::Skipped), Err(UncheckedFiles::Size(_))));
        fs::remove_dir_all(dir.path().join(".git")).unwrap();
        for at in 0..=MAX_FILES {
            File::create(dir.path().join(at.to_string())).unwrap();
        }
        assert!(matches!(digests(dir.path(), GitData::Skipped), Err(UncheckedFiles::Count(_))));
    }
}
