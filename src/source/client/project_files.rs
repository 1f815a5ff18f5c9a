//! The files of folders with the digest of each: everything that a command started there can run or load. Which files
//! are code is not guessed. Every regular file counts, except git's own data.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::configuration_rest::without_servers;
use super::folder_walk::{Form, Found, walk};
use super::git_data::GitData;
use super::known_files::{is_of_system, is_ours, is_program, open_regular, shown};
use super::named_programs::{self, Program, SearchPath};
use super::package_folders::{Digests, condensed};
use super::process_paths::leads_by_process;
use super::unchecked_files::{MAX_BYTES, MAX_FILES_OF_RUN, MAX_SECONDS, UncheckedFiles};
use super::{git_data, git_settings, upward_files};
use crate::text::digest;

/// Largest configuration whose servers are told from the rest, in bytes.
const MAX_CONFIGURATION: u64 = 8 << 20;

/// A file that changed so shortly before it was read may change again without another time.
const TICK: Duration = Duration::from_secs(2);

/// The files of one folder, with a digest of the whole list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) digests: Digests,
    /// The number of files.
    pub(crate) count: usize,
}

impl Listed {
    pub(crate) fn new(digests: Digests) -> Self {
        let id = digest::sha256(digests.iter().flat_map(|(name, digest)| [name, digest]));
        Self { id, count: digests.len(), digests }
    }
}

/// The folders that were read, each once.
#[derive(Debug, Default)]
pub(crate) struct ProjectFiles {
    read: BTreeMap<(PathBuf, GitData), Result<Arc<Listed>, UncheckedFiles>>,
    above: BTreeMap<PathBuf, Result<Arc<Listed>, UncheckedFiles>>,
    configurations: BTreeMap<PathBuf, Option<String>>,
    programs: BTreeMap<PathBuf, Result<Arc<Program>, UncheckedFiles>>,
    search_path: OnceCell<SearchPath>,
    files: usize,
    known: Arc<Known>,
}

impl ProjectFiles {
    /// The files of the folder `root`, whose links are resolved.
    pub(super) fn in_folder(&mut self, root: &Path, git: GitData) -> Result<Arc<Listed>, UncheckedFiles> {
        let key = (root.to_owned(), git);
        if let Some(read) = self.read.get(&key) {
            return read.clone();
        }
        let read = digests(root, git, None, &self.known).and_then(|digests| self.listed(root, digests));
        self.read.insert(key, read.clone());
        read
    }

