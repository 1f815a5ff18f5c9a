//! The files that this program writes. They are no files of a server, so they end no agreement.

use std::fs;
use std::path::{Path, PathBuf};

use super::args::LOCK_FILE;
use super::output::unfinished_file;
use super::places::resolved;
use super::state_folder::state_folder;
use super::written;
use crate::audit::lock::Lock;
use crate::source::client::{AgreedFiles, Difference, is_program};
use crate::text::file::read_text;

/// The outputs of a run, and what tells those of earlier runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct OwnFiles {
    /// The files and folders that this run writes, by their place.
    written: Vec<PathBuf>,
}

impl OwnFiles {
    /// The files of a run that writes `paths`, and the state that it keeps.
    pub(crate) fn new<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Self {
        let state = state_folder().and_then(|state| place(&state));
        Self { written: paths.into_iter().filter_map(place).chain(state).collect() }
    }

    /// True if `difference` is about a file that is an output of this run, or as an earlier run wrote it. A link is none,
    /// wherever it leads, and neither is a program.
    pub(crate) fn has(&self, files: &AgreedFiles, (_, name): &Difference) -> bool {
        let Some(place) = files.path(name).and_then(|path| place(&path)) else { return false };
        let is_output = self.written.iter().any(|written| is_output(&place, written, files.root()));
        match fs::symlink_metadata(&place) {
            Err(cause) => is_output && cause.kind() == std::io::ErrorKind::NotFound,
            Ok(found) if !found.is_file() || is_program(&found) => false,
            Ok(_) => {
                is_output
                    || unfinished_file().is_some_and(|file| self::place(&file).as_ref() == Some(&place))
                    || written::is_unedited_file(&place)
                    || is_lock(&place)
            }
        }
    }
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

/// True for a lock under the usual name, exactly as this program writes one.
fn is_lock(path: &Path) -> bool {
    let is_named = path.file_name().is_some_and(|name| name == LOCK_FILE);
    let text = is_named.then(|| read_text(path).ok()).flatten();
    text.is_some_and(|text| Lock::parse(&text).is_ok_and(|lock| lock.write() == text))
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
