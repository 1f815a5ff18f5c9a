//! The user or the system asks this program to end.
//!
//! While targets are read, the code that waits for servers sees it and ends them. In the rest of a run nothing waits, so a
//! thread of its own sees it and ends the program.

use std::pin::pin;
use std::sync::mpsc;

use super::exit::Exit;
use super::output;

/// From now on an interrupt ends the program at once; a file that is being written is left out.
pub(crate) fn ends_the_program() {
    let (not_yet, taken_over) = mpsc::channel::<()>();
    std::thread::spawn(|| {
        // Without a runtime the signal ends the program as it does by itself.
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
            runtime.block_on(async {
                let mut interrupt = pin!(interrupted());
                // RequestedTarget once, it has taken the signals over.
                let asked = futures::poll!(interrupt.as_mut());
                drop(not_yet);
                if asked.is_pending() {
                    interrupt.await;
                }
            });
            output::abandon(|| std::process::exit(Exit::Interrupted as i32));
        }
    });
    // Nothing is ever sent: it ends when the other side is gone.
    let _ = taken_over.recv();
}

/// Waits until the user or the system asks this program to end.
#[cfg(unix)]
pub(crate) async fn interrupted() {
    use std::io;
    use tokio::signal::unix::{Signal, SignalKind, signal};
    async fn received(signal: io::Result<Signal>) {
        match signal {
            Ok(mut signal) => {
                signal.recv().await;
            }
            // Then the signal ends the program, as it does by itself.
            Err(_) => std::future::pending().await,
        }
    }
    tokio::select! {
        () = received(signal(SignalKind::interrupt())) => {}
        () = received(signal(SignalKind::terminate())) => {}
        () = received(signal(SignalKind::hangup())) => {}
    }
}

/// Waits until the user asks this program to end.
#[cfg(not(unix))]
pub(crate) async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
