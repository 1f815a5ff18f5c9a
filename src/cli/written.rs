//! Remembers what a run wrote into files that cannot hold their own digest, so that a later run replaces a file only if
//! nobody has edited it.

use std::fs;
use std::path::{Path, PathBuf};

use super::state_folder::state_folder;
use crate::text::digest;

/// Remembers that `path` was written with the content `text`. Without a state folder nothing is remembered, and a later
/// run does not replace the file.
pub(crate) fn remember(path: &Path, text: &str) {
    if let Some(place) = place(path) {
        let _ =
            place.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&place, digest::sha256([text])));
    }
}

/// True if a run wrote `path` with exactly the content `text`.
pub(crate) fn is_unedited(path: &Path, text: &str) -> bool {
    place(path).and_then(|place| fs::read_to_string(place).ok()).is_some_and(|known| known == digest::sha256([text]))
}

/// The file that holds the digest of the content of `path`.
fn place(path: &Path) -> Option<PathBuf> {
    let absolute = fs::canonicalize(path).ok()?;
    let name = digest::sha256([absolute.as_os_str().as_encoded_bytes()]);
    Some(state_folder()?.join("written").join(name.trim_start_matches("sha256:")))
}
