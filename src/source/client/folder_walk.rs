//! Walks over a folder, and over the folders that its links and its `.git` files lead to.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::git_data::{self, GitData, GitFile};
use super::git_settings;
use super::known_files::{is_of_system, shown};
use super::process_paths::leads_by_process;
use super::unchecked_files::{MAX_FILES, UncheckedFiles};

/// Maximum number of files of git's own data, which do not count.
const MAX_GIT_DATA: usize = 100_000;

/// How much work links may cost in all: the square of the number of folders on the way, because each is looked up by its
/// path.
const MAX_LINK_WORK: usize = 20_000_000;

/// A file that was found.
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// The path below the root, as text. Different paths have different names.
    pub(super) name: String,
    pub(super) form: Form,
}

/// What was found.
pub(super) enum Form {
    File(Metadata),
    /// Settings of git, of which not all lines count.
    GitSettings(Metadata),
    /// Git's own data by its name. It counts if its form is another.
    GitData(Metadata, GitFile),
    /// A link, with its target as written.
    Link(PathBuf),
    /// A pipe, socket or device.
    Special,
}

/// All that was found in and by way of `root`, whose links are resolved.
pub(super) fn walk(root: &Path, git: GitData) -> Result<Vec<Found>, UncheckedFiles> {
    let top = Folder { path: root.to_owned(), name: String::new(), of_git: below_git(root) };
    let mut walk = Walk {
        root,
        git,
        known: BTreeSet::from([root.to_owned()]),
        folders: vec![top],
        found: Vec::new(),
        counted: 0,
        data: 0,
        link_work: 0,
    };
    while let Some(folder) = walk.folders.pop() {
        walk.folder(&folder)?;
    }
    Ok(walk.found)
}

struct Walk<'a> {
    root: &'a Path,
    git: GitData,
    /// The root, and the folders outside of it that were walked already.
    known: BTreeSet<PathBuf>,
    /// Folders that remain.
    folders: Vec<Folder>,
    found: Vec<Found>,
    counted: usize,
    data: usize,
    link_work: usize,
}

