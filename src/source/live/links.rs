//! What links and the settings of Python environments lead to. A sandbox has to show it where it is, since programs find
//! their libraries by the place of the link that they are started by.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// The file at the root of a Python environment.
pub(super) const ENVIRONMENT: &str = "pyvenv.cfg";
/// The most links on the way to a file, as in Linux.
const MAX_LINKS: usize = 40;
/// How much of the settings of an environment and of the first line of a script is read, in bytes.
const MAX_READ: u64 = 16 << 10;

/// A symbolic link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Link {
    /// Where it is. No other link is part of this path.
    pub(crate) at: PathBuf,
    /// Where it leads, as it says.
    pub(crate) to: PathBuf,
}

/// The links that the system follows to reach the absolute `path`, in this order.
pub(super) fn on_the_way_to(path: &Path) -> Vec<Link> {
    let reversed = |path: &Path| path.components().rev().map(|part| part.as_os_str().to_owned()).collect::<Vec<_>>();
    let mut left: Vec<OsString> = if path.is_absolute() { reversed(path) } else { Vec::new() };
    let (mut links, mut reached) = (Vec::new(), PathBuf::new());
    while let Some(part) = left.pop() {
        match Path::new(&part).components().next() {
            Some(Component::ParentDir) => {
                reached.pop();
            }
            Some(Component::CurDir) | None => {}
            Some(Component::Prefix(_) | Component::RootDir | Component::Normal(_)) => {
                let at = reached.join(&part);
                match fs::read_link(&at) {
                    Ok(to) if links.len() < MAX_LINKS => {
                        left.extend(reversed(&to));
                        links.push(Link { at, to });
                    }
                    Ok(_) => break,
                    Err(_) => reached = at,
                }
            }
        }
    }
    links
}

/// The folder of the Python that the environment in `folder` was made from. `None` unless it holds a Python: the file may
/// have come with a project, and must not open any other folder.
pub(super) fn base_of_environment(folder: &Path) -> Option<PathBuf> {
    let settings = start_of(&folder.join(ENVIRONMENT))?;
    let pairs = settings.lines().filter_map(|line| line.split_once('='));
    let (_, base) = pairs.into_iter().find(|(key, _)| key.trim() == "home")?;
    let base = PathBuf::from(base.trim());
    let has_python = ["python3", "python", "python.exe"].iter().any(|name| base.join(name).is_file());
    (base.is_absolute() && holds_programs(&base) && has_python).then_some(base)
}

/// The program that the first line of the script `program` names. `None` unless it is in a folder of programs.
pub(super) fn interpreter(program: &Path) -> Option<PathBuf> {
    let script = start_of(program)?;
    let named = PathBuf::from(script.strip_prefix("#!")?.split_whitespace().next()?);
    (named.is_absolute() && named.is_file() && named.parent().is_some_and(holds_programs)).then_some(named)
}

/// True for the path of a folder of programs, by its name.
pub(super) fn holds_programs(path: &Path) -> bool {
    path.file_name().is_some_and(|name| ["bin", "sbin", "shims", ".bin", "Scripts"].iter().any(|bin| name == *bin))
}

/// The start of a file. `None` if it cannot be read.
fn start_of(path: &Path) -> Option<String> {
    let mut start = Vec::new();
    File::open(path).ok().filter(|_| path.is_file())?.take(MAX_READ).read_to_end(&mut start).ok()?;
    Some(String::from_utf8_lossy(&start).into_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn every_link_is_followed_and_loops_end() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().canonicalize().unwrap().join(path);
        fs::create_dir_all(at("real/bin")).unwrap();
        symlink("real", at("dir")).unwrap();
        symlink("../../dir/bin/one", at("real/bin/two")).unwrap();
        symlink(at("loop"), at("loop")).unwrap();
        let places = |path: PathBuf| on_the_way_to(&path).into_iter().map(|link| link.at).collect::<Vec<_>>();
        assert_eq!(places(at("dir/bin/two")), ["dir", "real/bin/two", "dir"].map(at));
        assert_eq!(places(at("loop")).len(), MAX_LINKS);
        assert!(on_the_way_to(Path::new("relative")).is_empty());
    }

    #[test]
    fn no_other_folder_is_opened_by_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for place in ["keys", "bin"] {
            fs::create_dir(at(place)).unwrap();
            fs::write(at(place).join("python3"), "").unwrap();
        }
        for (place, opened) in [("keys", false), ("bin", true)] {
            fs::write(at(ENVIRONMENT), format!("home = {}\nversion = 3.12\n", at(place).display())).unwrap();
            assert_eq!(base_of_environment(folder.path()).is_some(), opened, "{place}");
            fs::write(at("run"), format!("#!{} -u\n", at(place).join("python3").display())).unwrap();
            assert_eq!(interpreter(&at("run")).is_some(), opened, "{place}");
        }
    }
}
