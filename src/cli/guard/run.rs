//! Runs a guard in front of a server, for the client at standard input and output or for clients over HTTP.

use std::net::SocketAddr;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{stdin, stdout};
use tokio::net::TcpListener;
use tokio::runtime;

use super::error::{GuardCause, GuardError};
use super::guarded_target::guarded_target;
use crate::audit::lock::Lock;
use crate::cli::args::{ApproveWith, CommonArgs, GuardRunArgs, OverlayArgs};
use crate::cli::diagnose::Messages;
use crate::cli::error::{CliError, InternalCause, InternalError, PolicyFileError};
use crate::cli::exit::Exit;
use crate::cli::interrupt::interrupted;
use crate::cli::policy::{PolicyInput, policy_input, sql_guards};
use crate::cli::state_folder::state_location;
use crate::guard::asking::{Asker, PageAsker, TerminalAsker};
use crate::guard::http::{self, Access, Connect, PATH, Token};
use crate::guard::log::{AuditLog, LogOptions};
use crate::guard::metrics::Metrics;
use crate::guard::metrics_server;
use crate::guard::state::{CounterStore, StateLocation};
use crate::guard::{
    ActivePolicy, Categories, Ended, Gate, GateOptions, Load, OnError, Report, ResultReader, ServerConnection, Streams,
    WatchedPolicy, relay,
};
use crate::model::ReportedError;
use crate::policy::{Decider, Document, SqlGuards};
use crate::rules::Ruleset;
use crate::source::authorization::SignIns;
use crate::source::{self, Options, Running, SourceError, Target, Upstream};

/// How long a server may take to end after its output has ended.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// Guards the server until it or the client ends.
pub(crate) fn run(args: &GuardRunArgs, common: &CommonArgs, forced: bool) -> Result<Exit, CliError> {
    let messages = Messages::from(common);
    let policy = watched_policy(args, common)?;
    // Only results and the log need them.
    let needs_rules = args.on_injection.is_some() || args.log.is_some();
    let ruleset = needs_rules.then(|| Ruleset::load(common.rules.as_deref())).transpose()?.map(Arc::new);
    let target = guarded_target(args, common, forced)?;
    let runtime = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|cause| InternalError::new("this machine", InternalCause::Runtime(cause)))?;
    let done = runtime.block_on(async {
        tokio::select! {
            // The signal handlers are installed before the server is started.
            biased;
            () = interrupted() => Ok(Exit::Interrupted),
            done = guard(args, &target, (policy, ruleset), messages) => done,
        }
    });
    // A blocking read of standard input is abandoned.
    runtime.shutdown_background();
    done
}

async fn guard(
    args: &GuardRunArgs,
    target: &Target,
    rules: (WatchedPolicy, Option<Arc<Ruleset>>),
    messages: Messages,
) -> Result<Exit, CliError> {
    let failed = |cause: GuardCause| GuardError::new(target.display(), cause);
    let start = options_for(args);
    let gate = gate(args, target, &start, rules, messages).await?;
    let served = async {
        match args.listen {
            Some(address) => listen(args, address, target, start, Arc::clone(&gate), messages).await,
            None => stdio(args, target, &start, Arc::clone(&gate)).await,
        }
    };
    tokio::select! {
        served = served => served.map_err(|error| match error {
            Served::Server(error) => error.into(),
            Served::Guard(cause) => failed(cause).into(),
        }),
        never = gate.watch_policy() => match never {},
    }
}

/// Why serving ended.
enum Served {
    Server(SourceError),
    Guard(GuardCause),
}

/// Guards the server for the client at standard input and output.
async fn stdio(args: &GuardRunArgs, target: &Target, start: &Options, gate: Arc<Gate>) -> Result<Exit, Served> {
    let (server, mut running) = connected(source::upstream(target, start).await.map_err(Served::Server)?);
    let client = Streams::new(stdin(), stdout());
    let ended = relay(gate, args.approval_timeout, client, server).await;
    Ok(match ended.map_err(|cause| Served::Guard(GuardCause::Streams(cause)))? {
        Ended::Client => {
            if let Some(running) = running {
                running.end();
            }
            Exit::Done
        }
        Ended::Server => match &mut running {
            Some(running) => exit_of(tokio::time::timeout(AFTERWARDS, running.ended()).await.ok().flatten()),
            None => Exit::Unread,
        },
    })
}

/// Guards the server for clients over HTTP, until interrupted. Each session has a connection or a process of its own.
async fn listen(
    args: &GuardRunArgs,
    address: SocketAddr,
    target: &Target,
    start: Options,
    gate: Arc<Gate>,
    messages: Messages,
) -> Result<Exit, Served> {
    let taken = |cause| Served::Guard(GuardCause::Listen { address, cause });
    let token = args.token_file.as_deref().map(Token::read).transpose();
    let access = Access { token: token.map_err(|cause| Served::Guard(cause.into()))? };
    let target = target.clone();
    let connect: Connect = Box::new(move || {
        let (target, start) = (target.clone(), start.clone());
        Box::pin(async move {
            source::upstream(&target, &start).await.map(connected).map_err(|error| {
                let ReportedError { what, why, .. } = error.into();
                format!("{what}: {why}")
            })
        })
    });
    let listener = TcpListener::bind(address).await.map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    messages.note(&format!("clients reach the guard at http://{address}{PATH}"));
    http::serve(listener, access, gate, args.approval_timeout, connect).await.map_err(taken)?;
    Ok(Exit::Done)
}

