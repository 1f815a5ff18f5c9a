//! What is used up of the limits of a policy, in a file that one process at a time reads and writes.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;
use thiserror::Error;

use crate::cli::state_folder::state_folder;
use crate::policy::Counters;

/// How long a process waits for another one.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it sleeps before it tries again.
const PAUSE: Duration = Duration::from_millis(2);

/// Why the limits cannot be counted.
#[derive(Debug, Error)]
pub(crate) enum StateError {
    /// The user has no folder for it.
    #[error("there is no folder to count calls in: name one with --state")]
    NoFolder,
    /// The file cannot be read or written.
    #[error("could not count the call in {}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's own words.
        cause: io::Error,
    },
    /// The file does not hold counts.
    #[error("{} does not hold counts: {cause}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        cause: serde_json::Error,
    },
    /// Another process has the file.
    #[error("another process held {} for {} seconds", path.display(), PATIENCE.as_secs())]
    Busy {
        /// The file.
        path: PathBuf,
    },
}

/// The counts of one policy.
pub(crate) struct State {
    path: PathBuf,
    /// Held while the process lives.
    _lock: File,
}

impl State {
    /// The counts of the policy with that `digest`, in `folder` or the user's own; waits for other processes.
    pub(crate) fn new(folder: Option<&Path>, digest: &str) -> Result<Self, StateError> {
        let folder = folder.map(Path::to_owned).or_else(|| Some(state_folder()?.join("hook")));
        let folder = folder.ok_or(StateError::NoFolder)?;
        let path = folder.join(digest.trim_start_matches("sha256:")).with_extension("json");
        let failed = |cause| StateError::File { path: path.clone(), cause };
        fs::create_dir_all(&folder).map_err(failed)?;
        let lock = path.with_extension("lock");
        let lock = OpenOptions::new().create(true).append(true).open(lock).map_err(failed)?;
        let begun = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { path, _lock: lock }),
                Err(TryLockError::Error(cause)) => return Err(failed(cause)),
                Err(TryLockError::WouldBlock) if begun.elapsed() > PATIENCE => return Err(StateError::Busy { path }),
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            }
        }
    }

    /// Hands the counts to `change` and keeps those that it gives back; windows that ended before the second `at` are
    /// dropped.
    pub(crate) fn update<T>(&self, at: u64, change: impl FnOnce(Counters) -> (T, Counters)) -> Result<T, StateError> {
        let before = self.read()?;
        let (result, mut after) = change(before.clone());
        if after != before {
            after.drop_ended(at);
            self.write(&after).map_err(|cause| StateError::File { path: self.path.clone(), cause })?;
        }
        Ok(result)
    }

    fn read(&self) -> Result<Counters, StateError> {
        let path = || self.path.clone();
        match fs::read(&self.path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|cause| StateError::Content { path: path(), cause }),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Counters::default()),
            Err(cause) => Err(StateError::File { path: path(), cause }),
        }
    }

    /// The file is whole or stays as it was.
    fn write(&self, counters: &Counters) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(counters)?)?;
        file.persist(&self.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_kept_and_broken_ones_are_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let state = || State::new(Some(folder.path()), "sha256:ab");
        let counter = |at| crate::policy::counters::Counter::new("t", 0, 60, at);
        let add = |at| {
            state().unwrap().update(at, |mut counters| {
                let count = counters.get(&counter(at)) + 1;
                counters.set(counter(at), count);
                (count, counters)
            })
        };
        assert_eq!((add(0).unwrap(), add(59).unwrap(), add(60).unwrap()), (1, 2, 1));
        let text = fs::read_to_string(folder.path().join("ab.json")).unwrap();
        assert_eq!(text.matches("window_seconds").count(), 1, "{text}");
        fs::write(folder.path().join("ab.json"), "{").unwrap();
        assert!(matches!(add(0), Err(StateError::Content { .. })));
    }
}
