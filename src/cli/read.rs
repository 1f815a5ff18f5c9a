//! Reads targets concurrently, until all are done or the user interrupts.

use futures::{StreamExt, future, stream};
use tokio::runtime;

use super::args::{CommonArgs, ServerArgs};
use super::compared;
use super::diagnose::Messages;
use super::error::{CliError, InternalCause, InternalError};
use super::interrupt::interrupted;
use super::progress::Progress;
use super::resume::Resume;
use super::targets::RequestedTarget;
use crate::audit::lock::Lock;
use crate::config::Config;
use crate::model::ReportedError;
use crate::source::authorization::SignIns;
use crate::source::client::ConfigurationCause;
use crate::source::{self, Budget, Options, Protocol, Reading, SourceCause, SourceError, Target};
use crate::text::prose;

/// How targets are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadSettings<'a> {
    pub(crate) args: &'a ServerArgs,
    pub(crate) config: &'a Config,
    /// The lock with the protocol that each server spoke before.
    pub(crate) recorded: Option<&'a Lock>,
}

impl ReadSettings<'_> {
    /// The protocol to speak with `target`: what the user named, or what the lock recorded.
    fn protocol(&self, target: &Target) -> Protocol {
        let recorded = || self.recorded?.protocol_of(&target.launched()).map(Protocol::recorded);
        match &self.args.protocol {
            Protocol::Auto => recorded().unwrap_or(Protocol::Auto),
            named @ (Protocol::Version(_) | Protocol::Recorded(_)) => named.clone(),
        }
    }
}

/// The results of reading.
#[derive(Debug, Default)]
pub(crate) struct ReadOutcome {
    /// The results, in the order of the targets.
    pub(crate) reading: Reading,
    /// The targets that were not read because of an interrupt.
    pub(crate) interrupted: Vec<SourceError>,
}

impl ReadOutcome {
    /// The error that ends the run if it was interrupted before all `of` targets were read.
    pub(crate) fn interruption(&self, of: usize) -> Option<CliError> {
        match self.interrupted.len() {
            0 => None,
            unread => Some(CliError::Interrupted { unread, of }),
        }
    }
}

/// Reads the targets, or takes saved results of an earlier run. Every started process has ended when this returns,
/// because dropping a reading ends its process.
pub(crate) fn read(
    requested: &[RequestedTarget],
    settings: ReadSettings<'_>,
    kept: Option<&Resume<'_>>,
    common: &CommonArgs,
) -> Result<ReadOutcome, InternalError> {
    let runtime = runtime::Builder::new_multi_thread().enable_all().build().map_err(InternalCause::Runtime);
    let runtime = runtime.map_err(|cause| InternalError::new("this machine", cause))?;
    warn_of_short_secrets(requested, settings.args, Messages::from(common));
    let progress = Progress::start(common);
    let budget = Budget::default();
    let mut readings: Vec<Option<Reading>> = requested.iter().map(|_| None).collect();
    runtime.block_on(async {
        let (progress, budget) = (&progress, &budget);
        let reading = stream::iter(requested.iter().zip(&mut readings))
            .map(|(requested, place)| async move {
                (place, kept_or_read(requested, settings, kept, progress, budget).await)
            })
            .buffer_unordered(settings.args.jobs.into())
            // Keep finished results even if the rest is interrupted.
            .for_each(|(place, reading)| {
                *place = Some(reading);
                future::ready(())
            });
        tokio::select! {
            // Poll the signals first: their handlers must be installed before any server is started, or an early signal
            // would leave servers behind.
            biased;
            () = interrupted() => {}
            () = reading => {}
        }
    });
    // Do not wait, because standard input may never end.
    runtime.shutdown_background();
    let mut outcome = ReadOutcome::default();
    for (requested, reading) in requested.iter().zip(readings) {
        match reading {
            Some(reading) => {
                outcome.reading.listings.extend(reading.listings);
                outcome.reading.errors.extend(reading.errors);
            }
            None => outcome.interrupted.push(SourceError::new(requested.display(), SourceCause::Interrupted)),
        }
    }
    Ok(outcome)
}