    /// The digest of the file at `path`, outside of any folder that is read.
    pub(super) fn file(&self, path: &Path) -> Result<String, UncheckedFiles> {
        let unreadable = |_| UncheckedFiles::Unreadable(path.display().to_string());
        let found = fs::metadata(path).map_err(unreadable)?;
        if !found.is_file() {
            return Err(UncheckedFiles::Pipe(path.display().to_string()));
        }
        if found.len() > MAX_BYTES {
            return Err(UncheckedFiles::Size(path.display().to_string()));
        }
        let stamp = Stamp::new(&found, false);
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Some(digest)) = stamp.and_then(|stamp| known().get(&stamp).cloned()) {
            return Ok(digest);
        }
        let digest = content(path, &found).map_err(unreadable)?;
        known().extend(stamp.map(|stamp| (stamp, Some(digest.clone()))));
        Ok(digest)
    }

    /// The program that starts under `name` by `PATH`.
    pub(super) fn found(&self, name: &str) -> Option<PathBuf> {
        self.search_path.get_or_init(SearchPath::of_environment).find(name).cloned()
    }

    /// The program at `path`, which `PATH` leads to.
    pub(super) fn program(&mut self, path: &Path) -> Result<Arc<Program>, UncheckedFiles> {
        if let Some(known) = self.programs.get(path) {
            return known.clone();
        }
        let places = named_programs::places(path);
        let read = self.file(path).map(|content| {
            let names = places.iter().map(|place| shown(place.as_os_str()));
            let version = named_programs::chosen_version(path);
            let parts: Vec<String> = names.chain([content]).chain(version).collect();
            let digest = named(b"program", parts.join("\0").as_bytes());
            Arc::new(Program { digest, packages: named_programs::packages(&places), places })
        });
        self.programs.insert(path.to_owned(), read.clone());
        read
    }

    /// What programs look for above the folder `root`, by absolute paths.
    pub(crate) fn above(&mut self, root: &Path) -> Result<Arc<Listed>, UncheckedFiles> {
        if let Some(above) = self.above.get(root) {
            return above.clone();
        }
        let above = self.read_above(root).and_then(|digests| self.listed(root, digests));
        self.above.insert(root.to_owned(), above.clone());
        above
    }

    fn read_above(&self, root: &Path) -> Result<Digests, UncheckedFiles> {
        let mut all = Digests::new();
        for path in upward_files::above(root) {
            let name = shown(path.as_os_str());
            if leads_by_process(&path) {
                return Err(UncheckedFiles::Process(name));
            }
            match path.canonicalize() {
                Ok(real) if is_of_system(&real) && !is_of_system(root) => {}
                Ok(real) if real.is_dir() => {
                    let of_git = path.ends_with(".git").then(String::new);
                    let below = digests(&real, GitData::Skipped, of_git, &self.known)?;
                    below.into_iter().for_each(|(below, digest)| add(&mut all, format!("{name}/{below}"), digest));
                    all.insert(name, "folder".to_owned());
                }
                Ok(real) => {
                    let folders = git_data::folders_of_pointer(&real);
                    for (folder, of_git) in folders.into_iter().filter(|_| path.ends_with(".git")) {
                        let below = digests(&folder, GitData::Skipped, Some(of_git), &self.known)?;
                        below.into_iter().for_each(|(below, digest)| add(&mut all, format!("{name}/{below}"), digest));
                    }
                    let digest = if upward_files::may_hold_secrets(&path) { settings(&real) } else { self.file(&real) };
                    all.insert(name, digest?);
                }
                Err(_) => drop(all.insert(name, "nothing".to_owned())),
            }
        }
        Ok(all)
    }

    /// The digest of the configuration at `path` without its servers, to which `lists` lead. `None` if it counts as a whole.
    pub(crate) fn configuration(&mut self, path: &Path, lists: &[&[&str]]) -> Option<String> {
        let read = || {
            let metadata =
                fs::metadata(path).ok().filter(|found| found.is_file() && found.len() <= MAX_CONFIGURATION)?;
            let rest = without_servers(path, lists, &String::from_utf8(fs::read(path).ok()?).ok()?)?;
            Some(named(if is_program(&metadata) { b"program" } else { b"file" }, rest.as_bytes()))
        };
        self.configurations.entry(path.to_owned()).or_insert_with(read).clone()
    }

    fn listed(&mut self, root: &Path, digests: Digests) -> Result<Arc<Listed>, UncheckedFiles> {
        let count = digests.len();
        self.files += count;
        match self.files > MAX_FILES_OF_RUN {
            true => Err(UncheckedFiles::CountOfRun),
            false => Ok(Arc::new(Listed { count, ..Listed::new(condensed(root, digests)) })),
        }
    }

    /// The same files to be read anew. Only files that changed since are opened.
    pub(crate) fn again(&self) -> Self {
        Self { known: Arc::clone(&self.known), ..Self::default() }
    }
}

