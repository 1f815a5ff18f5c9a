//! Targets are read, several at once, until they have answered or the user interrupts.

use futures::StreamExt;
use futures::stream;
use tokio::runtime;

use super::args::{CommonArgs, ServerArgs};
use super::interrupt::interrupted;
use super::progress::Progress;
use crate::model::TargetError;
use crate::source::{self, Options, Reading, Target};

/// The targets that `words` name, and why others name none; with `forced` the words are one command.
pub fn targets(words: &[String], forced: bool) -> (Vec<Target>, Vec<TargetError>) {
    let (mut targets, mut errors) = (Vec::new(), Vec::new());
    for target in Target::parse(words, forced) {
        target.map_or_else(|error| errors.push(error), |target| targets.push(target));
    }
    (targets, errors)
}

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
        total_timeout: args.total_timeout,
        headers: args.header.clone(),
        env: args.env.clone(),
        containment: args.containment(),
        protocol: args.protocol.clone(),
        progress: progress.teller(&target.display()),
    };
    source::read(&target, &options).await
}
