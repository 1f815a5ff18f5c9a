//! Reads the lines of all files of a log, from old to new.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::{LogReadError, files};

/// Longest line, in bytes. The rest of a longer one is read as another line.
pub(super) const MAX_LINE: u64 = 1 << 20;

/// A line of a log.
pub(super) struct Line {
    pub(super) file: PathBuf,
    /// The number in its file, from 1.
    pub(super) number: usize,
    /// The text without its line break; what is not UTF-8 is replaced.
    pub(super) text: String,
    /// Whether it has a line break.
    pub(super) complete: bool,
}

/// Passes the lines of the log at `path`, with its full files, to `each`.
pub(super) fn lines(path: &Path, mut each: impl FnMut(Line) -> Result<(), LogReadError>) -> Result<(), LogReadError> {
    for file in files::all(path) {
        let failed = |cause: io::Error| LogReadError::File { path: file.clone(), cause };
        let mut reader = BufReader::new(File::open(&file).map_err(failed)?);
        for number in 1.. {
            let mut bytes = Vec::new();
            if (&mut reader).take(MAX_LINE).read_until(b'\n', &mut bytes).map_err(failed)? == 0 {
                break;
            }
            let complete = bytes.ends_with(b"\n");
            let text = String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned();
            each(Line { file: file.clone(), number, text, complete })?;
        }
    }
    Ok(())
}
