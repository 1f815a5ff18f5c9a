//! What a guard decides with: a gate for each server; the counts, the log and the person to ask are shared.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::net::TcpListener;

use super::error::{GuardCause, GuardError};
use super::guarded_servers::GuardedServer;
use crate::audit::lock::Lock;
use crate::cli::args::{ApproveWith, GuardRunArgs};
use crate::cli::diagnose::Messages;
use crate::cli::error::CliError;
use crate::cli::state_folder::state_location;
use crate::guard::asking::{Asker, PageAsker, TerminalAsker};
use crate::guard::log::{AuditLog, LogOptions, LogQueue, Observer};
use crate::guard::metrics::{Failed, Metrics};
use crate::guard::metrics_server;
use crate::guard::state::{CounterStore, StateError, StateLocation};
use crate::guard::traces::Traces;
use crate::guard::{CallGate, CallGateOptions, Categories, OnError, Reporter, ResultReader};
use crate::rules::Ruleset;
use crate::source::collector::Collector;
use crate::source::secret::KnownSecrets;
use crate::source::{self, Options, Target};

/// A server with its gate.
pub(super) struct ServerWithGate {
    pub(super) name: String,
    pub(super) target: Target,
    pub(super) gate: Arc<CallGate>,
    /// Its path for clients over HTTP.
    pub(super) path: String,
}

/// The gates of `servers`, which are started with `start`. The log that they write is put into `written`.
pub(super) async fn gates(
    args: &GuardRunArgs,
    servers: Vec<GuardedServer>,
    start: &Options,
    ruleset: Option<Arc<Ruleset>>,
    messages: Messages,
    written: &OnceLock<Arc<LogQueue>>,
) -> Result<Vec<ServerWithGate>, CliError> {
    let shown = shown(args, &servers);
    let failed = |cause: GuardCause| GuardError::new(shown.clone(), cause);
    let report: Reporter = Arc::new(move |text: &str| messages.warning(&format!("guard: {text}")));
    let on_state_error = OnError::from(args.on_state_error);
    let store = match (store(args).await, on_state_error) {
        (Ok(store), _) => store,
        // A place that nothing can be counted in is a mistake, and not a failure.
        (Err(cause @ GuardCause::State(StateError::Location { .. } | StateError::Url { .. })), _) => {
            return Err(failed(cause).into());
        }
        (Err(cause), OnError::Allow) => {
            report(&format!("calls are counted in this process only: {cause}"));
            CounterStore::open(&StateLocation::Memory).await.map_err(|cause| failed(cause.into()))?
        }
        (Err(cause), OnError::Deny) => return Err(failed(cause).into()),
    };
    let store = Arc::new(store);
    // What one server got may be repeated by another, to which a client or a model brought it.
    let mut secrets = KnownSecrets::default();
    for server in &servers {
        secrets = secrets.with(&source::secrets(&server.target, start).await);
    }
    let asks = servers.iter().any(|server| server.policy.asks());
    let categories = ruleset.clone().filter(|_| asks || args.log.is_some() || args.otlp.is_some());
    let results = args.on_injection.zip(ruleset).map(|(action, ruleset)| {
        let (action, secrets, max_bytes) = (action.into(), secrets.clone(), args.max_result);
        Arc::new(ResultReader { ruleset, action, secrets, max_bytes })
    });
    let (max_bytes, keep) = (args.log_max_size, args.log_keep);
    let log_options = LogOptions { max_bytes, keep, arguments: args.log_arguments, secrets };
    let log = args.log.as_deref().map(|file| AuditLog::open(file, log_options)).transpose();
    let log = log.map_err(|cause| failed(cause.into()))?;
    let asker = asker(args, Arc::clone(&report)).await.map_err(failed)?.map(Arc::new);
    let metrics = Arc::<Metrics>::default();
    let log = match log {
        Some(log) => {
            let started = LogQueue::start(log, log_observer(Arc::clone(&report), Arc::clone(&metrics)));
            Some(Arc::new(started.map_err(|cause| failed(GuardCause::Streams(cause)))?))
        }
        None => None,
    };
    if let Some(log) = &log {
        // It is filled once.
        let _ = written.set(Arc::clone(log));
    }
    if let Some(address) = args.metrics {
        let taken = |cause| failed(GuardCause::Metrics { address, cause });
        let listener = TcpListener::bind(address).await.map_err(taken)?;
        tokio::spawn(metrics_server::serve(listener, Arc::clone(&metrics)));
    }
    let collector = args.otlp.as_ref().map(Collector::new).transpose();
    let collector = collector.map_err(|cause| failed(GuardCause::Collector(cause)))?;
    let traces = collector.map(|collector| Arc::new(Traces::start(collector, Arc::clone(&report))));
    let is_one_of_several = args.servers.is_some();
    let gated = servers.into_iter().map(|GuardedServer { name, target, policy, lock, path }| {
        let pinned = match &lock {
            Some(file) => Some(Arc::new(Lock::load(file)?.pinned_server(&name).map_err(|cause| failed(cause.into()))?)),
            None => None,
        };
        let report = if is_one_of_several { named(&name, &report) } else { Arc::clone(&report) };
        let options = CallGateOptions {
            server: name.clone(),
            on_state_error,
            on_log_error: args.on_log_error.into(),
            observe: args.observe,
            report,
            metrics: Arc::clone(&metrics),
            traces: traces.clone(),
            pinned,
            asker: asker.clone(),
            results: results.clone(),
            looks_up_hosts: starts_here(&target),
            categories: categories.clone().map(|ruleset| Arc::new(Categories::new(ruleset))),
        };
        let gate = Arc::new(CallGate::new(policy, Arc::clone(&store), log.clone(), options));
        Ok(ServerWithGate { name, target, gate, path })
    });
    gated.collect()
}

