//! The file system as a sandboxed server sees it: programs and libraries, but no home folders, no sockets of other
//! programs, and of all other files only those that its launch names.

use std::collections::BTreeSet;
use std::fs;
#[cfg(target_os = "linux")]
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use super::links::{self, Link};
use crate::source::authorization::SignIns;

/// Folders with homes, sockets and files of other programs. They appear empty.
const PRIVATE: [&str; 9] = ["/home", "/root", "/Users", "/run", "/var/run", "/tmp", "/var/tmp", "/mnt", "/media"];

/// The folders at the root that hold the system. All others on Linux appear empty: `/srv`, `/builds`, `/data`.
const SYSTEM: [&str; 13] =
    ["bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc", "nix", "gnu", "dev", "proc", "sys"];
/// Folders in those with projects and their sources, which appear empty.
const PROJECTS: [&str; 5] = ["/usr/src", "/usr/app", "/usr/home", "/usr/local/src", "/usr/local/app"];
/// Folders inside of others that appear empty, which programs need.
const SYSTEM_DATA: [&str; 2] = ["/var/lib/ca-certificates", "/var/cache/fontconfig"];
/// How deep, and how many entries of, the settings of the system are searched for private ones.
const MAX_DEPTH: usize = 3;
const MAX_SETTINGS: usize = 20_000;

/// Other files that appear empty, because root can read them without special capabilities.
const PASSWORDS: [&str; 3] = ["/etc/shadow", "/etc/shadow-", "/etc/gshadow"];

/// Credential files in program folders, below the home.
const CREDENTIALS: [&str; 2] = [".cargo/credentials", ".cargo/credentials.toml"];
/// Settings there that appear empty if they hold a token.
const SETTINGS: [&str; 2] = [".cargo/config", ".cargo/config.toml"];
/// Largest settings that are searched for a token, in bytes. Larger ones appear empty.
const MAX_SEARCHED: u64 = 1 << 20;

/// The DNS configuration. On many systems it is a link into a private folder.
const RESOLVER: &str = "/etc/resolv.conf";

/// Files that mark the root of a project. A script may load any file of its project.
const PROJECT_FILES: [&str; 8] =
    [".git", "package.json", "pyproject.toml", "setup.py", "requirements.txt", "Cargo.toml", "go.mod", "deno.json"];

/// The file system as a sandboxed server sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FileSystemView {
    /// Folders that appear empty.
    pub(crate) hidden: Vec<PathBuf>,
    /// What is readable inside hidden folders, parents first. None of these paths goes through a link.
    pub(crate) shown: Vec<PathBuf>,
    /// The links inside hidden folders that lead to something readable, and are not in a readable folder themselves.
    pub(crate) links: Vec<Link>,
    /// Files that appear empty.
    pub(crate) masked: Vec<PathBuf>,
    /// The user's home. It always exists in the view.
    pub(crate) home: Option<PathBuf>,
}

/// What a server needs from private folders.
#[derive(Debug, Clone, Default)]
pub(crate) struct PrivateNeeds {
    pub(crate) home: Option<PathBuf>,
    /// Whether the home is visible.
    pub(crate) shows_home: bool,
    /// The program, its working folder, and the paths that the command may name, relative to that folder.
    pub(crate) named: Vec<PathBuf>,
    /// Program folders, caches, and files that variables name.
    pub(crate) folders: Vec<PathBuf>,
    /// Our own programs.
    pub(crate) programs: Vec<PathBuf>,
}

