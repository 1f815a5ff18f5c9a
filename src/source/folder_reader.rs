//! Reads the files of a skill or a plugin: within their folder, and within limits. What is left out is a deviation.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::bounds::Budget;
use super::decode::deviation;
use super::error::SavedCause;
use crate::model::{Deviation, NotRead};
use crate::text::{clean, digest};

/// Maximum size of one file, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// Longest path in a message, in characters.
const MAX_QUOTE: usize = 120;

/// A reader of the files below one folder.
pub(super) struct FolderReader<'a> {
    /// The real path of the folder that no file may leave.
    root: PathBuf,
    budget: &'a Budget,
    /// What was left out.
    pub(super) deviations: Vec<Deviation>,
    /// The digests of the files that were read, with their names.
    pub(super) digests: Vec<String>,
}

impl<'a> FolderReader<'a> {
    /// A reader that does not leave `root`.
    pub(super) fn new(root: &Path, budget: &'a Budget) -> io::Result<Self> {
        Ok(Self { root: fs::canonicalize(root)?, budget, deviations: Vec::new(), digests: Vec::new() })
    }

    /// The text of the file at `path`, called `name` in messages. `None` if it was left out.
    pub(super) fn text(&mut self, path: &Path, name: &str) -> Result<Option<String>, SavedCause> {
        let shown = clean::excerpt(name, MAX_QUOTE);
        if !fs::canonicalize(path)?.starts_with(&self.root) {
            self.left_out("skill-link-outside", &format!("{shown} leads out of the folder through a link."));
            return Ok(None);
        }
        if !fs::metadata(path)?.is_file() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
        self.digests.push(digest::sha256([name.as_bytes(), &bytes]));
        if bytes.len() as u64 > MAX_FILE || self.budget.spend(bytes.len() as u64).is_err() {
            self.left_out("skill-file-too-large", &format!("{shown} is larger than {} MiB.", MAX_FILE >> 20));
            return Ok(None);
        }
        Ok(String::from_utf8(bytes).ok())
    }

    /// Like `text`; a file that cannot be read is left out too.
    pub(super) fn text_or_note(&mut self, path: &Path, name: &str) -> Option<String> {
        self.text(path, name).unwrap_or_else(|cause| {
            let shown = clean::excerpt(name, MAX_QUOTE);
            self.left_out("skill-file-unreadable", &format!("{shown} could not be read: {cause}."));
            None
        })
    }

    /// Notes that a part was left out.
    pub(super) fn left_out(&mut self, id: &str, text: &str) {
        self.deviations.push(Deviation { not_read: Some(NotRead::Part), ..deviation(id, None, text) });
    }
}
