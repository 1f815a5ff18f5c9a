//! The files that this program writes. They are no files of a server, so they end no agreement.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use super::args::LOCK_FILE;
use super::output::unfinished_file;
use super::places::resolved;
use super::state_folder::{is_state_in, state_folder};
use super::written;
use crate::audit::lock::Lock;
use crate::source::client::{AgreedFiles, Difference, is_program};
use crate::text::file::read_text;

/// What this program keeps in its state folder, by the start of the name.
const STATE: [&str; 6] = ["written", "approved", "added", "guarded", "guard", "counts.db"];

/// The outputs of a run, and what tells those of earlier runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct OwnFiles {
    /// The files and folders that this run writes, by their place.
    written: Vec<PathBuf>,
    state: Option<PathBuf>,
}

impl OwnFiles {
    /// The files of a run that writes `paths`, and the state that it keeps.
    pub(crate) fn new<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Self {
        let state = state_folder().and_then(|state| place(&state));
        Self { written: paths.into_iter().filter_map(place).collect(), state }
    }

    /// True if `difference` is about a file as this run or an earlier one wrote it, or about an output that is gone. A link
    /// is none, wherever it leads, and neither is a program, nor what the command itself names.
    pub(crate) fn has(&self, files: &AgreedFiles, (_, name): &Difference) -> bool {
        let Some(place) = files.path(name).and_then(|path| place(&path)) else { return false };
        let is_output = || self.written.iter().any(|written| is_output(&place, written, files.root()));
        let is_state = || self.is_state(&place, files.root());
        match fs::symlink_metadata(&place) {
            Err(cause) => cause.kind() == std::io::ErrorKind::NotFound && (is_output() || is_state()),
            Ok(found) if !found.is_file() || is_program(&found) || files.may_be_named(&place) => false,
            Ok(_) => {
                is_state()
                    || unfinished_file().is_some_and(|file| self::place(&file).as_ref() == Some(&place))
                    || is_output() && is_data(&place)
                    || (is_output() || is_named_as_lock(&place)) && is_lock(&place)
                    || !is_state_in(files.root()) && written::is_unedited_file(&place)
            }
        }
    }

    fn is_state(&self, place: &Path, project: &Path) -> bool {
        let state = self.state.as_ref().filter(|state| !project.starts_with(state));
        let below = state.and_then(|state| place.strip_prefix(state).ok());
        let first = below.and_then(|below| below.iter().next()).map(OsStr::to_string_lossy);
        first.is_some_and(|first| STATE.iter().any(|known| first.starts_with(known)))
    }
}

/// True for data alone, as a run writes it here or on another machine.
fn is_data(place: &Path) -> bool {
    let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    let are_lines = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).all(is_json);
    read_text(place).is_ok_and(|text| is_json(&text) || are_lines(&text))
}

/// The absolute path of the file at `path`. Links are resolved in its folder only, so that a link stays one.
fn place(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    Some(resolved(absolute.parent()?).join(absolute.file_name()?))
}

/// True if `path` is `written` or below it. A folder that holds the whole project says nothing about its files.
fn is_output(path: &Path, written: &Path, project: &Path) -> bool {
    !project.starts_with(written) && path.starts_with(written)
}

fn is_named_as_lock(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == LOCK_FILE)
}

/// True for a lock exactly as this program writes one.
fn is_lock(path: &Path) -> bool {
    read_text(path).is_ok_and(|text| Lock::parse(&text).is_ok_and(|lock| lock.write() == text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_folder_around_the_project_covers_none_of_its_files() {
        let covers = |written: &str| is_output(Path::new("/a/p/out/x"), Path::new(written), Path::new("/a/p"));
        assert!(covers("/a/p/out") && covers("/a/p/out/x"));
        for around in ["/a/p", "/a", "/", "/a/p/other", "/a/p/out/x/y", "/a/p/ou"] {
            assert!(!covers(around), "{around}");
        }
    }
}
