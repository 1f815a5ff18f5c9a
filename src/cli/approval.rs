//! The user's permanent approval of a file with its current content and path. It is stored outside the file's folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::state_folder::{is_state_in, state_folder};
use crate::source::client::repository;
use crate::text::digest;

/// The approval of one file with its current content.
pub(crate) struct FileApproval {
    /// An empty marker file whose name is the digest. `None` if the user has no state folder, or has it in the repository
    /// of the file.
    mark: Option<PathBuf>,
}

impl FileApproval {
    /// The approval of `file` with content `text`.
    pub(crate) fn new(file: &Path, text: &str) -> Self {
        let place = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        let digest = digest::sha256([place.as_os_str().as_encoded_bytes(), text.as_bytes()]);
        let name = digest.trim_start_matches("sha256:").to_owned();
        let is_beside = place.parent().is_some_and(|folder| is_state_in(&repository(folder)));
        Self { mark: folder().filter(|_| !is_beside).map(|folder| folder.join(name)) }
    }

    /// True if the user has approved the file, now or earlier.
    pub(crate) fn is_recorded(&self) -> bool {
        self.mark.as_ref().is_some_and(|mark| mark.is_file())
    }

    /// Records the approval.
    pub(crate) fn record(&self) -> io::Result<()> {
        let Some(mark) = &self.mark else {
            return Err(io::Error::other("there is no folder outside of this repository to keep it in"));
        };
        if let Some(folder) = mark.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(mark, "")
    }
}

fn folder() -> Option<PathBuf> {
    Some(state_folder()?.join("approved"))
}
