//! Messages on their way to one side of a session.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Most KiB of messages that wait to be written to one side.
const ROOM: u32 = 96 << 10;

/// What a writer is handed.
#[derive(Debug)]
pub(super) enum Output {
    /// A message without its line end, and the room that it takes among those that wait.
    Line(Vec<u8>, Option<OwnedSemaphorePermit>),
    /// Nothing follows.
    End,
}

/// Messages on their way to one side: a bounded number of bounded size together.
pub(super) struct Queue {
    sender: mpsc::Sender<Output>,
    room: Arc<Semaphore>,
}

impl Queue {
    pub(super) fn new(sender: mpsc::Sender<Output>) -> Self {
        Self { sender, room: Arc::new(Semaphore::new(ROOM as usize)) }
    }

    /// Sends a message once there is room for it. False if nobody reads any more.
    pub(super) async fn send(&self, line: Vec<u8>) -> bool {
        let kib = u32::try_from(line.len() >> 10).unwrap_or(ROOM).saturating_add(1).min(ROOM);
        // A reader that is gone gives no room back.
        let room = tokio::select! {
            room = Arc::clone(&self.room).acquire_many_owned(kib) => room.ok(),
            () = self.sender.closed() => return false,
        };
        self.sender.send(Output::Line(line, room)).await.is_ok()
    }

    pub(super) async fn end(&self) {
        // A reader that is gone needs no end.
        let _ = self.sender.send(Output::End).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_wait_for_room_and_not_for_a_reader_that_is_gone() {
        let (sender, mut messages) = mpsc::channel(256);
        let queue = Arc::new(Queue::new(sender));
        let long = || vec![0; 40 << 20];
        assert!(queue.send(long()).await && queue.send(long()).await);
        let waiting = Arc::clone(&queue);
        let third = tokio::spawn(async move { waiting.send(long()).await });
        tokio::task::yield_now().await;
        assert_eq!((messages.len(), third.is_finished()), (2, false));
        drop(messages.recv().await);
        assert!(third.await.unwrap());
        let waiting = Arc::clone(&queue);
        let fourth = tokio::spawn(async move { waiting.send(long()).await });
        tokio::task::yield_now().await;
        drop(messages);
        assert!(!fourth.await.unwrap());
    }
}