/// Warns about secrets that are too short to redact from server output.
fn warn_of_short_secrets(requested: &[RequestedTarget], args: &ServerArgs, messages: Messages) {
    let typed = source::short_secrets(&args.env).chain(source::short_secrets(&args.header));
    let mut names: Vec<String> = typed.map(str::to_owned).collect();
    for requested in requested {
        if let Ok(Target::Configured(configured)) = &requested.target {
            let of = configured.origin.display();
            names.extend(configured.short_secrets(&args.input).into_iter().map(|name| format!("{name} of {of}")));
        }
    }
    if !names.is_empty() {
        messages.warning(&format!(
            "{} may be shown where a server repeats it: a secret of fewer than 6 characters is not told from ordinary text",
            prose::list(&names)
        ));
    }
}

async fn kept_or_read(
    requested: &RequestedTarget,
    settings: ReadSettings<'_>,
    kept: Option<&Resume<'_>>,
    progress: &Progress,
    budget: &Budget,
) -> Reading {
    if let Some(reading) = kept.and_then(|kept| kept.found(requested)) {
        return reading;
    }
    let mut reading = match &requested.target {
        Ok(target) => read_one(target, settings, progress, budget).await,
        Err(error) => Reading { errors: vec![error.clone()], ..Reading::default() },
    };
    if let Some(Err(error)) = kept.map(|kept| kept.keep(requested, &reading)) {
        reading.errors.push(ReportedError::from(error).into());
    }
    reading
}

/// Reads one target. The command line takes precedence over the configuration.
pub(crate) async fn read_one(
    target: &Target,
    reading: ReadSettings<'_>,
    progress: &Progress,
    budget: &Budget,
) -> Reading {
    let ReadSettings { args, config, .. } = reading;
    // A configured server matches by its entry, and by its command or URL, as in a report.
    let settings = config.server(&[&target.display(), &target.launched()]);
    let mut env = match settings.map_or(Ok(Vec::new()), |settings| environment(&settings.env)) {
        Ok(env) => env,
        Err(cause) => return source::unread(target, SourceError::new(target.display(), cause)),
    };
    env.extend(args.env.iter().cloned());
    let defaults = Options::default();
    let options = Options {
        start_timeout: args.start_timeout.or(settings.and_then(|s| s.start_timeout)).unwrap_or(defaults.start_timeout),
        request_timeout: args.timeout.or(settings.and_then(|s| s.timeout)).unwrap_or(defaults.request_timeout),
        total_timeout: args.total_timeout,
        headers: args.header.clone(),
        env,
        containment: args.containment(config.sandbox),
        protocol: reading.protocol(target),
        identity: args.identify_as.clone().unwrap_or_default(),
        // An agent does not use the user's sign-ins.
        sign_ins: if args.is_of_agent { None } else { SignIns::of_user() },
        public_only: args.public_only && matches!(target, Target::Url(_)),
        lockfile: args.lockfile.clone(),
        inputs: args.input.clone(),
        read_resources: args.read_resources,
        progress: progress.for_target(&target.display()),
        notice: progress.notices(),
        budget: budget.clone(),
        ..defaults
    };
    let mut reading = source::read(target, &options).await;
    for other in compared::others(target, &reading, args, &options) {
        let second = source::read(&other.target, &other.options).await;
        compared::compare(&mut reading, &other, second);
    }
    reading
}

/// The variables of our environment with these names.
fn environment(names: &[String]) -> Result<Vec<(String, String)>, ConfigurationCause> {
    let value = |name: &String| std::env::var(name).map_err(|_| ConfigurationCause::NoVariable(name.clone()));
    names.iter().map(|name| Ok((name.clone(), value(name)?))).collect()
}