/// The digest of settings at `path` without their secrets.
fn settings(path: &Path) -> Result<String, UncheckedFiles> {
    let unreadable = |_| UncheckedFiles::Unreadable(path.display().to_string());
    let mut bytes = Vec::new();
    open_regular(path).and_then(|file| file.take(MAX_CONFIGURATION + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_CONFIGURATION {
        return Err(UncheckedFiles::Size(path.display().to_string()));
    }
    let kept = upward_files::without_secrets(&String::from_utf8_lossy(&bytes));
    Ok(named(b"settings", kept.as_bytes()))
}

/// What tells a file from another one, or from itself after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Stamp {
    device: u64,
    number: u64,
    length: u64,
    mode: u32,
    /// Whether it was read as git's own data.
    is_data: bool,
    /// When its content or its permissions changed: a time that no program can set.
    changed: (i64, i64),
}

impl Stamp {
    #[cfg(unix)]
    #[expect(
        clippy::disallowed_methods,
        reason = "a file that changed just now is read again; no report depends on it"
    )]
    fn new(metadata: &Metadata, is_data: bool) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let changed = (metadata.ctime(), metadata.ctime_nsec());
        let before = SystemTime::now().checked_sub(TICK)?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let is_settled = u64::try_from(changed.0).is_ok_and(|seconds| seconds < before.as_secs());
        is_settled.then_some(Self {
            device: metadata.dev(),
            number: metadata.ino(),
            length: metadata.len(),
            mode: metadata.mode(),
            is_data,
            changed,
        })
    }

    /// Other systems have no such time.
    #[cfg(not(unix))]
    fn new(_: &Metadata, _: bool) -> Option<Self> {
        let _ = (SystemTime::now(), TICK);
        None
    }
}

/// The digests that are known, by the file. `None` for git's own data.
type Known = Mutex<HashMap<Stamp, Option<String>>>;

fn digests(root: &Path, git: GitData, of_git: Option<String>, known: &Known) -> Result<Digests, UncheckedFiles> {
    let total = AtomicU64::new(0);
    let started = Instant::now();
    let read = |found: Found| {
        if started.elapsed().as_secs() > MAX_SECONDS {
            return Err(UncheckedFiles::Time(root.display().to_string()));
        }
        let (stamp, digest) = match &found.form {
            Form::Link(target) => (None, Some(named(b"link", target.as_os_str().as_encoded_bytes()))),
            Form::Special => (None, Some("special".to_owned())),
            Form::EmptyFolder => (None, Some("empty folder".to_owned())),
            Form::File(metadata) | Form::GitSettings(metadata) | Form::GitData(metadata, _) => {
                let is_data = matches!(found.form, Form::GitData(..));
                // A sparse file is as long as it says.
                let before = total.fetch_add(if is_data { 0 } else { metadata.len() }, Ordering::Relaxed);
                if !is_data && before.saturating_add(metadata.len()) > MAX_BYTES {
                    return Err(UncheckedFiles::Size(root.display().to_string()));
                }
                let stamp = Stamp::new(metadata, is_data).filter(|_| !matches!(found.form, Form::GitSettings(_)));
                let seen =
                    stamp.and_then(|stamp| known.lock().unwrap_or_else(PoisonError::into_inner).get(&stamp).cloned());
                (stamp, seen.map_or_else(|| read(&found, metadata), Ok)?)
            }
        };
        Ok((stamp, found.name, digest))
    };
    let read: Result<Vec<_>, UncheckedFiles> = walk(root, git, of_git)?.into_par_iter().map(read).collect();
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    let mut digests = Digests::new();
    for (stamp, name, digest) in read? {
        known.extend(stamp.map(|stamp| (stamp, digest.clone())));
        if let Some(digest) = digest {
            add(&mut digests, name, digest);
        }
    }
    Ok(digests)
}

/// Adds a digest. Two files of one name have one that stands for both.
fn add(digests: &mut Digests, name: String, digest: String) {
    let both = digests.get(&name).map(|before| named(b"two", [before.as_str(), &digest].join("\0").as_bytes()));
    digests.insert(name, both.unwrap_or(digest));
}

