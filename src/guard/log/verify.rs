//! Finds records that were removed, changed, moved or cut off.
//!
//! The digests have no key: somebody who can write the log can also write a whole new chain. Whoever keeps the number and
//! the digest of the last record elsewhere can tell.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::chain::{self, START};
use super::head::Head;
use super::{LogReadError, files, reader};

/// Most problems that are reported.
const MOST: usize = 100;

/// What was found in a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Verification {
    /// The number of records.
    pub(crate) records: u64,
    /// The number of the first record that is there; 0 if there is none.
    pub(crate) first: u64,
    /// The number of the last record; 0 if there is none.
    pub(crate) last: u64,
    /// The digest of the last record.
    pub(crate) digest: Option<String>,
    /// The first problems, in the order of the lines.
    pub(crate) problems: Vec<Problem>,
    /// The number of all problems.
    pub(crate) problem_count: usize,
    /// False if the file beside the log that says where it ends is missing, so that a cut at the end cannot be seen.
    pub(crate) end_is_known: bool,
}

/// A place where the log is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    pub(crate) file: PathBuf,
    /// The line in the file, from 1.
    pub(crate) line: usize,
    #[serde(flatten)]
    pub(crate) kind: ProblemKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub(crate) enum ProblemKind {
    #[error("it is no record")]
    NotARecord,
    #[error("the record has no end: something stopped in the middle of it, or cut it")]
    Incomplete,
    #[error("record {seq} was changed")]
    Changed { seq: u64 },
    #[error("records {from} to {to} before it were removed")]
    Removed { from: u64, to: u64 },
    #[error("record {seq} is out of order or a copy")]
    OutOfOrder { seq: u64 },
    #[error("record {seq} does not follow the one before it: that one was replaced")]
    Replaced { seq: u64 },
    #[error("the end was cut: record {last} is the last, and {written} were written")]
    CutOff { last: u64, written: u64 },
}

/// Checks the log at `path` with its full files.
pub(crate) fn verify(path: &Path) -> Result<Verification, LogReadError> {
    let head = match std::fs::File::open(files::head(path)) {
        Ok(mut file) => Head::read(&mut file).map_err(|cause| LogReadError::File { path: files::head(path), cause })?,
        Err(_) => None,
    };
    let mut checked = Verification {
        records: 0,
        first: 0,
        last: 0,
        digest: None,
        problems: Vec::new(),
        problem_count: 0,
        end_is_known: head.is_some(),
    };
    let mut previous = None;
    let mut end = (path.to_owned(), 1);
    reader::lines(path, |line| {
        end = (line.file.clone(), line.number);
        let Some(link) = chain::link(&line.text) else {
            let kind = if line.complete { ProblemKind::NotARecord } else { ProblemKind::Incomplete };
            checked.add(&end, kind);
            return Ok(());
        };
        checked.records += 1;
        if !link.intact {
            checked.add(&end, ProblemKind::Changed { seq: link.seq });
        }
        let expected = match &previous {
            Some(_) => checked.last + 1,
            // Older records were dropped with their files, or nothing says so.
            None => head.as_ref().map_or(link.seq, |head| head.first),
        };
        let follows = match &previous {
            Some(digest) => *digest == link.previous,
            None => link.seq != 1 || link.previous == START,
        };
        match link.seq {
            seq if seq < expected => checked.add(&end, ProblemKind::OutOfOrder { seq }),
            seq if seq > expected => checked.add(&end, ProblemKind::Removed { from: expected, to: seq - 1 }),
            seq if !follows => checked.add(&end, ProblemKind::Replaced { seq }),
            _ => {}
        }
        if link.seq > checked.last {
            checked.first = if previous.is_none() { link.seq } else { checked.first };
            checked.last = link.seq;
            checked.digest = Some(link.digest.clone());
            previous = Some(link.digest);
        }
        Ok(())
    })?;
    if let Some(head) = head.filter(|head| head.seq > checked.last) {
        checked.add(&end, ProblemKind::CutOff { last: checked.last, written: head.seq });
    }
    Ok(checked)
}

impl Verification {
    fn add(&mut self, (file, line): &(PathBuf, usize), kind: ProblemKind) {
        self.problem_count += 1;
        if self.problems.len() < MOST {
            self.problems.push(Problem { file: file.clone(), line: *line, kind });
        }
    }
}
