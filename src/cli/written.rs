//! Remembers what a run wrote, so that a later run knows a file as its own if nobody has edited it.

use std::fs;
use std::path::{Path, PathBuf};

use super::state_folder::state_folder;
use crate::text::digest;

/// Largest output that is remembered, in bytes.
const MAX_FILE: u64 = 64 << 20;

/// Remembers that `path` was written with the content `text`. Without a state folder nothing is remembered, and a later
/// run does not replace the file.
pub(crate) fn remember(path: &Path, text: &str) {
    record(path, digest::sha256([text]));
}

/// The same for a file that is for `server`, by its name in clients.
pub(crate) fn remember_for(path: &Path, text: &str, server: &str) {
    record(path, format!("{}\n{server}", digest::sha256([text])));
}

fn record(path: &Path, record: String) {
    if let Some(file) = digest_path(path) {
        let _ = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, record));
    }
}

/// The server for which a run wrote `path` with exactly the content `text`, if it recorded one.
pub(crate) fn server(path: &Path, text: &str) -> Option<String> {
    let known = fs::read_to_string(digest_path(path)?).ok()?;
    let (digest, server) = known.split_once('\n')?;
    (digest == digest::sha256([text])).then(|| server.to_owned())
}

/// Remembers the file at `path` as it was written.
pub(crate) fn remember_file(path: &Path) {
    if let Some(text) = text_of(path) {
        remember(path, &text);
    }
}

/// True if a run wrote the file at `path` as it is.
pub(crate) fn is_unedited_file(path: &Path) -> bool {
    text_of(path).is_some_and(|text| is_unedited(path, &text))
}

fn text_of(path: &Path) -> Option<String> {
    let is_small = fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() <= MAX_FILE);
    is_small.then(|| fs::read_to_string(path).ok()).flatten()
}

/// True if a run wrote `path` with exactly the content `text`.
pub(crate) fn is_unedited(path: &Path, text: &str) -> bool {
    digest_path(path)
        .and_then(|file| fs::read_to_string(file).ok())
        .is_some_and(|known| known.lines().next() == Some(digest::sha256([text]).as_str()))
}

/// The file that holds the digest of the content of `path`.
fn digest_path(path: &Path) -> Option<PathBuf> {
    let absolute = fs::canonicalize(path).ok()?;
    let name = digest::sha256([absolute.as_os_str().as_encoded_bytes()]);
    Some(state_folder()?.join("written").join(name.trim_start_matches("sha256:")))
}
