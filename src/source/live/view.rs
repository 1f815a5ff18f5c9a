//! What a sandboxed server sees of the file system: programs and libraries, but nobody's home, no sockets of other
//! programs, and of the user's own files only what its command names.

use std::fs;
#[cfg(target_os = "linux")]
use std::os::unix::fs::FileTypeExt;
use std::path::{Component, Path, PathBuf};

/// Folders that hold homes, sockets and files of other programs; they appear empty.
const PRIVATE: [&str; 9] = ["/home", "/root", "/Users", "/run", "/var/run", "/tmp", "/var/tmp", "/mnt", "/media"];

/// Files outside of them that appear empty: root may read them without any special right.
const PASSWORDS: [&str; 3] = ["/etc/shadow", "/etc/shadow-", "/etc/gshadow"];

/// Files with credentials inside folders of programs, below the home.
const CREDENTIALS: [&str; 2] = [".cargo/credentials", ".cargo/credentials.toml"];

/// Names servers on the network; on many systems a link into a private folder.
const RESOLVER: &str = "/etc/resolv.conf";

/// What makes a folder the root of a project, whose files a script of it may load.
const PROJECT_FILES: [&str; 8] =
    [".git", "package.json", "pyproject.toml", "setup.py", "requirements.txt", "Cargo.toml", "go.mod", "deno.json"];

/// What a sandboxed server sees of the file system.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct View {
    /// Folders that appear empty.
    pub(crate) hidden: Vec<PathBuf>,
    /// What can be read in them all the same, parents first: where it is, and under which name.
    pub(crate) shown: Vec<(PathBuf, PathBuf)>,
    /// Files that appear empty.
    pub(crate) masked: Vec<PathBuf>,
    /// The user's home, which is there whatever it holds.
    pub(crate) home: Option<PathBuf>,
}

/// What a server needs of private folders.
#[derive(Debug, Clone, Default)]
pub(crate) struct Needs {
    /// The user's home.
    pub(crate) home: Option<PathBuf>,
    /// The home is not hidden.
    pub(crate) shows_home: bool,
    /// The program, the folder it starts in, and the words of the command that may name files, seen from there.
    pub(crate) named: Vec<PathBuf>,
    /// Folders with programs, caches, and files that variables name.
    pub(crate) folders: Vec<PathBuf>,
    /// Programs of our own.
    pub(crate) programs: Vec<PathBuf>,
}

impl View {
    /// The view of a server with these `needs`.
    pub(crate) fn new(needs: &Needs) -> Self {
        let home = needs.home.as_ref().and_then(|home| fs::canonicalize(home).ok());
        let temporary = fs::canonicalize(std::env::temp_dir()).ok();
        let private = PRIVATE.iter().filter_map(|folder| fs::canonicalize(folder).ok());
        let mut hidden: Vec<PathBuf> = private.chain(home.clone()).chain(temporary).collect();
        let is_shown = |folder: &PathBuf| needs.shows_home && Some(folder) == home.as_ref();
        hidden.retain(|folder| folder.is_dir() && folder.parent().is_some() && !is_shown(folder));
        hidden.sort();
        // A folder inside a hidden one is hidden with it; sorted, it follows that one.
        hidden.dedup_by(|inner, outer| inner.starts_with(outer));
        let mut view = Self { hidden, home: home.clone(), ..Self::default() };
        for path in &needs.named {
            view.show(path, project);
        }
        for path in &needs.folders {
            view.show(path, program_folder);
        }
        for path in needs.programs.iter().chain([&RESOLVER.into()]) {
            view.show(path, |path, _| path.to_owned());
        }
        if let Some(home) = home.as_ref().filter(|_| needs.shows_home) {
            view.shown.push((home.clone(), home.clone()));
        }
        view.shown.sort_by(|(_, a), (_, b)| a.cmp(b));
        view.shown.dedup_by(|(inner, inner_name), (outer, outer_name)| {
            inner_name.starts_with(outer_name) && inner.starts_with(outer)
        });
        let credentials = home.iter().flat_map(|home| CREDENTIALS.map(|file| home.join(file)));
        let mut masked: Vec<PathBuf> =
            PASSWORDS.iter().map(PathBuf::from).chain(credentials).chain(sockets()).collect();
        masked.retain(|file| view.sees(file) && fs::symlink_metadata(file).is_ok_and(|found| !found.is_symlink()));
        masked.sort();
        masked.dedup();
        Self { masked, ..view }
    }

    /// Shows what `chosen` makes of `path` and of the hidden folder that it is in. Hidden folders and the home stay hidden.
    fn show(&mut self, path: &Path, chosen: fn(&Path, &Path) -> PathBuf) {
        let Ok(real) = fs::canonicalize(path) else { return };
        let Some(root) = self.hidden.iter().find(|hidden| real.starts_with(hidden)) else {
            // The name may lead through a hidden folder to a file that is not.
            let named_inside = self.hidden.iter().any(|hidden| path.starts_with(hidden));
            if named_inside && is_plain(path) {
                self.shown.push((real, path.to_owned()));
            }
            return;
        };
        let folder = chosen(&real, root);
        let holds_home = self.home.as_ref().is_some_and(|home| home.starts_with(&folder));
        if folder.starts_with(root) && folder != *root && !holds_home {
            self.shown.push((folder.clone(), folder));
            if real != path && is_plain(path) && self.hidden.iter().any(|hidden| path.starts_with(hidden)) {
                self.shown.push((real, path.to_owned()));
            }
        }
    }

    /// True for a file that is not hidden.
    fn sees(&self, path: &Path) -> bool {
        let below = |folder: &Path| path.starts_with(folder) && path != folder;
        !self.hidden.iter().any(|hidden| below(hidden)) || self.shown.iter().any(|(_, name)| path.starts_with(name))
    }