impl FileSystemView {
    /// The view for a server with these `needs`.
    pub(crate) fn new(needs: &PrivateNeeds) -> Self {
        let home = needs.home.as_ref().and_then(|home| fs::canonicalize(home).ok());
        let temporary = fs::canonicalize(std::env::temp_dir()).ok();
        let private = PRIVATE.iter().filter_map(|folder| fs::canonicalize(folder).ok());
        let (private_folders, private_files) = private_settings();
        let mut hidden: Vec<PathBuf> =
            private.chain(home.clone()).chain(temporary).chain(other_folders()).chain(private_folders).collect();
        let is_shown = |folder: &PathBuf| needs.shows_home && Some(folder) == home.as_ref();
        hidden.retain(|folder| folder.is_dir() && folder.parent().is_some() && !is_shown(folder));
        hidden.sort();
        // A folder inside a hidden one is hidden too. Sorting puts it right after the outer one.
        hidden.dedup_by(|inner, outer| inner.starts_with(outer));
        let mut view = Self { hidden, home: home.clone(), ..Self::default() };
        for path in &needs.named {
            view.show(path, project, can_be_project);
        }
        for path in &needs.folders {
            view.show(path, program_folder, |_| false);
        }
        let system = SYSTEM_DATA.iter().chain([&RESOLVER]).map(PathBuf::from);
        for path in needs.programs.iter().cloned().chain(system) {
            view.show(&path, |path, _| path.to_owned(), |_| false);
        }
        view.shown.extend(home.clone().filter(|_| needs.shows_home));
        view.shown.sort();
        view.shown.dedup_by(|inner, outer| inner.starts_with(outer));
        view.links.retain(|link| !view.shown.iter().any(|folder| link.at.starts_with(folder)));
        view.links.sort();
        view.links.dedup();
        let credentials = home.iter().flat_map(|home| CREDENTIALS.map(|file| home.join(file)));
        let sign_ins = SignIns::of_user().map(|sign_ins| sign_ins.file().to_owned());
        let mut masked: Vec<PathBuf> =
            PASSWORDS.iter().map(PathBuf::from).chain(credentials).chain(sign_ins).chain(sockets()).collect();
        masked.extend(private_files);
        let settings = home.iter().flat_map(|home| SETTINGS.map(|file| home.join(file)));
        masked.extend(settings.filter(|file| may_hold_token(file)));
        if cfg!(target_os = "linux") {
            let needed = needs.named.iter().chain(&needs.folders).chain(&needs.programs);
            masked.extend(files_in(Path::new("/"), needed));
        }
        masked.retain(|file| view.sees(file) && fs::symlink_metadata(file).is_ok_and(|found| !found.is_symlink()));
        masked.sort();
        masked.dedup();
        Self { masked, ..view }
    }

    /// Shows `path` as [`Self::show_part`] does, and the Python environments that it and the links on the way to it are in,
    /// with the Python that they were made from.
    fn show(&mut self, path: &Path, chosen: fn(&Path, &Path) -> PathBuf, is_shown_whole: fn(&Path) -> bool) {
        let Ok(real) = fs::canonicalize(path) else { return };
        let places = links::on_the_way_to(path).into_iter().map(|link| link.at).chain([real]);
        let environments: BTreeSet<PathBuf> = places.filter_map(|place| self.environment_around(&place)).collect();
        self.show_part(path, chosen, is_shown_whole);
        for environment in environments {
            self.show_part(&environment, |environment, _| environment.to_owned(), |_| false);
            if let Some(base) = links::base_of_environment(&environment) {
                self.show_part(&base, program_folder, |_| false);
            }
        }
    }

    /// Shows the part of the hidden folder around `path` that `chosen` returns, and the links on the way to it. The home
    /// and other folders that are private as a whole stay hidden.
    fn show_part(&mut self, path: &Path, chosen: fn(&Path, &Path) -> PathBuf, is_shown_whole: fn(&Path) -> bool) {
        let Ok(real) = fs::canonicalize(path) else { return };
        let on_the_way = links::on_the_way_to(path).into_iter();
        self.links.extend(on_the_way.filter(|link| self.hidden.iter().any(|hidden| link.at.starts_with(hidden))));
        let Some(root) = self.hidden.iter().find(|hidden| real.starts_with(hidden)) else { return };
        let holds_home = |folder: &Path| self.home.as_ref().is_some_and(|home| home.starts_with(folder));
        // Of a project that holds the home, a file is shown alone.
        let folder = Some(chosen(&real, root)).filter(|folder| !(holds_home(folder) && real.is_file()));
        let folder = folder.unwrap_or_else(|| real.clone());
        let is_part = folder.starts_with(root) && (folder != *root || is_shown_whole(root));
        if is_part && !holds_home(&folder) {
            self.shown.push(folder);
        }
    }