struct Folder {
    path: PathBuf,
    name: String,
    /// The path below a folder of git. `None` outside of one.
    of_git: Option<String>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Folder) -> Result<(), UncheckedFiles> {
        let unreadable = || UncheckedFiles::Unreadable(folder.path.display().to_string());
        for entry in fs::read_dir(&folder.path).map_err(|_| unreadable())? {
            let entry = entry.map_err(|_| unreadable())?;
            let file_name = entry.file_name();
            let below = shown(&file_name);
            let of_git = match &folder.of_git {
                Some(inside) if inside.is_empty() => Some(below.clone()),
                Some(inside) => Some(format!("{inside}/{below}")),
                None => None,
            };
            let name = if folder.name.is_empty() { below } else { format!("{}/{below}", folder.name) };
            let kind = entry.file_type().map_err(|_| unreadable())?;
            let path = entry.path();
            if kind.is_dir() {
                self.count()?;
                let of_git = if file_name == ".git" { Some(String::new()) } else { of_git };
                self.folders.push(Folder { path, name, of_git });
            } else if kind.is_symlink() {
                self.count()?;
                self.link(path, name)?;
            } else if kind.is_file() {
                if file_name == ".git" && of_git.is_none() {
                    for real in git_data::folders_of_pointer(&path) {
                        self.outside(real, &name);
                    }
                }
                self.file(path, name, of_git.as_deref())?;
            } else if may_be_run(kind) {
                return Err(UncheckedFiles::Pipe(path.display().to_string()));
            } else {
                self.count()?;
                self.found.push(Found { path, name, form: Form::Special });
            }
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), UncheckedFiles> {
        self.counted += 1;
        match self.counted > MAX_FILES {
            true => Err(UncheckedFiles::Count(self.root.display().to_string())),
            false => Ok(()),
        }
    }

    fn file(&mut self, path: PathBuf, name: String, of_git: Option<&str>) -> Result<(), UncheckedFiles> {
        let found = fs::metadata(&path).map_err(|_| UncheckedFiles::Unreadable(path.display().to_string()))?;
        let kind = of_git.filter(|_| self.git == GitData::Skipped).map_or(GitFile::Counts, GitFile::new);
        let form = match kind {
            GitFile::Settings if found.len() <= git_settings::MAX_SETTINGS => Form::GitSettings(found),
            GitFile::Counts | GitFile::Settings => Form::File(found),
            GitFile::Packed | GitFile::Names | GitFile::Text => {
                self.data += 1;
                if self.data > MAX_GIT_DATA {
                    return Err(UncheckedFiles::Count(self.root.display().to_string()));
                }
                self.found.push(Found { path, name, form: Form::GitData(found, kind) });
                return Ok(());
            }
        };
        self.count()?;
        self.found.push(Found { path, name, form });
        Ok(())
    }

    /// A link counts by its target, and by the content there unless that counts already or is of the system.
    fn link(&mut self, path: PathBuf, name: String) -> Result<(), UncheckedFiles> {
        let target = fs::read_link(&path).map_err(|_| UncheckedFiles::Unreadable(path.display().to_string()))?;
        let folders = path.components().count() + target.components().count();
        self.link_work = self.link_work.saturating_add(folders * folders);
        if self.link_work > MAX_LINK_WORK {
            return Err(UncheckedFiles::Links(self.root.display().to_string()));
        }
        if leads_by_process(&path) {
            return Err(UncheckedFiles::Process(name));
        }
        let real = fs::canonicalize(&path).ok();
        self.found.push(Found { path, name: name.clone(), form: Form::Link(target) });
        let Some(real) = real else { return Ok(()) };
        if is_of_system(&real) {
            return Ok(());
        }
        match fs::metadata(&real) {
            Ok(found) if found.is_dir() => self.outside(real, &name),
            // What git does not run counts where a link leads to it.
            Ok(found) if found.is_file() && !(real.starts_with(self.root) && below_git(&real).is_none()) => {
                self.count()?;
                self.found.push(Found { path: real, name: format!("{name}/."), form: Form::File(found) });
            }
            Ok(_) | Err(_) => {}
        }
        Ok(())
    }

    /// Walks the folder `real`, to which the file or link `name` leads, unless it is walked already.
    fn outside(&mut self, real: PathBuf, name: &str) {
        if !real.starts_with(self.root) && self.known.insert(real.clone()) {
            let of_git = below_git(&real);
            self.folders.push(Folder { path: real, name: format!("{name}/."), of_git });
        }
    }
}

/// The path of `path` below a folder of git. `None` outside of one.
fn below_git(path: &Path) -> Option<String> {
    let folder = path.ancestors().find(|folder| git_data::is_git_folder(folder))?;
    let below = path.strip_prefix(folder).ok()?;
    Some(below.iter().map(shown).collect::<Vec<_>>().join("/"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn many_links_to_deep_folders_take_no_long_time() {
        let dir = tempfile::tempdir().unwrap();
        for at in 0..2_000 {
            std::os::unix::fs::symlink("d/".repeat(1_000), dir.path().join(at.to_string())).unwrap();
        }
        let since = std::time::Instant::now();
        let refused = walk(dir.path(), GitData::Skipped);
        assert!(matches!(refused, Err(UncheckedFiles::Links(_))));
        assert!(since.elapsed() < std::time::Duration::from_secs(5), "{:?}", since.elapsed());
    }

    #[test]
    fn the_place_below_a_folder_of_git_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("shared/objects")).unwrap();
        fs::create_dir_all(at("shared/worktrees/x")).unwrap();
        fs::write(at("shared/HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(at("shared/worktrees/x/HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(at("shared/worktrees/x/commondir"), "../..\n").unwrap();
        assert_eq!(below_git(&at("shared")).as_deref(), Some(""));
        assert_eq!(below_git(&at("shared/hooks")).as_deref(), Some("hooks"));
        assert_eq!(below_git(&at("shared/worktrees/x/logs")).as_deref(), Some("logs"));
        assert_eq!(below_git(&at("p/.git/hooks")).as_deref(), Some("hooks"));
        assert_eq!(below_git(&at("p")), None);
    }
}