    /// All that can be read, as the fewest folders and files.
    pub(crate) fn readable(&self) -> Vec<PathBuf> {
        let mut readable: Vec<PathBuf> = self.shown.iter().map(|(real, _)| real.clone()).collect();
        let mut open = vec![PathBuf::from("/")];
        readable.retain(|path| {
            let splits = self.masked.iter().any(|masked| masked.starts_with(path) && masked != path);
            if splits {
                open.push(path.clone());
            }
            !splits
        });
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                let excluded = self.hidden.iter().chain(&self.masked);
                if excluded.clone().any(|excluded| *excluded == path) {
                    continue;
                }
                if excluded.clone().any(|excluded| excluded.starts_with(&path)) {
                    open.push(path);
                } else if entry.file_type().is_ok_and(|kind| !kind.is_symlink()) {
                    readable.push(path);
                }
            }
        }
        readable.sort();
        readable
    }
}

/// True for an absolute path without `..`.
fn is_plain(path: &Path) -> bool {
    path.is_absolute() && path.components().all(|part| part != Component::ParentDir)
}

/// The project that `path` is in, inside `root`: a folder as it is, else the nearest folder with a file that projects
/// have, else the folder of the file.
fn project(path: &Path, root: &Path) -> PathBuf {
    if path.is_dir() {
        return path.to_owned();
    }
    let inside = |folder: &&Path| folder.starts_with(root) && *folder != root;
    let folders = || path.ancestors().skip(1).take_while(inside);
    let has_project_file = |folder: &&Path| PROJECT_FILES.iter().any(|file| folder.join(file).exists());
    let project = folders().find(has_project_file).or_else(|| folders().next());
    project.unwrap_or(path).to_owned()
}

/// The folder of a program that is installed at `path` with its libraries: the one around `bin`, unless others share it.
fn program_folder(path: &Path, root: &Path) -> PathBuf {
    let is_bin =
        path.file_name().is_some_and(|name| ["bin", "sbin", "shims", ".bin", "Scripts"].iter().any(|bin| name == *bin));
    let around = path.parent().filter(|around| is_bin && around.starts_with(root) && *around != root);
    let is_shared = |around: &&Path| around.file_name().is_some_and(|name| name == ".local");
    // The parent of `~/bin` is the home.
    let is_home = |around: &&Path| std::env::home_dir().is_some_and(|home| home.starts_with(around));
    around.filter(|around| !is_shared(around) && !is_home(around)).unwrap_or(path).to_owned()
}

/// The Unix sockets of other programs that have a path. Whoever may write one talks to its program, also where the file
/// system is read-only.
#[cfg(target_os = "linux")]
fn sockets() -> Vec<PathBuf> {
    let listening = fs::read_to_string("/proc/net/unix").unwrap_or_default();
    // A socket of another network namespace, such as the engine's in a container, stands in no list of ours. It is mounted,
    // or a variable names it.
    let mounted = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let column = |list: &str, column: usize| -> Vec<PathBuf> {
        list.lines().filter_map(|line| line.split_ascii_whitespace().nth(column)).map(PathBuf::from).collect()
    };
    let named = std::env::vars_os().filter_map(|(_, value)| {
        let value = value.into_string().ok()?;
        let path = value.split(',').next().unwrap_or_default();
        Some(PathBuf::from(path.trim_start_matches("unix:").trim_start_matches("path=").replace("//", "/")))
    });
    let is_socket = |path: &PathBuf| fs::metadata(path).is_ok_and(|found| found.file_type().is_socket());
    let unlisted =
        column(&mounted, 4).into_iter().chain(named).filter(is_socket).filter_map(|path| path.canonicalize().ok());
    let listed = column(&listening, 7);
    listed.into_iter().chain(unlisted).filter(|path| path.is_absolute()).collect()
}

#[cfg(not(target_os = "linux"))]
fn sockets() -> Vec<PathBuf> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(view: &View) -> Vec<&Path> {
        view.shown.iter().map(|(_, name)| name.as_path()).collect()
    }

    #[test]
    fn a_home_is_hidden_but_for_what_the_command_names() {
        let home = tempfile::tempdir().unwrap();
        let at = |path: &str| home.path().canonicalize().unwrap().join(path);
        for folder in [".ssh", "shop/src", "notes", ".nvm/versions/22/bin", ".local/bin", "bin"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for file in ["shop/package.json", "shop/src/server.js", "notes/run.py", ".ssh/id"] {
            fs::write(at(file), "").unwrap();
        }
        let needs = Needs {
            home: Some(home.path().to_owned()),
            named: ["shop/src/server.js", "notes/run.py", "not-there"].map(at).into(),
            folders: [".nvm/versions/22/bin", ".local/bin", "."].map(at).into(),
            ..Needs::default()
        };
        let view = View::new(&needs);
        let expected = [".local/bin", ".nvm/versions/22", "notes", "shop"].map(at);
        let inside: Vec<&Path> = shown(&view).into_iter().filter(|path| path.starts_with(at(""))).collect();
        assert_eq!(inside, expected);
        assert!(view.sees(&at("shop/src/server.js")) && !view.sees(&at(".ssh/id")));
        let readable = view.readable();
        assert!(readable.contains(&at("shop")) && readable.contains(&"/usr".into()));
        assert!(!readable.iter().any(|path| at(".ssh/id").starts_with(path)), "{readable:?}");
        let real = View::new(&Needs { shows_home: true, ..needs });
        assert!(real.sees(&at(".ssh/id")) || real.hidden.contains(&at("")), "{real:?}");
    }
}
