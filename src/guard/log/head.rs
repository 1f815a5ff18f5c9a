//! The state of a log after its last line, in a file beside it. It is the lock of the log, and shows a cut at the end.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use serde::{Deserialize, Serialize};

use super::chain::START;

/// The length of the file. It is written in one piece, and never grows.
const LENGTH: usize = 256;

/// The state of a log after its last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The number of the last line.
    pub(super) seq: u64,
    pub(super) digest: String,
    /// The size of the current file.
    pub(super) bytes: u64,
    /// The number of the oldest line that is kept.
    pub(super) first: u64,
}

impl Default for Head {
    fn default() -> Self {
        Self { seq: 0, digest: START.into(), bytes: 0, first: 1 }
    }
}

impl Head {
    /// The state in `file`; `None` if it holds none.
    pub(super) fn read(file: &mut File) -> io::Result<Option<Self>> {
        let mut text = String::new();
        file.seek(SeekFrom::Start(0))?;
        match file.take(LENGTH as u64).read_to_string(&mut text) {
            Err(cause) if cause.kind() != io::ErrorKind::InvalidData => Err(cause),
            _ => Ok(serde_json::from_str(text.trim()).ok()),
        }
    }

    pub(super) fn write(&self, file: &mut File) -> io::Result<()> {
        let text = serde_json::to_string(self)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(format!("{text:<width$}\n", width = LENGTH - 1).as_bytes())
    }
}
