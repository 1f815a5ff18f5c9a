//! Paths of configuration files on each operating system.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::document::Format;

/// Most files of a path with a `*`.
const MAX_FILES: usize = 1_000;

/// The path of a configuration. A component may have one `*`, which matches any characters: `plugins/*/.mcp.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConfigPath {
    /// Below the user's home folder.
    Home(&'static str),
    /// Below the system's settings folder: `~/.config`, `~/Library/Application Support` or `%APPDATA%`.
    Config(&'static str),
    /// Below `$XDG_CONFIG_HOME` (default `~/.config`), on all systems except Windows.
    Xdg(&'static str),
    /// Below the folder in an environment variable: the variable and the path.
    Variable(&'static str, &'static str),
    /// A file that the administrator of the machine manages.
    Machine { linux: &'static str, macos: &'static str, windows: &'static str },
    /// Below a project folder.
    Project(&'static str),
}

impl ConfigPath {
    /// How many characters of `path` match this location on any system. `None` if `path` does not end with it.
    pub(crate) fn match_length(self, path: &Path) -> Option<usize> {
        let below = match self {
            Self::Home(below) | Self::Config(below) | Self::Xdg(below) | Self::Project(below) => below,
            // The file name alone is too common, so the full path must match.
            Self::Variable(..) => return self.on(&ours()).filter(|place| place == path).map(|_| usize::MAX),
            Self::Machine { linux, macos, windows } => {
                return [linux, macos, windows].iter().any(|place| is_below(path, place)).then_some(usize::MAX);
            }
        };
        is_below(path, below).then_some(below.len())
    }

    /// The path on `machine`. `None` for a path in a project.
    fn on(self, machine: &Machine<'_>) -> Option<PathBuf> {
        self.base(machine).map(|(base, below)| base.join(below))
    }

    /// The folder on `machine` and the path below it, in which alone a `*` has a meaning.
    fn base(self, machine: &Machine<'_>) -> Option<(PathBuf, &'static str)> {
        let folder = |variable: &str| (machine.variable)(variable).filter(|value| !value.as_os_str().is_empty());
        let home = || machine.home.clone();
        match (self, machine.system) {
            (Self::Home(below), _) => Some((home()?, below)),
            (Self::Config(below), System::Windows) => Some((folder("APPDATA")?, below)),
            (Self::Config(below), System::Macos) => Some((home()?.join("Library/Application Support"), below)),
            (Self::Xdg(_), System::Windows) => None,
            (Self::Config(below) | Self::Xdg(below), _) => {
                Some((folder("XDG_CONFIG_HOME").or_else(|| Some(home()?.join(".config")))?, below))
            }
            (Self::Variable(variable, below), _) => Some((folder(variable)?, below)),
            (Self::Machine { windows, .. }, System::Windows) => Some((PathBuf::new(), windows)),
            (Self::Machine { macos, .. }, System::Macos) => Some((PathBuf::new(), macos)),
            (Self::Machine { linux, .. }, System::Linux) => Some((PathBuf::new(), linux)),
            (Self::Project(_), _) => None,
        }
    }
}

/// The operating system family. Unknown systems count as Linux.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    Linux,
    Macos,
    Windows,
}

/// The properties of a machine that paths depend on.
struct Machine<'a> {
    system: System,
    home: Option<PathBuf>,
    variable: &'a dyn Fn(&str) -> Option<PathBuf>,
}

/// The current machine.
fn ours() -> Machine<'static> {
    let system = match () {
        () if cfg!(windows) => System::Windows,
        () if cfg!(target_os = "macos") => System::Macos,
        () => System::Linux,
    };
    Machine { system, home: env::home_dir(), variable: &|name| env::var_os(name).map(PathBuf::from) }
}

impl ConfigPath {
    /// The path on this machine. `None` if there is no such path on this system, or if it depends on the project.
    pub fn on_this_machine(&self) -> Option<PathBuf> {
        self.on(&ours())
    }

    /// True if `path` is there on this machine, outside of any project. Its links are resolved.
    pub(super) fn is_on_this_machine(self, path: &Path) -> bool {
        let Some((base, below)) = self.base(&ours()) else { return false };
        let base = base.canonicalize().unwrap_or(base);
        let length = Path::new(below).components().count();
        path.ancestors().nth(length).is_some_and(|around| around == base) && is_below(path, below)
    }
}

/// The existing files among `places`, on this machine and in `projects`.
pub(crate) fn paths(places: &[ConfigPath], projects: &[PathBuf]) -> Vec<PathBuf> {
    let of_project = |place: &ConfigPath| match place {
        ConfigPath::Project(below) => projects.iter().map(|project| (project.clone(), *below)).collect(),
        other => other.base(&ours()).into_iter().collect::<Vec<_>>(),
    };
    places.iter().flat_map(of_project).flat_map(|(base, below)| files(&base, below)).collect()
}

/// The existing folders among `places`, on this machine and in `projects`.
pub(super) fn folders(places: &[ConfigPath], projects: &[PathBuf]) -> Vec<PathBuf> {
    let of_project = |place: &ConfigPath| match place {
        ConfigPath::Project(below) => projects.iter().map(|project| (project.clone(), *below)).collect(),
        other => other.base(&ours()).into_iter().collect::<Vec<_>>(),
    };
    let below = |(base, below): (PathBuf, &'static str)| {
        let mut found = vec![base];
        for part in Path::new(below).components() {
            let part = part.as_os_str().to_string_lossy();
            found = found.iter().flat_map(|folder| folders_of(folder, &part)).take(MAX_FILES).collect();
        }
        found
    };
    places.iter().flat_map(of_project).flat_map(below).collect()
}

/// The folders in `folder` that `pattern` names, sorted.
fn folders_of(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    if !pattern.contains('*') {
        return Some(folder.join(pattern)).filter(|path| path.is_dir()).into_iter().collect();
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| matches(pattern, &entry.file_name().to_string_lossy()));
    let mut found: Vec<PathBuf> = named.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// True if `path` ends with `below`, whose components may hold a `*`.
fn is_below(path: &Path, below: &str) -> bool {
    let mut components = path.components().rev();
    Path::new(below).components().rev().all(|pattern| {
        let (pattern, component) = (pattern.as_os_str(), components.next());
        component.is_some_and(|component| matches(&pattern.to_string_lossy(), &component.as_os_str().to_string_lossy()))
    })
}

/// True if `name` is `pattern`, which may hold a `*`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end),
        None => pattern == name,
    }
}

