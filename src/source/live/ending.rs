//! Servers that end while other work goes on.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::process::{ChildStderr, ChildStdin, ChildStdout};

/// The threads that wait for them.
static ENDING: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

/// The streams of a server.
pub(crate) struct Streams {
    /// Its standard input.
    pub(crate) stdin: ChildStdin,
    /// Its standard output.
    pub(crate) stdout: ChildStdout,
    /// Its standard error.
    pub(crate) stderr: ChildStderr,
}

/// Waits until every server is gone, and its folder with it.
pub fn wait_for_ends() {
    let waiting = std::mem::take(&mut *ending());
    // A panic there has nothing to tell here.
    waiting.into_iter().for_each(|waiting| drop(waiting.join()));
}

/// Drops `running`, which ends a server, while other work goes on; [`wait_for_ends`] waits for it.
pub(crate) fn end_meanwhile(running: impl Send + 'static) {
    // Where no thread can be had, it is waited for here.
    if let Ok(waiting) = thread::Builder::new().spawn(move || drop(running)) {
        let mut ending = ending();
        ending.retain(|waiting| !waiting.is_finished());
        ending.push(waiting);
    }
}

fn ending() -> MutexGuard<'static, Vec<JoinHandle<()>>> {
    ENDING.lock().unwrap_or_else(PoisonError::into_inner)
}
