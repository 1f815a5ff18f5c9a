//! A queue from one thread to another that holds a bounded number of bytes. The receiver gets all queued items at once: many to
//! process in parallel if it is slow, and no wait for more if the sender is slow.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A queue that holds up to `capacity` bytes, or one item that is larger.
pub(crate) fn bounded_queue<T>(capacity: usize) -> (QueueSender<T>, QueueReceiver<T>) {
    let state = State { items: Vec::new(), bytes: 0, closed: false };
    let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new(), capacity });
    (QueueSender(Arc::clone(&shared)), QueueReceiver(shared))
}

/// The sending end. The queue is closed when it is dropped.
pub(crate) struct QueueSender<T>(Arc<Shared<T>>);

/// The receiving end. The queue is closed when it is dropped.
pub(crate) struct QueueReceiver<T>(Arc<Shared<T>>);

struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    capacity: usize,
}

struct State<T> {
    items: Vec<T>,
    bytes: usize,
    closed: bool,
}

impl<T> QueueSender<T> {
    /// Waits until there is room. False if nobody takes items any more.
    pub(crate) fn send(&self, item: T, bytes: usize) -> bool {
        let has_room = |state: &mut State<T>| {
            state.closed || state.items.is_empty() || state.bytes.saturating_add(bytes) <= self.0.capacity
        };
        let mut state = self.0.wait_until(has_room);
        if state.closed {
            return false;
        }
        state.items.push(item);
        state.bytes += bytes;
        self.0.changed.notify_all();
        true
    }
}

impl<T> QueueReceiver<T> {
    /// Waits for items. Returns all of them in their order, or nothing after the last.
    pub(crate) fn receive_all(&self) -> Option<Vec<T>> {
        let mut state = self.0.wait_until(|state| state.closed || !state.items.is_empty());
        if state.items.is_empty() {
            return None;
        }
        state.bytes = 0;
        self.0.changed.notify_all();
        Some(std::mem::take(&mut state.items))
    }
}

impl<T> Shared<T> {
    fn wait_until(&self, mut ready: impl FnMut(&mut State<T>) -> bool) -> MutexGuard<'_, State<T>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.changed.wait_while(state, |state| !ready(state)).unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.changed.notify_all();
    }
}

impl<T> Drop for QueueSender<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<T> Drop for QueueReceiver<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::bounded_queue;

    #[test]
    fn items_come_in_their_order_and_never_more_than_fit() {
        let (sender, receiver) = bounded_queue(10);
        let sending = thread::spawn(move || (0..100).all(|item| sender.send(item, 4)));
        let mut all = Vec::new();
        while let Some(items) = receiver.receive_all() {
            assert!(items.len() <= 2, "{items:?}");
            all.extend(items);
        }
        assert!(sending.join().unwrap());
        assert_eq!(all, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn an_item_larger_than_the_queue_passes_alone() {
        let (sender, receiver) = bounded_queue(10);
        assert!(sender.send('a', 1000));
        drop(sender);
        assert_eq!(receiver.receive_all(), Some(vec!['a']));
        assert_eq!(receiver.receive_all(), None);
    }

    #[test]
    fn nobody_gives_to_a_taker_that_is_gone() {
        let (sender, receiver) = bounded_queue(10);
        drop(receiver);
        assert!(!sender.send('a', 1));
    }
}
