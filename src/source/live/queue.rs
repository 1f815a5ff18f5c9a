//! A queue of messages that is bounded in number and in bytes, so that long messages do not fill the memory.

use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Most bytes that wait in a queue. A longer message waits alone.
const MAX_BYTES: u32 = 64 << 20;

/// A message that waits in a queue.
pub(crate) trait Queued {
    /// What it takes of the room. A message of 0 bytes is bounded in number only.
    fn bytes(&self) -> usize;
}

/// Where messages go into a queue.
#[derive(Debug)]
pub(crate) struct Sender<T> {
    channel: mpsc::Sender<(T, OwnedSemaphorePermit)>,
    room: Arc<Semaphore>,
}

// Not derived: the messages themselves need not be cloned.
impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { channel: self.channel.clone(), room: Arc::clone(&self.room) }
    }
}

/// Where messages come out of a queue.
#[derive(Debug)]
pub(crate) struct Receiver<T>(mpsc::Receiver<(T, OwnedSemaphorePermit)>);

/// A queue for that many messages.
pub(crate) fn queue<T: Queued>(messages: usize) -> (Sender<T>, Receiver<T>) {
    let (channel, receiver) = mpsc::channel(messages);
    (Sender { channel, room: Arc::new(Semaphore::new(MAX_BYTES as usize)) }, Receiver(receiver))
}

impl<T: Queued> Sender<T> {
    /// Waits until there is room. False if nobody receives any more.
    pub(crate) async fn send(&self, message: T) -> bool {
        // The room is free again when the receiver is gone, with the messages that it held.
        match Arc::clone(&self.room).acquire_many_owned(size(&message)).await {
            Ok(permit) => self.channel.send((message, permit)).await.is_ok(),
            Err(_) => false,
        }
    }

    /// False if there is no room, or if nobody receives any more.
    pub(crate) fn try_send(&self, message: T) -> bool {
        let permit = Arc::clone(&self.room).try_acquire_many_owned(size(&message));
        permit.is_ok_and(|permit| self.channel.try_send((message, permit)).is_ok())
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }

    pub(crate) fn same_channel(&self, other: &Self) -> bool {
        self.channel.same_channel(&other.channel)
    }
}

impl<T> Receiver<T> {
    /// The next message. `None` at the end. Cancel safe.
    pub(crate) async fn recv(&mut self) -> Option<T> {
        self.0.recv().await.map(|(message, _)| message)
    }

    /// The next message. `None` at the end. For threads outside of a runtime.
    pub(crate) fn blocking_recv(&mut self) -> Option<T> {
        self.0.blocking_recv().map(|(message, _)| message)
    }

    /// The next message, if one waits.
    pub(crate) fn try_recv(&mut self) -> Option<T> {
        self.0.try_recv().ok().map(|(message, _)| message)
    }

    pub(crate) fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.0.poll_recv(context).map(|next| next.map(|(message, _)| message))
    }

    pub(crate) fn close(&mut self) {
        self.0.close();
    }
}

fn size(message: &impl Queued) -> u32 {
    u32::try_from(message.bytes()).unwrap_or(MAX_BYTES).min(MAX_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Queued for usize {
        fn bytes(&self) -> usize {
            *self
        }
    }

    #[tokio::test]
    async fn long_messages_wait_until_there_is_room() {
        let (sender, mut receiver) = queue::<usize>(256);
        let most = MAX_BYTES as usize;
        assert!(sender.try_send(most + 1) && !sender.try_send(1) && sender.try_send(0));
        assert_eq!(receiver.recv().await, Some(most + 1));
        assert!(sender.try_send(1) && !sender.try_send(most));
        let (sent, ()) = tokio::join!(sender.send(most), async { drop(receiver) });
        assert!(!sent);
    }
}
