//! Walks over a folder, and over the folders that its links and its `.git` files lead to.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::git_data::{self, GitData, GitFile};
use super::git_settings;
use super::known_files::{is_fed, is_of_system, may_be_run, shown};
use super::named_programs;
use super::package_links;
use super::process_paths::{is_output, leads_by_process};
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
    /// A folder with nothing in it.
    EmptyFolder,
    /// A link, with its target as written.
    Link(PathBuf),
    /// A pipe, socket or device.
    Special,
}

/// All that was found in and by way of `root`, whose links are resolved. `of_git` is its path below a folder of git. It is
/// never guessed from what stands there: a project may look like one.
pub(super) fn walk(root: &Path, git: GitData, of_git: Option<String>) -> Result<Vec<Found>, UncheckedFiles> {
    walk_up_to(MAX_FILES, root, git, of_git)
}

fn walk_up_to(most: usize, root: &Path, git: GitData, of_git: Option<String>) -> Result<Vec<Found>, UncheckedFiles> {
    let top = Folder { path: root.to_owned(), name: String::new(), of_git };
    let mut walk = Walk {
        root,
        most,
        git,
        known: BTreeSet::new(),
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
    most: usize,
    git: GitData,
    /// The folders besides the root that links led to, each with its path below a folder of git.
    known: BTreeSet<(PathBuf, Option<String>)>,
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
        let entries: Result<Vec<_>, _> = fs::read_dir(&folder.path).and_then(Iterator::collect);
        let mut entries = entries.map_err(|_| unreadable())?;
        // What two links lead to has the name of the first one.
        entries.sort_unstable_by_key(fs::DirEntry::file_name);
        // A command may ask whether it is there. Git has empty ones of its own.
        if entries.is_empty() && folder.of_git.is_none() && !folder.name.is_empty() {
            let name = format!("{}/", folder.name);
            self.found.push(Found { path: folder.path.clone(), name, form: Form::EmptyFolder });
        }
        for entry in entries {
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
                let of_git = if file_name == ".git" { Some(String::new()) } else { of_git };
                self.link(path, name, of_git)?;
            } else if kind.is_file() {
                if file_name == ".git" && of_git.is_none() {
                    let folders = git_data::folders_of_pointer(&path).into_iter().rev();
                    for (number, (real, below)) in folders.enumerate() {
                        self.other(real, &numbered(&name, number), Some(below));
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
        match self.counted > self.most {
            true => Err(UncheckedFiles::Count(self.root.display().to_string())),
            false => Ok(()),
        }
    }

    fn file(&mut self, path: PathBuf, name: String, of_git: Option<&str>) -> Result<(), UncheckedFiles> {
        let found = fs::metadata(&path).map_err(|_| UncheckedFiles::Unreadable(path.display().to_string()))?;
        let place = of_git.map(GitFile::new);
        let kind = place.filter(|_| self.git == GitData::Skipped).unwrap_or(GitFile::Counts);
        if place.is_none() {
            let targets = package_links::targets(&path).into_iter().filter(|named| !is_of_system(named));
            for (number, named) in targets.enumerate() {
                self.elsewhere(named, &numbered(&format!("{name}/."), number), None)?;
            }
        }
        if place == Some(GitFile::Settings) && found.len() <= git_settings::MAX_SETTINGS {
            let named = git_settings::named_elsewhere(&path, self.root)?;
            for (number, named) in named.into_iter().enumerate() {
                self.elsewhere(named, &numbered(&format!("{name}/."), number), None)?;
            }
            // Where the file counts as a whole, what it includes does too.
            if kind == GitFile::Counts {
                self.count()?;
                let form = Form::GitSettings(found.clone());
                self.found.push(Found { path: path.clone(), name: format!("{name}/."), form });
            }
        }
        let form = match kind {
            GitFile::Settings if found.len() <= git_settings::MAX_SETTINGS => Form::GitSettings(found),
            GitFile::Counts | GitFile::Settings => Form::File(found),
            GitFile::Packed
            | GitFile::Names
            | GitFile::Log
            | GitFile::Comments
            | GitFile::Path
            | GitFile::Shared
            | GitFile::Tables
            | GitFile::Large
            | GitFile::Text => {
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

    /// A link counts by its target, and by the content there unless that counts already or is of the system. `of_git` is
    /// the path of the link below a folder of git.
    fn link(&mut self, path: PathBuf, name: String, of_git: Option<String>) -> Result<(), UncheckedFiles> {
        let target = fs::read_link(&path).map_err(|_| UncheckedFiles::Unreadable(path.display().to_string()))?;
        let folders = path.components().count() + target.components().count();
        self.link_work = self.link_work.saturating_add(folders * folders);
        if self.link_work > MAX_LINK_WORK {
            return Err(UncheckedFiles::Links(self.root.display().to_string()));
        }
        if leads_by_process(&path) {
            return Err(UncheckedFiles::Process(name));
        }
        let real = if is_output(&target) { None } else { fs::canonicalize(&path).ok() };
        self.found.push(Found { path: path.clone(), name: name.clone(), form: Form::Link(target) });
        match real {
            Some(real) if !is_of_system(&real) || real.starts_with(self.root) => {
                let is_below = |folder: &PathBuf| folder.starts_with(self.root) || self.root.starts_with(folder);
                let behind = named_programs::behind_link(&path, &real).into_iter().filter(|folder| !is_below(folder));
                let behind: Vec<PathBuf> = if real.starts_with(self.root) { Vec::new() } else { behind.collect() };
                for (number, folder) in behind.into_iter().enumerate() {
                    self.other(folder, &numbered(&name, number + 1), None);
                }
                self.elsewhere(real, &name, of_git)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Adds the file or folder `real`, to which the link or file `name` leads, unless it counts already. Git's own data
    /// counts where anything but git leads to it.
    fn elsewhere(&mut self, real: PathBuf, name: &str, of_git: Option<String>) -> Result<(), UncheckedFiles> {
        let below = real.strip_prefix(self.root);
        let is_walked = below.is_ok_and(|below| !below.iter().any(|part| part == ".git"));
        match fs::metadata(&real) {
            Ok(_) if is_walked => Ok(()),
            Ok(found) if found.is_dir() => {
                self.other(real, name, of_git);
                Ok(())
            }
            Ok(found) if found.is_file() => {
                self.count()?;
                self.found.push(Found { path: real, name: format!("{name}/."), form: Form::File(found) });
                Ok(())
            }
            Ok(found) if is_fed(&real, found.file_type()) => Err(UncheckedFiles::Pipe(name.to_owned())),
            Ok(_) => Ok(()),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(_) => Err(UncheckedFiles::Unreadable(name.to_owned())),
        }
    }

    /// Walks the folder `real` as well, to which `name` leads.
    fn other(&mut self, real: PathBuf, name: &str, of_git: Option<String>) {
        let is_walked = real.starts_with(self.root) && of_git.is_some();
        if !is_walked && self.known.insert((real.clone(), of_git.clone())) {
            self.folders.push(Folder { path: real, name: format!("{name}/."), of_git });
        }
    }
}

/// `name`, or another one for each further thing that it leads to.
fn numbered(name: &str, number: usize) -> String {
    if number == 0 { name.to_owned() } else { format!("{name}/.{number}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        for at in 0..10 {
            fs::write(dir.path().join(at.to_string()), "").unwrap();
        }
        assert_eq!(walk_up_to(10, dir.path(), GitData::Skipped, None).unwrap().len(), 10);
        let refused = walk_up_to(9, dir.path(), GitData::Skipped, None).map(|_| ());
        assert!(matches!(refused, Err(UncheckedFiles::Count(_))), "{refused:?}");
    }

    #[cfg(unix)]
    #[test]
    fn what_code_behind_a_link_loads_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for name in [
            "p/run.sh",
            "mono/packages/shop/package.json",
            "mono/packages/shop/index.js",
            "mono/node_modules/dep/index.js",
            "o/src/server.js",
            "o/src/x.js",
            "lib/node_modules/cli/cli.js",
            "lib/node_modules/cli/x.js",
            "data/a/notes.txt",
            "data/b.txt",
        ] {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        fs::create_dir_all(root.join("p/node_modules/.bin")).unwrap();
        let found = |target: &str, link: &str| {
            let link = root.join("p").join(link);
            std::os::unix::fs::symlink(root.join(target), &link).unwrap();
            let all = walk(&root.join("p"), GitData::Skipped, None).unwrap();
            fs::remove_file(link).unwrap();
            let mut all: Vec<String> = all
                .into_iter()
                .filter(|found| !matches!(found.form, Form::Link(_) | Form::EmptyFolder))
                .map(|found| found.path.strip_prefix(&root).unwrap().display().to_string())
                .filter(|path| path != "p/run.sh")
                .collect();
            all.sort();
            all.dedup();
            all
        };
        let mono = ["mono/node_modules/dep/index.js", "mono/packages/shop/index.js", "mono/packages/shop/package.json"];
        assert_eq!(found("mono/packages/shop", "node_modules/shop"), mono);
        assert_eq!(found("o/src/server.js", "l.js"), ["o/src/server.js", "o/src/x.js"]);
        let cli = ["lib/node_modules/cli/cli.js", "lib/node_modules/cli/x.js"];
        assert_eq!(found("lib/node_modules/cli/cli.js", "node_modules/.bin/cli"), cli);
        // Data is what it is, and nothing beside it.
        assert_eq!(found("data/a", "data"), ["data/a/notes.txt"]);
        assert_eq!(found("data/b.txt", "b.txt"), ["data/b.txt"]);
    }

    #[cfg(unix)]
    #[test]
    fn many_links_to_deep_folders_take_no_long_time() {
        let dir = tempfile::tempdir().unwrap();
        for at in 0..2_000 {
            std::os::unix::fs::symlink("d/".repeat(1_000), dir.path().join(at.to_string())).unwrap();
        }
        let since = std::time::Instant::now();
        let refused = walk(dir.path(), GitData::Skipped, None);
        assert!(matches!(refused, Err(UncheckedFiles::Links(_))));
        assert!(since.elapsed() < std::time::Duration::from_secs(5), "{:?}", since.elapsed());
    }
}
