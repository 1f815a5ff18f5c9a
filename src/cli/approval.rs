//! What a user approved once and for all: a file's content at its place, kept outside of the folder that it lies in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::state_folder::state_folder;
use crate::text::digest;

/// The approval of one file as it is now.
pub(crate) struct Approval {
    /// Its mark, an empty file whose name is the digest; none where the user has no folder for such things.
    mark: Option<PathBuf>,
}

impl Approval {
    /// The approval of `file`, which holds `text`.
    pub(crate) fn new(file: &Path, text: &str) -> Self {
        let place = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        let digest = digest::sha256([place.as_os_str().as_encoded_bytes(), text.as_bytes()]);
        let name = digest.trim_start_matches("sha256:").to_owned();
        Self { mark: folder().map(|folder| folder.join(name)) }
    }

    /// True when the user gave it, now or earlier.
    pub(crate) fn is_given(&self) -> bool {
        self.mark.as_ref().is_some_and(|mark| mark.is_file())
    }

    /// The user gives it.
    pub(crate) fn give(&self) -> io::Result<()> {
        let Some(mark) = &self.mark else { return Err(io::Error::other("there is no folder to keep it in")) };
        if let Some(folder) = mark.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(mark, "")
    }
}

fn folder() -> Option<PathBuf> {
    Some(state_folder()?.join("approved"))
}