/// True if the server is a process of this machine.
fn starts_here(target: &Target) -> bool {
    match target {
        Target::Command(_) => true,
        Target::Configured(configured) => configured.command().is_some(),
        Target::Url(_) | Target::Stdin | Target::File(_) | Target::Folder(_) | Target::Package(_) => false,
    }
}

/// Reports when the log cannot be written, and when it can be again.
fn log_observer(report: Reporter, metrics: Arc<Metrics>) -> Observer {
    let was_broken = AtomicBool::new(false);
    Box::new(move |written| {
        if written.is_err() {
            metrics.count_failure(Failed::Log);
        }
        match (written, was_broken.swap(written.is_err(), Ordering::Relaxed)) {
            (Err(cause), false) => report(&cause.to_string()),
            (Ok(()), true) => report("the log can be written again; calls in between are missing"),
            (Ok(()), false) | (Err(_), true) => {}
        }
    })
}

/// What a failure names that concerns all servers: their file, or the one server.
pub(super) fn shown(args: &GuardRunArgs, servers: &[GuardedServer]) -> String {
    match (&args.servers, servers.first()) {
        (Some(file), _) => file.display().to_string(),
        (None, first) => first.map(|server| server.target.display()).unwrap_or_default(),
    }
}

/// Reports with the name of a server.
fn named(name: &str, report: &Reporter) -> Reporter {
    let (name, report) = (name.to_owned(), Arc::clone(report));
    Arc::new(move |text: &str| report(&format!("{name}: {text}")))
}

/// Who asks a person, unless the client does.
async fn asker(args: &GuardRunArgs, report: Reporter) -> Result<Option<Asker>, GuardCause> {
    Ok(match args.approve_with {
        None => None,
        Some(ApproveWith::Tty) => {
            let opened = TerminalAsker::open();
            Some(Asker::Terminal(opened.map_err(|cause| GuardCause::Asking { place: "at a terminal", cause })?))
        }
        Some(ApproveWith::Web) => {
            let started = PageAsker::start(Box::new(move |link: &str| {
                if open::that_detached(link).is_err() {
                    report(&format!("a call waits for approval at {link}"));
                }
            }));
            Some(Asker::Page(started.await.map_err(|cause| GuardCause::Asking { place: "on a page", cause })?))
        }
    })
}

async fn store(args: &GuardRunArgs) -> Result<CounterStore, GuardCause> {
    let location = state_location(args.state.as_deref())?.ok_or(GuardCause::NoStateFolder)?;
    Ok(CounterStore::open(&location).await?)
}
