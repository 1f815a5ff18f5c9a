//! Handles requests to end this program, by the user or the system.
//!
//! While targets are read, the code that waits for servers handles an interrupt and ends them. In the rest of a run
//! nothing waits, so a thread of its own handles it and ends the program.

use std::pin::pin;
use std::sync::mpsc;

use super::exit::Exit;
use super::output;
use crate::source;

/// From now on an interrupt ends the program at once and discards the file that is being written.
pub(crate) fn ends_the_program() {
    let (not_yet, taken_over) = mpsc::channel::<()>();
    std::thread::spawn(|| {
        // Without a runtime, the signal's default action ends the program.
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
            runtime.block_on(async {
                let mut interrupt = pin!(interrupted());
                // The first poll installs the signal handlers.
                let asked = futures::poll!(interrupt.as_mut());
                drop(not_yet);
                if asked.is_pending() {
                    interrupt.await;
                }
            });
            output::remove_unfinished(|| {
                source::end_all();
                std::process::exit(Exit::Interrupted as i32)
            });
        }
    });
    // Nothing is ever sent. This returns when the sender is dropped.
    let _ = taken_over.recv();
}

/// Waits for an interrupt or termination signal.
#[cfg(unix)]
pub(crate) async fn interrupted() {
    use std::io;
    use tokio::signal::unix::{Signal, SignalKind, signal};
    async fn received(signal: io::Result<Signal>) {
        match signal {
            Ok(mut signal) => {
                signal.recv().await;
            }
            // The signal's default action then ends the program.
            Err(_) => std::future::pending().await,
        }
    }
    tokio::select! {
        () = received(signal(SignalKind::interrupt())) => {}
        () = received(signal(SignalKind::terminate())) => {}
        () = received(signal(SignalKind::hangup())) => {}
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(crate) async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
