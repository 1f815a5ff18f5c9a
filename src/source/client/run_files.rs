//! The files that a command is seen to run, which no output may replace. Unlike an agreement, it covers what the words
//! say, and what can be run by itself.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::named_paths;
use crate::source::real_folder::RealFolder;

/// Files that decide what runs in a project, whatever the command says.
const SETTINGS: [&str; 12] = [
    "package.json",
    "package-lock.json",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "Makefile",
    "makefile",
    "GNUmakefile",
    "Cargo.toml",
    "go.mod",
    "deno.json",
    ".npmrc",
];

/// The words of a command and the folders that they are relative to.
#[derive(Debug)]
pub(crate) struct RunFiles {
    words: BTreeSet<String>,
    folders: Vec<RealFolder>,
    /// Whether the folders are a project, whose programs and settings count as well.
    is_project: bool,
    /// Whether the words cannot be searched, so that any file of the folders may be run.
    is_unclear: bool,
}

impl RunFiles {
    /// The files of a command that starts in one of `folders`.
    pub(crate) fn new<'a>(words: impl IntoIterator<Item = &'a str>, folders: Vec<PathBuf>, is_project: bool) -> Self {
        let found = named_paths::paths(words.into_iter(), |_| None);
        let is_unclear = found.is_err();
        let words = found.unwrap_or_default();
        let folders = folders.iter().filter_map(|folder| RealFolder::new(folder).ok()).collect();
        Self { words, folders, is_project, is_unclear }
    }

    /// True if the command may run the existing file at `path`.
    pub(crate) fn has(&self, path: &Path) -> bool {
        let Ok(real) = path.canonicalize() else { return false };
        let is_inside = self.folders.iter().any(|folder| folder.holds_real(&real));
        real.is_file()
            && (self.names(&real)
                || is_inside && (self.is_unclear || self.names_by_stem(&real) || self.is_project && can_run(&real)))
    }

    fn names(&self, real: &Path) -> bool {
        let leads_there = |folder: &RealFolder, word: &String| {
            same_file::is_same_file(folder.path().join(word), real).is_ok_and(|is| is)
        };
        self.folders.iter().any(|folder| self.words.iter().any(|word| leads_there(folder, word)))
    }

    /// `python -m app.server` runs `server.py`, and `node server` runs `server.js`.
    fn names_by_stem(&self, real: &Path) -> bool {
        let Some(stem) = real.file_stem().and_then(|stem| stem.to_str()) else { return false };
        let last = |word: &String| word.rsplit(['/', '\\', '.']).next() == Some(stem);
        !stem.is_empty() && self.words.iter().any(last)
    }
}

fn can_run(real: &Path) -> bool {
    let name = real.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let mut start = [0; 2];
    let mut is_script = || File::open(real).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *b"#!";
    SETTINGS.contains(&name) || is_program(real) || is_script()
}

#[cfg(unix)]
fn is_program(real: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(real).is_ok_and(|found| found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(real: &Path) -> bool {
    real.extension().is_some_and(|ending| ["exe", "cmd", "bat"].iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_runs_is_known_by_its_words() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["run.sh", "server.js", "report.json", "package.json", "data.txt"] {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        fs::write(dir.path().join("tool"), "#!/bin/sh").unwrap();
        let has = |words: &[&str], is_project: bool| -> Vec<&str> {
            let files = RunFiles::new(words.iter().copied(), vec![dir.path().to_owned()], is_project);
            let all = ["run.sh", "server.js", "report.json", "package.json", "data.txt", "tool", "none"];
            all.into_iter().filter(|name| files.has(&dir.path().join(name))).collect()
        };
        assert_eq!(has(&["sh", "./run.sh"], false), ["run.sh"]);
        assert_eq!(has(&["sh", "-c", "exec node server --db=data.txt"], false), ["server.js", "data.txt"]);
        assert_eq!(has(&["python3", "-m", "app.server"], false), ["server.js"]);
        assert_eq!(has(&["npm", "start"], true), ["package.json", "tool"]);
        assert_eq!(has(&["npx", "-y", "shop"], false), Vec::<&str>::new());
    }
}
