//! Appends lines to a log that several processes may write.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use super::entry::LogEntry;
use super::head::Head;
use super::options::LogOptions;
use super::reader::MAX_LINE;
use super::{LogError, chain, files};
use crate::guard::file_id::FileId;
use crate::guard::mutex::lock;

/// How long to wait for another process. No call waits meanwhile.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(1);

/// The log at one path.
pub(crate) struct AuditLog {
    path: PathBuf,
    options: LogOptions,
    open: Mutex<Open>,
}

struct Open {
    log: File,
    /// Which file `log` is.
    id: FileId,
    head: File,
}

impl AuditLog {
    /// Opens the log at `path`, or creates it with its folder.
    pub(crate) fn open(path: &Path, options: LogOptions) -> Result<Self, LogError> {
        if let Some(folder) = path.parent() {
            let failed = |cause| LogError::Open { path: path.to_owned(), cause };
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let head = files::open(&files::head(path))?;
        let (log, id) = open(path)?;
        Ok(Self { path: path.to_owned(), options, open: Mutex::new(Open { log, id, head }) })
    }

    /// Appends the line of `entry`. After an error the log is as it was before.
    pub(crate) fn record(&self, entry: &LogEntry<'_>) -> Result<(), LogError> {
        let mut open = lock(&self.open);
        self.lock(&open.head)?;
        let recorded = self.append(&mut open, entry);
        let unlocked = open.head.unlock().map_err(|cause| self.failed(cause));
        recorded.and(unlocked)
    }

    fn failed(&self, cause: io::Error) -> LogError {
        LogError::Write { path: self.path.clone(), cause }
    }

    fn lock(&self, head: &File) -> Result<(), LogError> {
        let begun = Instant::now();
        loop {
            match head.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::Error(cause)) => return Err(self.failed(cause)),
                Err(TryLockError::WouldBlock) if begun.elapsed() > PATIENCE => {
                    return Err(LogError::Busy { path: self.path.clone(), seconds: PATIENCE.as_secs() });
                }
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            }
        }
    }

    fn append(&self, open: &mut Open, entry: &LogEntry<'_>) -> Result<(), LogError> {
        let failed = |cause| self.failed(cause);
        let mut head = Head::read(&mut open.head).map_err(failed)?.unwrap_or_default();
        // Another process began a new file, or somebody moved this one.
        if FileId::read(&self.path).ok() != Some(open.id) {
            (open.log, open.id) = self::open(&self.path)?;
        }
        let length = open.log.metadata().map_err(failed)?.len();
        if length > head.bytes {
            recover(&mut open.log, &mut head).map_err(failed)?;
        }
        let (mut line, digest) = entry.line(&head, &self.options);
        if length < head.bytes && !ends_with_line(&mut open.log).map_err(failed)? {
            line.insert(0, '\n');
        }
        let mut start = open.log.metadata().map_err(failed)?.len();
        if start > 0 && start + line.len() as u64 > self.options.max_bytes {
            self.rotate(open, &mut head)?;
            start = 0;
        }
        let written = open.log.seek(SeekFrom::Start(start)).and_then(|_| open.log.write_all(line.as_bytes()));
        if let Err(cause) = written {
            // A full disk takes the part that fits.
            let _ = open.log.set_len(start);
            return Err(failed(cause));
        }
        head = Head { seq: head.seq + 1, digest, bytes: start + line.len() as u64, ..head };
        head.write(&mut open.head).map_err(failed)
    }

    /// Begins a new file.
    fn rotate(&self, open: &mut Open, head: &mut Head) -> Result<(), LogError> {
        files::rotate(&self.path, self.options.keep).map_err(|cause| self.failed(cause))?;
        (open.log, open.id) = self::open(&self.path)?;
        let oldest = files::all(&self.path).into_iter().next().and_then(|oldest| first_line(&oldest));
        let oldest = oldest.and_then(|line| chain::link(&line));
        *head = Head { bytes: 0, first: oldest.map_or(head.seq + 1, |link| link.seq), ..head.clone() };
        head.write(&mut open.head).map_err(|cause| self.failed(cause))
    }
}

fn open(path: &Path) -> Result<(File, FileId), LogError> {
    let log = files::open(path)?;
    let id = FileId::read(path).map_err(|cause| LogError::Open { path: path.to_owned(), cause })?;
    Ok((log, id))
}

/// Takes up lines that a killed process wrote after `head`, and removes the part of a line that it left.
fn recover(log: &mut File, head: &mut Head) -> io::Result<()> {
    log.seek(SeekFrom::Start(head.bytes))?;
    let mut rest = BufReader::new(&mut *log);
    loop {
        let mut line = Vec::new();
        let length = (&mut rest).take(MAX_LINE).read_until(b'\n', &mut line)? as u64;
        if length == 0 {
            return Ok(());
        }
        if length < MAX_LINE && !line.ends_with(b"\n") {
            return log.set_len(head.bytes);
        }
        let link = std::str::from_utf8(&line).ok().and_then(|line| chain::link(line.trim_end()));
        if let Some(link) = link.filter(|link| link.intact && link.previous == head.digest) {
            (head.seq, head.digest) = (link.seq, link.digest);
        }
        head.bytes += length;
    }
}

/// False if the last line has no end: something cut the file.
fn ends_with_line(log: &mut File) -> io::Result<bool> {
    if log.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    log.seek(SeekFrom::End(-1))?;
    log.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn first_line(path: &Path) -> Option<String> {
    let mut line = String::new();
    BufReader::new(File::open(path).ok()?.take(MAX_LINE)).read_line(&mut line).ok()?;
    Some(line.trim_end().to_owned())
}