fn connected(upstream: Upstream) -> (ServerConnection, Option<Running>) {
    match upstream {
        Upstream::Process(running, streams) => {
            (ServerConnection::Streams(Streams::new(streams.stdout, streams.stdin)), Some(running))
        }
        Upstream::Http(address) => {
            let (server, events) = address.open();
            (ServerConnection::Remote(server, events), None)
        }
    }
}

/// The decisions, the counts and the log of the guard.
async fn gate(
    args: &GuardRunArgs,
    target: &Target,
    start: &Options,
    (policy, ruleset): (WatchedPolicy, Option<Arc<Ruleset>>),
    messages: Messages,
) -> Result<Arc<Gate>, CliError> {
    let failed = |cause: GuardCause| GuardError::new(target.display(), cause);
    let report: Report = Arc::new(move |text: &str| messages.warning(&format!("guard: {text}")));
    let on_state_error = OnError::from(args.on_state_error);
    let store = match (store(args).await, on_state_error) {
        (Ok(store), _) => store,
        (Err(cause), OnError::Allow) => {
            report(&format!("calls are counted in this process only: {cause}"));
            CounterStore::open(&StateLocation::Memory).await.map_err(|cause| failed(cause.into()))?
        }
        (Err(cause), OnError::Deny) => return Err(failed(cause).into()),
    };
    let server = args.server_name.clone().unwrap_or_else(|| target.suggested_name());
    let secrets = source::secrets(target, start).await;
    let categories = ruleset.clone().filter(|_| args.log.is_some()).map(|ruleset| Arc::new(Categories::new(ruleset)));
    let results = args.on_injection.zip(ruleset).map(|(action, ruleset)| {
        let (action, secrets, max_bytes) = (action.into(), secrets.clone(), args.max_result);
        Arc::new(ResultReader { ruleset, action, secrets, max_bytes })
    });
    let (max_bytes, keep) = (args.log_max_size, args.log_keep);
    let log_options = LogOptions { max_bytes, keep, arguments: args.log_arguments, secrets };
    let log = args.log.as_deref().map(|file| AuditLog::open(file, log_options)).transpose();
    let log = log.map_err(|cause| failed(cause.into()))?;
    let on_log_error = args.on_log_error.into();
    let pinned = match &args.lock {
        Some(file) => Some(Arc::new(Lock::load(file)?.pinned_server(&server).map_err(|cause| failed(cause.into()))?)),
        None => None,
    };
    let asker = asker(args, Arc::clone(&report)).await.map_err(failed)?;
    let metrics = Arc::<Metrics>::default();
    if let Some(address) = args.metrics {
        let taken = |cause| failed(GuardCause::Metrics { address, cause });
        let listener = TcpListener::bind(address).await.map_err(taken)?;
        tokio::spawn(metrics_server::serve(listener, Arc::clone(&metrics)));
    }
    let observe = args.observe;
    let options = GateOptions {
        server,
        on_state_error,
        on_log_error,
        observe,
        report,
        metrics,
        pinned,
        asker,
        results,
        categories,
    };
    Ok(Arc::new(Gate::new(policy, store, log, options)))
}

/// A server that ended by itself and without an error has done what it should.
fn exit_of(status: Option<ExitStatus>) -> Exit {
    if status.is_some_and(|status| status.success()) { Exit::Done } else { Exit::Unread }
}

/// Who asks a person, unless the client does.
async fn asker(args: &GuardRunArgs, report: Report) -> Result<Option<Asker>, GuardCause> {
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

fn options_for(args: &GuardRunArgs) -> Options {
    let server = args.server();
    Options {
        env: args.env.clone(),
        containment: server.containment(crate::config::SandboxRule::Auto),
        inputs: args.input.clone(),
        headers: args.header.clone(),
        sign_ins: SignIns::of_user(),
        passes_stderr: true,
        ..Options::default()
    }
}

async fn store(args: &GuardRunArgs) -> Result<CounterStore, GuardCause> {
    let location = state_location(args.state.as_deref())?.ok_or(GuardCause::NoStateFolder)?;
    Ok(CounterStore::open(&location).await?)
}

/// The policy, and how it is read again.
fn watched_policy(args: &GuardRunArgs, common: &CommonArgs) -> Result<WatchedPolicy, CliError> {
    let sql = sql_guards(common.rules.as_deref())?;
    // clap requires it.
    let path = args.policy.clone().unwrap_or_default();
    let format = args.policy_format;
    let first = read_policy(&path, format, &sql)?;
    let again = path.clone();
    let load: Load = Box::new(move || {
        read_policy(&again, format, &sql).map_err(|error| {
            let ReportedError { what, why, .. } = (&error).into();
            format!("{what}: {why}")
        })
    });
    Ok(WatchedPolicy::new(path, first, load))
}

fn read_policy(
    path: &std::path::Path,
    format: Option<crate::policy::Dialect>,
    sql: &Arc<SqlGuards>,
) -> Result<ActivePolicy, PolicyFileError> {
    let policy = match policy_input(path, format, &OverlayArgs::default())? {
        PolicyInput::Engine(engine) => return Ok(ActivePolicy::of_engine(engine)),
        PolicyInput::Read(policy) => policy,
    };
    let Document { decisions, names, .. } = policy.document;
    let decider = Decider::new(&decisions).naming(names).parsing(Arc::clone(sql));
    Ok(ActivePolicy::new(decisions, decider))
}