    /// The Python environment in a hidden folder that `place` is in.
    fn environment_around(&self, place: &Path) -> Option<PathBuf> {
        let root = self.hidden.iter().find(|hidden| place.starts_with(hidden))?;
        let inside = place.ancestors().skip(1).take_while(|folder| folder.starts_with(root));
        inside.into_iter().find(|folder| folder.join(links::ENVIRONMENT).is_file()).map(Path::to_owned)
    }

    /// True if the file at `path` is visible.
    fn sees(&self, path: &Path) -> bool {
        let below = |folder: &Path| path.starts_with(folder) && path != folder;
        !self.hidden.iter().any(|hidden| below(hidden)) || self.shown.iter().any(|folder| path.starts_with(folder))
    }

    /// All readable paths, as few folders and files as possible.
    pub(crate) fn readable(&self) -> Vec<PathBuf> {
        let mut readable = self.shown.clone();
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

/// True for a path in a folder of which everything is private.
pub(super) fn is_private(path: &Path) -> bool {
    PRIVATE.iter().any(|folder| path.starts_with(folder))
        || std::env::home_dir().is_some_and(|home| path.starts_with(home))
}

/// The folders of the programs that links in `folder` lead to, outside of it and of private folders.
pub(super) fn linked_folders(folder: &Path) -> BTreeSet<PathBuf> {
    let links = fs::read_dir(folder).into_iter().flatten().flatten();
    let links = links.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()));
    let folders = links.filter_map(|entry| Some(fs::canonicalize(entry.path()).ok()?.parent()?.to_owned()));
    folders.filter(|real| real != folder && !is_private(real)).collect()
}

/// True for a hidden folder that may itself be a project, such as `/app` in a container.
fn can_be_project(root: &Path) -> bool {
    let is_known = PRIVATE.iter().any(|folder| fs::canonicalize(folder).is_ok_and(|folder| folder == root));
    !is_known && !root.starts_with("/var") && !root.starts_with("/etc") && Some(root) != std::env::home_dir().as_deref()
}

/// The folders at the root and in `/var` that do not belong to the system.
fn other_folders() -> Vec<PathBuf> {
    if !cfg!(target_os = "linux") {
        return Vec::new();
    }
    let folders = |root: &str| {
        let entries = fs::read_dir(root).into_iter().flatten().flatten();
        entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path())
    };
    let is_of_system = |path: &PathBuf| SYSTEM.iter().chain(&["var"]).any(|name| path.ends_with(name));
    let holds_anything = |folder: &PathBuf| fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    let projects = PROJECTS.iter().map(PathBuf::from).filter(holds_anything);
    folders("/").filter(|path| !is_of_system(path)).chain(folders("/var")).chain(projects).collect()
}

/// The regular files directly in `folder` but those `named`: a system keeps none there.
fn files_in<'a>(folder: &Path, named: impl IntoIterator<Item = &'a PathBuf>) -> Vec<PathBuf> {
    let named: BTreeSet<PathBuf> = named.into_iter().filter_map(|path| fs::canonicalize(path).ok()).collect();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())).map(|entry| entry.path());
    files.filter(|path| !named.contains(path)).collect()
}

/// True for settings with a key `token`, or that cannot be searched for one.
fn may_hold_token(file: &Path) -> bool {
    let Ok(found) = fs::metadata(file) else { return false };
    let is_token = |line: &str| {
        line.split_once('=').is_some_and(|(key, _)| key.trim().trim_matches('"').rsplit('.').next() == Some("token"))
    };
    let text = || fs::read_to_string(file).map_or(true, |text| text.lines().any(is_token) || text.contains("token ="));
    !found.is_file() || found.len() > MAX_SEARCHED || text()
}

