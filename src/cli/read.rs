//! Targets are read, several at once, until they have answered or the user interrupts.

use std::io;
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use tokio::runtime;

use super::args::{CommonArgs, ScanArgs};
use super::progress::Progress;
use crate::model::TargetError;
use crate::source::{self, Options, Reading, Target};

/// How long what was started may take to go away.
const GRACE: Duration = Duration::from_secs(5);

/// Reads `targets` and gives what came of them in their order; nothing when the user interrupted. Whatever was started
/// has ended when this returns.
pub fn read(targets: Vec<Target>, args: &ScanArgs, common: &CommonArgs) -> Result<Option<Reading>, TargetError> {
    let runtime = runtime::Builder::new_multi_thread().enable_all().build().map_err(|cause| TargetError {
        target: "this machine".into(),
        what: "could not start to read".into(),
        why: cause.to_string(),
        hint: None,
    })?;
    let progress = Progress::start(common);
    let readings = runtime.block_on(async {
        let reading = stream::iter(targets).map(|target| begin(target, args, &progress)).buffered(args.jobs.into());
        tokio::select! {
            readings = reading.collect::<Vec<Reading>>() => Some(readings),
            () = interrupted() => None,
        }
    });
    // Tasks that were interrupted are dropped here, and with each what it had started.
    runtime.shutdown_timeout(GRACE);
    let joined = |mut all: Reading, one: Reading| {
        all.listings.extend(one.listings);
        all.errors.extend(one.errors);
        all
    };
    Ok(readings.map(|readings| readings.into_iter().fold(Reading::default(), joined)))
}

/// Reads one target on a thread of its own, so that a file that blocks does not keep an interrupt from being seen.
async fn begin(target: Target, args: &ScanArgs, progress: &Progress) -> Reading {
    let shown = target.display();
    let options = Options {
        start_timeout: args.start_timeout,
        request_timeout: args.timeout,
        headers: args.header.clone(),
        env: args.env.clone(),
        protocol: args.protocol.clone(),
        progress: progress.teller(&shown),
    };
    let reading = tokio::spawn(async move { source::read(&target, &options).await });
    reading.await.unwrap_or_else(|cause| Reading {
        listings: vec![],
        errors: vec![TargetError {
            target: shown,
            what: "could not read the target".into(),
            why: cause.to_string(),
            hint: Some("this is a fault of mcp-scan: please report it".into()),
        }],
    })
}

/// Waits until the user or the system asks this program to end.
#[cfg(unix)]
async fn interrupted() {
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
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