/// The digest of a file that was found. `None` if it does not count.
fn read(found: &Found, metadata: &Metadata) -> Result<Option<String>, UncheckedFiles> {
    let path = &found.path;
    let digest = match found.form {
        Form::GitData(_, kind) => match kind.is_data(path, metadata) {
            Ok(true) => Ok(None),
            Ok(false) if metadata.len() > MAX_BYTES => {
                return Err(UncheckedFiles::Size(path.display().to_string()));
            }
            Ok(false) => content(path, metadata).map(Some),
            // Git removes such a file while it works.
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(cause),
        },
        Form::GitSettings(_) => {
            let settings = git_settings::that_run_programs(path)?;
            Ok((!settings.is_empty()).then(|| named(b"settings", settings.as_bytes())))
        }
        Form::File(_) => content(path, metadata).map(Some),
        Form::Link(_) | Form::Special | Form::EmptyFolder => Ok(None),
    };
    digest.map_err(|_| UncheckedFiles::Unreadable(path.display().to_string()))
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

/// The digest of the content of a file, and of whether it can be run as a program.
fn content(path: &Path, metadata: &Metadata) -> io::Result<String> {
    let mut hash = Sha256::new();
    hash.update(if is_program(metadata) { b"program\0" } else { b"file\0\0\0\0" });
    let mut file = match File::open(path) {
        Ok(file) => file,
        // What can be neither read nor run is no code for us, nor for a server with our rights. Its owner can change that.
        Err(cause)
            if cause.kind() == io::ErrorKind::PermissionDenied && !is_program(metadata) && !is_ours(metadata) =>
        {
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

pub(super) fn named(kind: &[u8], bytes: &[u8]) -> String {
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
        read_folder(root).unwrap()
    }

    fn read_folder(root: &Path) -> Result<Digests, UncheckedFiles> {
        digests(&root.canonicalize().unwrap(), GitData::Skipped, None, &Known::default())
    }

    #[test]
    fn every_file_counts_but_the_data_of_git() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "a.py",
            "data/notes.txt",
            "node_modules/x/index.js",
            ".npmrc",
            ".git/COMMIT_EDITMSG",
            ".git/objects/ab/cdef",
            ".git/configure",
            ".git/run.sh",
            ".git/hooks/pre-commit",
            ".git/hooks/pre-push.sample",
            ".git/modules/sub/hooks/post-checkout",
            "deep/.git/logs/HEAD",
        ] {
            write(dir.path(), name, "x");
        }
        write(dir.path(), ".git/HEAD", "ref: refs/heads/main\n");
        write(dir.path(), ".git/index", "DIRC");
        write(dir.path(), ".git/modules/sub/objects/pack/pack-1.pack", "PACK");
        write(dir.path(), ".git/config", "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://h.example/x\n");
        write(dir.path(), "deep/.git/config", "[core]\n\tfsmonitor = ./x\n");
        let names: Vec<String> = read(dir.path()).into_keys().collect();
        let counted = [
            ".git/configure",
            ".git/hooks/pre-commit",
            ".git/hooks/pre-push.sample",
            ".git/modules/sub/hooks/post-checkout",
            ".git/objects/ab/cdef",
            ".git/run.sh",
            ".npmrc",
            "a.py",
            "data/notes.txt",
            "deep/.git/config",
            "deep/.git/logs/HEAD",
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
        write(&root, ".git/index", "DIRC one");
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
            "file/.1/./run.sh",
            "folder",
            "inside",
            "itself",
            "skipped",
            "skipped/.",
            "system",
        ];
        assert_eq!(names, all);
        write(dir.path(), "outside/run.sh", "two");
        write(&root, ".git/index", "DIRC two");
        fs::set_permissions(root.join("a.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        let second = read(&root);
        let changed: Vec<&str> = first
            .iter()
            .filter(|(name, digest)| second.get(*name) != Some(digest))
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(changed, ["a.sh", "file/.", "file/.1/./run.sh", "skipped/."]);
        symlink("/proc/self/cwd", root.join("process")).unwrap();
        let refused = read_folder(&root);
        assert!(matches!(&refused, Err(UncheckedFiles::Process(name)) if name == "process"), "{refused:?}");
    }

    #[test]
    fn a_folder_over_the_bounds_is_not_cut() {
        let dir = tempfile::tempdir().unwrap();
        File::create(dir.path().join("large")).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert!(matches!(read_folder(dir.path()), Err(UncheckedFiles::Size(_))));
        fs::remove_file(dir.path().join("large")).unwrap();
        fs::create_dir(dir.path().join(".git")).unwrap();
        File::create(dir.path().join(".git/config")).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert!(matches!(read_folder(dir.path()), Err(UncheckedFiles::Size(_))));
        fs::remove_dir_all(dir.path().join(".git")).unwrap();
    }
}
