//! The way of a session to its server: the queue of what the server is sent, and the translation that both sides may need.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::mutex::lock;
use super::output::Output;
use super::translation::Translator;
use crate::source::queue::Sender;

/// The way of a session to its server.
pub(super) struct ServerLink {
    /// Another one after the server was started anew.
    queue: Mutex<Sender<Output>>,
    pub(super) translator: Translator,
    /// Whether the server can be started anew while it is not known what it speaks.
    can_restart: AtomicBool,
    pub(super) restart_wanted: Notify,
    pub(super) restarted: Notify,
}

impl ServerLink {
    pub(super) fn new(queue: Sender<Output>, translator: Translator, can_restart: bool) -> Self {
        Self {
            queue: Mutex::new(queue),
            translator,
            can_restart: AtomicBool::new(can_restart),
            restart_wanted: Notify::new(),
            restarted: Notify::new(),
        }
    }

    /// Hands a line to the server as it is. False if the server no longer reads.
    pub(super) async fn send(&self, line: Vec<u8>) -> bool {
        let queue = lock(&self.queue).clone();
        queue.send(Output::Line(line)).await
    }

    /// Hands a line to the server, unless too many wait.
    pub(super) fn try_send(&self, line: Vec<u8>) {
        lock(&self.queue).try_send(Output::Line(line));
    }

    /// Closes the server's input.
    pub(super) async fn end(&self) {
        let queue = lock(&self.queue).clone();
        queue.send(Output::End).await;
    }

    pub(super) fn can_restart(&self) -> bool {
        self.can_restart.load(Ordering::Relaxed)
    }

    /// The server was started anew, and what it is sent goes into `queue`. It cannot be started once more.
    pub(super) fn has_restarted(&self, queue: Sender<Output>) {
        *lock(&self.queue) = queue;
        self.can_restart.store(false, Ordering::Relaxed);
        self.restarted.notify_one();
    }
}
