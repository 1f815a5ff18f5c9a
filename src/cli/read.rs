//! Targets are read, several at once, until they have answered or the user interrupts.

use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use tokio::runtime;

use super::args::{CommonArgs, ServerArgs};
use super::interrupt::interrupted;
use super::progress::Progress;
use crate::config::Config;
use crate::model::TargetError;
use crate::source::{self, Options, Reading, Target};

/// How long a server may take to start, and one request, when nobody says.
const START_TIMEOUT: Duration = Duration::from_secs(120);
const TIMEOUT: Duration = Duration::from_secs(30);

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
pub fn read(
    targets: Vec<Target>,
    args: &ServerArgs,
    config: &Config,
    common: &CommonArgs,
) -> Result<Option<Reading>, TargetError> {
    let runtime = runtime::Builder::new_multi_thread().enable_all().build().map_err(|cause| TargetError {
        target: "this machine".into(),
        what: "could not start to read".into(),
        why: cause.to_string(),
        hint: None,
    })?;
    let progress = Progress::start(common);
    let readings = runtime.block_on(async {
        let reading =
            stream::iter(targets).map(|target| read_one(target, args, config, &progress)).buffered(args.jobs.into());
        tokio::select! {
            // The signals are taken over before anything is started: what a signal finds without us would be left behind.
            biased;
            () = interrupted() => None,
            readings = reading.collect::<Vec<Reading>>() => Some(readings),
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

/// What the command line says of a server counts, then what the configuration says.
async fn read_one(target: Target, args: &ServerArgs, config: &Config, progress: &Progress) -> Reading {
    let settings = config.server(&target.display());
    let mut env = match settings.map_or(Ok(Vec::new()), |settings| environment(&settings.env)) {
        Ok(env) => env,
        Err(name) => return Reading { errors: vec![not_set(&target, &name)], ..Reading::default() },
    };
    env.extend(args.env.iter().cloned());
    let options = Options {
        start_timeout: args.start_timeout.or(settings.and_then(|s| s.start_timeout)).unwrap_or(START_TIMEOUT),
        request_timeout: args.timeout.or(settings.and_then(|s| s.timeout)).unwrap_or(TIMEOUT),
        total_timeout: args.total_timeout,
        headers: args.header.clone(),
        env,
        containment: args.containment(),
        protocol: args.protocol.clone(),
        progress: progress.teller(&target.display()),
    };
    source::read(&target, &options).await
}

/// The variables of our own environment with these names, or the name that is not among them.
fn environment(names: &[String]) -> Result<Vec<(String, String)>, String> {
    names.iter().map(|name| Ok((name.clone(), std::env::var(name).map_err(|_| name.clone())?))).collect()
}

fn not_set(target: &Target, name: &str) -> TargetError {
    TargetError {
        target: target.display(),
        what: "could not start the server".into(),
        why: format!("the configuration gives it {name}, which our own environment does not have"),
        hint: Some(format!("set {name}, or take it out of the entry in mcp-scan.yaml")),
    }
}
