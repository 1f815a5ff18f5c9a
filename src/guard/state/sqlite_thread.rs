//! The thread that counts in an SQLite file. SQLite takes one change at a time: were each call to wait for it on a thread of its
//! own, a burst of calls would start as many threads, and the memory of each would stay.

use std::path::PathBuf;
use std::thread;

use tokio::sync::{mpsc, oneshot};

use super::StateError;
use super::sqlite_store::SqliteStore;

/// Most changes that wait in the queue. More wait outside of it.
const QUEUE: usize = 64;

/// A change to the counts, which answers whoever waits for it.
type Change = Box<dyn FnOnce(&mut SqliteStore) + Send>;

/// The thread that counts in a file. It ends when this is dropped.
pub(crate) struct SqliteThread {
    changes: mpsc::Sender<Change>,
}

impl SqliteThread {
    /// Starts the thread and opens the file at `path`.
    pub(super) async fn open(path: PathBuf) -> Result<Self, StateError> {
        let (changes, mut waiting) = mpsc::channel::<Change>(QUEUE);
        let (opening, opened) = oneshot::channel();
        let of_thread = path.clone();
        let started = thread::Builder::new().name("guard-counts".into()).spawn(move || {
            let (opened, store) = match SqliteStore::open(&of_thread) {
                Ok(store) => (Ok(()), Some(store)),
                Err(cause) => (Err(cause), None),
            };
            // Who opens it may be gone.
            let _ = opening.send(opened);
            let Some(mut store) = store else { return };
            while let Some(change) = waiting.blocking_recv() {
                change(&mut store);
            }
        });
        started.map_err(|cause| StateError::File { path, cause })?;
        opened.await.map_err(|_| StateError::Stopped)??;
        Ok(Self { changes })
    }

    /// Makes `change` once those before it are made.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut SqliteStore) -> Result<T, StateError> + Send + 'static,
    ) -> Result<T, StateError> {
        let (answer, answered) = oneshot::channel();
        let change: Change = Box::new(move |store| {
            // The call may have been given up; it stays counted.
            let _ = answer.send(change(store));
        });
        self.changes.send(change).await.map_err(|_| StateError::Stopped)?;
        answered.await.map_err(|_| StateError::Stopped)?
    }
}