/// The files, and what else is no folder, that `below` names in the folder `base`, of a format that can be read where it holds a `*`. Sorted, and at
/// most [`MAX_FILES`].
fn files(base: &Path, below: &str) -> Vec<PathBuf> {
    let mut found = BTreeSet::new();
    let components: Vec<Component<'_>> = Path::new(below).components().collect();
    collect(base.to_owned(), &components, below.contains('*'), &mut found);
    found.into_iter().collect()
}

/// Adds the files that `below` names in `folder` to `found`.
fn collect(folder: PathBuf, below: &[Component<'_>], has_star: bool, found: &mut BTreeSet<PathBuf>) {
    let Some((first, rest)) = below.split_first() else {
        // A link to a device or a pipe is an error of its reader.
        if (!has_star || Format::from_path(&folder).is_some()) && folder.exists() && !folder.is_dir() {
            found.insert(folder);
            if found.len() > MAX_FILES {
                found.pop_last();
            }
        }
        return;
    };
    let name = first.as_os_str().to_string_lossy();
    if !name.contains('*') {
        return collect(folder.join(first), rest, has_star, found);
    }
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        if matches(&name, &entry.file_name().to_string_lossy()) {
            collect(entry.path(), rest, has_star, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::client::{CLIENTS, Client};

    fn places(system: System, set: &'static [(&'static str, &'static str)]) -> Vec<String> {
        let variable = move |name: &str| Some(PathBuf::from(set.iter().find(|(key, _)| *key == name)?.1));
        let machine = Machine { system, home: Some("/home/me".into()), variable: &variable };
        let shown = |client: &Client| {
            let paths = client.places.iter().filter_map(|place| place.on(&machine));
            paths.map(|path| format!("{}: {}", client.name.id, path.display())).collect::<Vec<_>>()
        };
        CLIENTS.iter().flat_map(shown).collect()
    }

    #[test]
    fn a_star_stands_for_any_characters_of_one_component() {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["a/one/.mcp.json", "a/two/.mcp.json", "a/two/other.json", "a/three/below/.mcp.json", "b.code-workspace"]
        {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        let found = |below: &str| {
            let names = files(folder.path(), below).into_iter();
            names.map(|path| path.strip_prefix(folder.path()).unwrap().display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(found("a/*/.mcp.json"), ["a/one/.mcp.json", "a/two/.mcp.json"]);
        assert_eq!(found("a/two/*"), ["a/two/.mcp.json", "a/two/other.json"]);
        assert_eq!(found("*.code-workspace"), ["b.code-workspace"]);
        assert!(is_below(Path::new("/home/me/a/one/.mcp.json"), "a/*/.mcp.json"));
        assert!(!is_below(Path::new("/home/me/a/one/two/.mcp.json"), "a/*/.mcp.json"));
        assert!(!is_below(Path::new(".mcp.json"), "a/*/.mcp.json"));
    }

    #[test]
    fn what_holds_no_configuration_hides_none() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..=MAX_FILES {
            fs::create_dir_all(folder.path().join(format!("p/a{number}"))).unwrap();
        }
        fs::create_dir_all(folder.path().join("p/z")).unwrap();
        fs::write(folder.path().join("p/z/.mcp.json"), "{}").unwrap();
        assert_eq!(files(folder.path(), "p/*/.mcp.json"), [folder.path().join("p/z/.mcp.json")]);
    }

    #[cfg(unix)]
    #[test]
    fn a_star_in_the_path_of_a_project_is_a_character() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a*b", "axb"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join(".mcp.json"), "{}").unwrap();
        }
        let project = folder.path().join("a*b");
        assert_eq!(
            paths(&[ConfigPath::Project(".mcp.json")], std::slice::from_ref(&project)),
            [project.join(".mcp.json")]
        );
    }

    #[test]
    fn where_the_clients_keep_their_configurations_on_each_system() {
        let windows: &[(&str, &str)] = &[("APPDATA", "/home/me/AppData/Roaming"), ("CODEX_HOME", "/codex")];
        insta::assert_debug_snapshot!("linux", places(System::Linux, &[]));
        insta::assert_debug_snapshot!("macos", places(System::Macos, &[]));
        insta::assert_debug_snapshot!("windows", places(System::Windows, windows));
        let moved = places(System::Linux, &[("XDG_CONFIG_HOME", "/settings"), ("CODEX_HOME", "/codex")]);
        assert!(moved.contains(&"zed: /settings/zed/settings.json".to_owned()), "{moved:?}");
        assert!(moved.contains(&"codex: /codex/config.toml".to_owned()), "{moved:?}");
    }
}