/// The folders and files of the system's settings that not every user can read. Root can, without any capability.
fn private_settings() -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    if cfg!(target_os = "linux") {
        let mut walk = walkdir::WalkDir::new("/etc").max_depth(MAX_DEPTH).into_iter();
        for _ in 0..MAX_SETTINGS {
            let Some(entry) = walk.next() else { break };
            let Ok(entry) = entry else { continue };
            let kind = entry.file_type();
            if kind.is_symlink() || entry.metadata().is_ok_and(|found| is_for_everybody(&found)) {
                continue;
            }
            if kind.is_dir() {
                walk.skip_current_dir();
                folders.push(entry.into_path());
            } else {
                files.push(entry.into_path());
            }
        }
    }
    (folders, files)
}

#[cfg(unix)]
fn is_for_everybody(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o004 != 0
}

#[cfg(not(unix))]
fn is_for_everybody(_: &fs::Metadata) -> bool {
    true
}

/// The project that `path` belongs to, inside `root`. A folder is its own project; for a file it is the nearest folder
/// with a project file, otherwise the file's folder.
fn project(path: &Path, root: &Path) -> PathBuf {
    if path.is_dir() {
        return path.to_owned();
    }
    let inside = |folder: &&Path| folder.starts_with(root) && (*folder != root || can_be_project(root));
    let folders = || path.ancestors().skip(1).take_while(inside);
    let has_project_file = |folder: &&Path| PROJECT_FILES.iter().any(|file| folder.join(file).exists());
    let project = folders().find(has_project_file).or_else(|| folders().next());
    project.unwrap_or(path).to_owned()
}

/// The folder of a program at `path` with its libraries: the parent of `bin`, unless other programs share it.
fn program_folder(path: &Path, root: &Path) -> PathBuf {
    let around =
        path.parent().filter(|around| links::holds_programs(path) && around.starts_with(root) && *around != root);
    let is_shared = |around: &&Path| around.file_name().is_some_and(|name| name == ".local");
    // The parent of `~/bin` is the home.
    let is_home = |around: &&Path| std::env::home_dir().is_some_and(|home| home.starts_with(around));
    around.filter(|around| !is_shared(around) && !is_home(around)).unwrap_or(path).to_owned()
}

