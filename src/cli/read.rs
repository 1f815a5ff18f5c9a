//! Targets are read, several at once, until they have answered or the user interrupts.

use std::io;

use futures::StreamExt;
use futures::stream;
use tokio::runtime;

use super::args::{CommonArgs, ServerArgs};
use super::progress::Progress;
use crate::model::TargetError;
use crate::source::{self, Options, Reading, Target};

/// Reads `targets` and gives what came of them in their order; nothing when the user interrupted. Whatever was started
/// has ended when this returns: a reading that is dropped takes it along.
pub fn read(targets: Vec<Target>, args: &ServerArgs, common: &CommonArgs) -> Result<Option<Reading>, TargetError> {
    let runtime = runtime::Builder::new_multi_thread().enable_all().build().map_err(|cause| TargetError {
        target: "this machine".into(),
        what: "could not start to read".into(),
        why: cause.to_string(),
        hint: None,
    })?;
    let progress = Progress::start(common);
    let readings = runtime.block_on(async {
        let reading = stream::iter(targets).map(|target| read_one(target, args, &progress)).buffered(args.jobs.into());
        tokio::select! {
            readings = reading.collect::<Vec<Reading>>() => Some(readings),
            () = interrupted() => None,
        }
    });
    // Not waiting: standard input may never end.
    runtime.shutdown_background();
    let joined = |mut all: Reading, one: Reading| {
        all.listings.extend(one.listings);
        all.errors.extend(one.errors);
        all
    };
    Ok(readings.map(|readings| readings.into_iter().fold(Reading::default(), joined)))
}

async fn read_one(target: Target, args: &ServerArgs, progress: &Progress) -> Reading {
    let options = Options {
        start_timeout: args.start_timeout,
        request_timeout: args.timeout,
        headers: args.header.clone(),
        env: args.env.clone(),
        protocol: args.protocol.clone(),
        progress: progress.teller(&target.display()),
    };
    source::read(&target, &options).await
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
