//! A stack that is large enough for deeply nested source.

use std::thread;

/// Its size, in bytes. Memory is used only as deep as the source is nested.
const SIZE: usize = 512 << 20;

/// Runs `read` on a large stack. `None` if there is no room for one, or if it fails.
pub(crate) fn on_large_stack<T: Send>(read: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(SIZE).spawn_scoped(scope, read).ok()?;
        thread.join().ok()
    })
}
