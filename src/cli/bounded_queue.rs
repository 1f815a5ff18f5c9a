//! A queue from one thread to another that holds a bounded number of bytes. The taker gets all that is there at once, so that it
//! has much to do in parallel when it is slow, and nothing to wait for when the giver is.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A queue that holds up to `capacity` bytes, or one item that is larger.
pub(crate) fn handover<T>(capacity: usize) -> (Giver<T>, Taker<T>) {
    let state = State { items: Vec::new(), bytes: 0, closed: false };
    let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new(), capacity });
    (Giver(Arc::clone(&shared)), Taker(shared))
}

/// The end that items are given to. The queue is closed when it is dropped.
pub(crate) struct Giver<T>(Arc<Shared<T>>);

/// The end that items are taken from. The queue is closed when it is dropped.
pub(crate) struct Taker<T>(Arc<Shared<T>>);

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

impl<T> Giver<T> {
    /// Waits until there is room. False if nobody takes items any more.
    pub(crate) fn give(&self, item: T, bytes: usize) -> bool {
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

impl<T> Taker<T> {
    /// Waits for items. Returns all of them in their order, or nothing after the last.
    pub(crate) fn take_all(&self) -> Option<Vec<T>> {
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

impl<T> Drop for Giver<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<T> Drop for Taker<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::handover;

    #[test]
    fn items_come_in_their_order_and_never_more_than_fit() {
        let (giver, taker) = handover(10);
        let giving = thread::spawn(move || (0..100).all(|item| giver.give(item, 4)));
        let mut all = Vec::new();
        while let Some(items) = taker.take_all() {
            assert!(items.len() <= 2, "{items:?}");
            all.extend(items);
        }
        assert!(giving.join().unwrap());
        assert_eq!(all, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn an_item_larger_than_the_queue_passes_alone() {
        let (giver, taker) = handover(10);
        assert!(giver.give('a', 1000));
        drop(giver);
        assert_eq!(taker.take_all(), Some(vec!['a']));
        assert_eq!(taker.take_all(), None);
    }

    #[test]
    fn nobody_gives_to_a_taker_that_is_gone() {
        let (giver, taker) = handover(10);
        drop(taker);
        assert!(!giver.give('a', 1));
    }
}