/// The paths of Unix sockets of other programs. Write access to a socket is enough to talk to its program, even on a
/// read-only file system.
#[cfg(target_os = "linux")]
fn sockets() -> Vec<PathBuf> {
    let listening = fs::read_to_string("/proc/net/unix").unwrap_or_default();
    // Our list has no sockets of other network namespaces, such as the engine's socket in a container. These are
    // mounted, or named by a variable.
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

    fn shown(view: &FileSystemView) -> Vec<&Path> {
        view.shown.iter().map(PathBuf::as_path).collect()
    }

    #[test]
    fn a_home_is_hidden_but_for_what_the_command_names() {
        let home = tempfile::tempdir().unwrap();
        let at = |path: &str| home.path().canonicalize().unwrap().join(path);
        for folder in [".ssh", "shop/src", "notes", ".nvm/versions/22/bin", ".local/bin", "bin"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for file in ["shop/package.json", "shop/src/server.js", "notes/run.py", ".ssh/id", "alone.py"] {
            fs::write(at(file), "").unwrap();
        }
        let needs = PrivateNeeds {
            home: Some(home.path().to_owned()),
            named: ["shop/src/server.js", "notes/run.py", "not-there", "alone.py"].map(at).into(),
            folders: [".nvm/versions/22/bin", ".local/bin", "."].map(at).into(),
            ..PrivateNeeds::default()
        };
        let view = FileSystemView::new(&needs);
        let expected = [".local/bin", ".nvm/versions/22", "alone.py", "notes", "shop"].map(at);
        let inside: Vec<&Path> = shown(&view).into_iter().filter(|path| path.starts_with(at(""))).collect();
        assert_eq!(inside, expected);
        assert!(view.sees(&at("shop/src/server.js")) && !view.sees(&at(".ssh/id")));
        let readable = view.readable();
        let is_readable = |place: &str| readable.iter().any(|path| Path::new(place).starts_with(path));
        assert!(readable.contains(&at("shop")) && is_readable("/usr/bin"));
        assert!(!readable.iter().any(|path| at(".ssh/id").starts_with(path)), "{readable:?}");
        let of_system = |path: &PathBuf| SYSTEM.iter().any(|name| path.starts_with(Path::new("/").join(name)));
        let beside = readable.iter().filter(|path| path.is_dir() && !of_system(path));
        let beside: Vec<&PathBuf> = beside.filter(|path| !shown(&view).contains(&path.as_path())).collect();
        assert!(!cfg!(target_os = "linux") || beside.is_empty(), "{beside:?}");
        let real = FileSystemView::new(&PrivateNeeds { shows_home: true, ..needs });
        assert!(real.sees(&at(".ssh/id")) || real.hidden.contains(&at("")), "{real:?}");
    }

    #[test]
    fn files_at_the_root_and_settings_with_a_token_are_hidden() {
        let home = tempfile::tempdir().unwrap();
        let at = |path: &str| home.path().canonicalize().unwrap().join(path);
        fs::create_dir(at("folder")).unwrap();
        for file in [".env", "entrypoint.sh", "run.sh"] {
            fs::write(at(file), "x").unwrap();
        }
        let mut hidden = files_in(&at(""), &[at("run.sh")]);
        hidden.sort();
        assert_eq!(hidden, [".env", "entrypoint.sh"].map(at));
        for (text, is_hidden) in [
            ("[build]\njobs = 2\n", false),
            ("[registries.shop]\nindex = \"sparse+https://r.example/\"\ntoken = \"x\"\n", true),
            ("registries.shop.token = \"x\"\n", true),
            ("registries = { shop = { token = \"x\" } }\n", true),
            ("[net]\ngit-fetch-with-cli = true # no token\n", false),
        ] {
            fs::create_dir_all(at(".cargo")).unwrap();
            fs::write(at(".cargo/config.toml"), text).unwrap();
            assert_eq!(may_hold_token(&at(".cargo/config.toml")), is_hidden, "{text}");
            let needs = PrivateNeeds {
                home: Some(home.path().to_owned()),
                folders: vec![at(".cargo")],
                ..PrivateNeeds::default()
            };
            assert_eq!(FileSystemView::new(&needs).masked.contains(&at(".cargo/config.toml")), is_hidden, "{text}");
        }
        assert!(!may_hold_token(&at("missing")));
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_to_the_same_place_as_outside() {
        use std::os::unix::fs::symlink;
        let home = tempfile::tempdir().unwrap();
        let at = |path: &str| home.path().canonicalize().unwrap().join(path);
        for folder in ["envs/a/bin", "envs/a/lib", "pythons/3/bin", "pythons/3/lib", "tools", "releases/5", ".ssh"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        fs::write(at("envs/a/pyvenv.cfg"), format!("home = {}\n", at("pythons/3/bin").display())).unwrap();
        fs::write(at("pythons/3/bin/python3"), "").unwrap();
        fs::write(at("releases/5/run.py"), "").unwrap();
        symlink(at("pythons/3/bin/python3"), at("envs/a/bin/python")).unwrap();
        symlink("../envs/a/bin/python", at("tools/py")).unwrap();
        symlink(at("releases/5"), at("current")).unwrap();
        let needs = PrivateNeeds {
            home: Some(home.path().to_owned()),
            named: ["tools/py", "current/run.py"].map(at).into(),
            ..PrivateNeeds::default()
        };
        let view = FileSystemView::new(&needs);
        let inside: Vec<&Path> = shown(&view).into_iter().filter(|path| path.starts_with(at(""))).collect();
        assert_eq!(inside, ["envs/a", "pythons/3", "releases/5"].map(at));
        let link = |to: PathBuf, place: &str| Link { at: at(place), to };
        let links: Vec<&Link> = view.links.iter().filter(|link| link.at.starts_with(at(""))).collect();
        // The link in the environment is seen with the environment.
        assert_eq!(links, [&link(at("releases/5"), "current"), &link("../envs/a/bin/python".into(), "tools/py")]);
    }
}
