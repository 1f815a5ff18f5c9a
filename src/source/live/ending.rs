//! Ends servers in the background.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::process::{ChildStderr, ChildStdin, ChildStdout};

/// The threads that end servers.
static ENDING: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

/// The pipes of a server.
pub(crate) struct Streams {
    /// Standard input.
    pub(crate) stdin: ChildStdin,
    /// Standard output.
    pub(crate) stdout: ChildStdout,
    /// Standard error.
    pub(crate) stderr: ChildStderr,
}

/// Waits until every server has ended and its folder is removed.
pub fn wait_for_ends() {
    let waiting = std::mem::take(&mut *ending());
    // A panic in such a thread is ignored.
    waiting.into_iter().for_each(|waiting| drop(waiting.join()));
}

/// Drops `running`, which ends a server, in the background. [`wait_for_ends`] waits for it.
pub(crate) fn end_meanwhile(running: impl Send + 'static) {
    // If no thread can be created, this blocks until the server has ended.
    if let Ok(waiting) = thread::Builder::new().spawn(move || drop(running)) {
        let mut ending = ending();
        ending.retain(|waiting| !waiting.is_finished());
        ending.push(waiting);
    }
}

fn ending() -> MutexGuard<'static, Vec<JoinHandle<()>>> {
    ENDING.lock().unwrap_or_else(PoisonError::into_inner)
}
