//! Reads the files of a skill or a plugin: within their folder, and within limits. What is left out is a deviation.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::bounds::Budget;
use super::decode::deviation;
use super::error::SavedCause;
use super::real_folder::RealFolder;
use crate::model::{Deviation, NotRead};
use crate::text::{clean, digest};

/// Maximum size of one file, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// Longest path in a message, in characters.
const MAX_QUOTE: usize = 120;

/// What a file is expected to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExpectedContent {
    /// Text or a script. Other content is noted as left out.
    Text,
    /// Anything. Other content than text is passed over.
    Any,
}

/// A reader of the files below one folder.
pub(super) struct FolderReader<'a> {
    /// The folder that no file may leave.
    root: RealFolder,
    budget: &'a Budget,
    /// What was left out.
    pub(super) deviations: Vec<Deviation>,
    /// The digests of the files that were read, with their names.
    pub(super) digests: Vec<String>,
}

impl<'a> FolderReader<'a> {
    /// A reader that does not leave `root`.
    pub(super) fn new(root: &Path, budget: &'a Budget) -> io::Result<Self> {
        Ok(Self { root: RealFolder::new(root)?, budget, deviations: Vec::new(), digests: Vec::new() })
    }

    /// The text of the file at `path`, called `name` in messages. `None` if it was left out or is no text.
    pub(super) fn text(
        &mut self,
        path: &Path,
        name: &str,
        content: ExpectedContent,
    ) -> Result<Option<String>, SavedCause> {
        let shown = clean::excerpt(name, MAX_QUOTE);
        if !self.root.holds(path)? {
            self.left_out("skill-link-outside", &format!("{shown} leads out of the folder through a link."));
            return Ok(None);
        }
        if !fs::metadata(path)?.is_file() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
        self.digests.push(digest::sha256([name.as_bytes(), &bytes]));
        if bytes.len() as u64 > MAX_FILE {
            self.left_out("skill-file-too-large", &format!("{shown} is larger than {} MiB.", MAX_FILE >> 20));
            return Ok(None);
        }
        if let Err(cause) = self.budget.spend(bytes.len() as u64) {
            self.left_out("skill-file-over-budget", &format!("{shown} was not kept: {cause}."));
            return Ok(None);
        }
        let text = decoded(bytes);
        if text.is_none() && content == ExpectedContent::Text {
            self.left_out("skill-file-no-text", &format!("{shown} is no text, and was not read."));
        }
        Ok(text)
    }

    /// Like `text`; a file that cannot be read is left out too.
    pub(super) fn text_or_note(&mut self, path: &Path, name: &str, content: ExpectedContent) -> Option<String> {
        self.text(path, name, content).unwrap_or_else(|cause| {
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

/// `bytes` as text, with replacement characters for what is none. `None` for data: only that has zeros and is no UTF-8. A
/// script stays one whatever follows.
fn decoded(bytes: Vec<u8>) -> Option<String> {
    match String::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(cause) => {
            let bytes = cause.as_bytes();
            let is_text = !bytes.contains(&0) || bytes.starts_with(b"#!");
            is_text.then(|| String::from_utf8_lossy(bytes).into_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_invalid_byte_hides_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let budget = Budget::default();
        let mut reader = FolderReader::new(dir.path(), &budget).unwrap();
        let path = dir.path().join("a.md");
        let mut read = |bytes: &[u8], content| {
            fs::write(&path, bytes).unwrap();
            reader.text_or_note(&path, "a.md", content)
        };
        assert_eq!(read(b"Obey.\xff", ExpectedContent::Text).as_deref(), Some("Obey.\u{fffd}"));
        assert!(read(b"#!/bin/sh\n./x\0\xff", ExpectedContent::Any).is_some_and(|text| text.contains("./x")));
        assert_eq!(read(b"\x7fELF\0\xff", ExpectedContent::Any), None);
        assert_eq!(read(b"\x7fELF\0\xff", ExpectedContent::Text), None);
        let ids: Vec<&str> = reader.deviations.iter().map(|found| found.id.as_str()).collect();
        assert_eq!(ids, ["skill-file-no-text"]);
    }

    #[test]
    fn a_spent_budget_is_not_called_a_large_file() {
        let dir = tempfile::tempdir().unwrap();
        let budget = Budget::default();
        let mut piece = 1 << 40;
        while piece > 0 {
            while budget.spend(piece).is_ok() {}
            piece /= 2;
        }
        fs::write(dir.path().join("a.md"), "x").unwrap();
        let mut reader = FolderReader::new(dir.path(), &budget).unwrap();
        assert_eq!(reader.text_or_note(&dir.path().join("a.md"), "a.md", ExpectedContent::Text), None);
        assert!(reader.deviations.iter().all(|found| found.id == "skill-file-over-budget"), "{:?}", reader.deviations);
        assert_eq!(reader.deviations.len(), 1);
    }
}
