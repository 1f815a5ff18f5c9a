//! Runs a guard in front of a server, for the client at standard input and output, or of servers for clients over HTTP.

use std::convert::Infallible;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use tokio::io::{stdin, stdout};
use tokio::net::TcpListener;
use tokio::runtime;

use super::error::{GuardCause, GuardError};
use super::gates::{ServerWithGate, gates, shown};
use super::guarded_servers::{GuardedServer, guarded_servers};
use crate::cli::args::{CommonArgs, GuardRunArgs, Translate};
use crate::cli::diagnose::Messages;
use crate::cli::error::{CliError, InternalCause, InternalError};
use crate::cli::exit::Exit;
use crate::cli::interrupt::interrupted;
use crate::guard::http::{self, Access, Connect, Endpoint, ListenAddress, Token};
use crate::guard::log::LogQueue;
use crate::guard::several::{OneOfSeveral, relay_several};
use crate::guard::{CallGate, Ended, Restart, ServerConnection, Streams, Translation, relay};
use crate::model::ReportedError;
use crate::rules::Ruleset;
use crate::source::authorization::SignIns;
use crate::source::{self, Options, Running, SourceError, Target, Upstream};

/// How long a server may take to end after its output has ended.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// How long the sessions of clients over HTTP may take to end.
const AT_THE_END: Duration = Duration::from_secs(5);

/// Guards the servers until they or the client end.
pub(crate) fn run(args: &GuardRunArgs, common: &CommonArgs, forced: bool) -> Result<Exit, CliError> {
    let messages = Messages::from(common);
    let servers = guarded_servers(args, common, forced)?;
    let asks = servers.iter().any(|server| server.policy.asks());
    let needs_rules = asks || args.on_injection.is_some() || args.log.is_some() || args.otlp.is_some();
    let ruleset = needs_rules.then(|| Ruleset::load_for_calls(common.rules.as_deref())).transpose()?.map(Arc::new);
    let runtime = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|cause| InternalError::new("this machine", InternalCause::Runtime(cause)))?;
    let log = OnceLock::new();
    let done = runtime.block_on(async {
        tokio::select! {
            // The signal handlers are installed before the server is started.
            biased;
            () = interrupted() => Ok(Exit::Interrupted),
            done = guard(args, servers, ruleset, messages, &log) => done,
        }
    });
    match &args.listen {
        // Sessions end in tasks of their own, and the folders of their servers with them.
        Some(_) => runtime.shutdown_timeout(AT_THE_END),
        // A blocking read of standard input is abandoned.
        None => runtime.shutdown_background(),
    }
    if log.get().is_some_and(|log| !log.finish()) {
        messages.warning("guard: the log is not complete: what waited could not be written in time");
    }
    done
}

async fn guard(
    args: &GuardRunArgs,
    servers: Vec<GuardedServer>,
    ruleset: Option<Arc<Ruleset>>,
    messages: Messages,
    log: &OnceLock<Arc<LogQueue>>,
) -> Result<Exit, CliError> {
    let start = options_for(args);
    let shown = shown(args, &servers);
    let servers = gates(args, servers, &start, ruleset, messages, log).await?;
    let gates: Vec<Arc<CallGate>> = servers.iter().map(|server| Arc::clone(&server.gate)).collect();
    let served = async {
        match &args.listen {
            Some(address) => listen(args, address, servers, &start, messages).await,
            None if args.servers.is_some() => several_at_stdio(args, servers, &start).await,
            None => match servers.into_iter().next() {
                Some(server) => stdio(args, server, &start).await,
                None => Ok(Exit::Done),
            },
        }
    };
    let ended = tokio::select! {
        served = served => served.map_err(|error| match error {
            Served::Server(error) => error.into(),
            Served::Guard(cause) => GuardError::new(shown, cause).into(),
        }),
        never = watch_policies(&gates) => match never {},
    };
    // All gates share their collector.
    if let Some(gate) = gates.first() {
        gate.flush_traces().await;
    }
    ended
}

/// Why serving ended.
enum Served {
    Server(SourceError),
    Guard(GuardCause),
}

/// Reads policies again whenever their files change, for ever.
async fn watch_policies(gates: &[Arc<CallGate>]) -> Infallible {
    join_all(gates.iter().map(|gate| gate.watch_policy())).await;
    std::future::pending().await
}

/// Guards the server for the client at standard input and output.
async fn stdio(args: &GuardRunArgs, server: ServerWithGate, start: &Options) -> Result<Exit, Served> {
    let ServerWithGate { target, gate, .. } = server;
    let (server, running) = connected(source::upstream(&target, start).await.map_err(Served::Server)?);
    let started = Arc::new(Mutex::new(running));
    let translation = match args.translate {
        Translate::Auto | Translate::Always => Translation::On(restart(target, start, &started)),
        Translate::Never => Translation::Off,
    };
    let client = Streams::new(stdin(), stdout());
    let ended = relay(Arc::clone(&gate), args.approval_timeout, client, server, translation).await;
    let mut running = taken(&started);
    Ok(match ended.map_err(|cause| Served::Guard(GuardCause::Streams(cause)))? {
        Ended::Client => {
            if let Some(running) = running {
                running.end();
            }
            Exit::Done
        }
        Ended::Server => match &mut running {
            Some(running) => {
                let status = tokio::time::timeout(AFTERWARDS, running.ended()).await.ok().flatten();
                if let Some(status) = status.filter(|status| !status.success()) {
                    gate.report(&format!(
                        "the server has ended ({status}); what it wrote itself says why, if anything does"
                    ));
                }
                exit_of(status)
            }
            None => Exit::Unread,
        },
    })
}

/// Guards the servers as one for the client at standard input and output. A server that cannot be started takes no other with it.
async fn several_at_stdio(args: &GuardRunArgs, servers: Vec<ServerWithGate>, start: &Options) -> Result<Exit, Served> {
    let begun = servers.into_iter().map(|ServerWithGate { name, target, gate, .. }| async move {
        match source::upstream(&target, start).await {
            Ok(upstream) => Some((name, target, gate, connected(upstream))),
            Err(error) => {
                let ReportedError { what, why, .. } = error.into();
                gate.report(&format!("{what}: {why}"));
                None
            }
        }
    });
    let (mut several, mut processes) = (Vec::new(), Vec::new());
    for (name, target, gate, (connection, running)) in join_all(begun).await.into_iter().flatten() {
        let started = Arc::new(Mutex::new(running));
        let translation = match args.translate {
            Translate::Auto | Translate::Always => Translation::On(restart(target, start, &started)),
            Translate::Never => Translation::Off,
        };
        several.push(OneOfSeveral { name, gate, connection, translation });
        processes.push(started);
    }
    if several.is_empty() {
        return Err(Served::Guard(GuardCause::NoneStarted));
    }
    let client = Streams::new(stdin(), stdout());
    let ended = relay_several(several, args.approval_timeout, client).await;
    let ended = ended.map_err(|cause| Served::Guard(GuardCause::Streams(cause)))?;
    processes.iter().filter_map(|started| taken(started)).for_each(Running::end);
    Ok(match ended {
        Ended::Client => Exit::Done,
        Ended::Server => Exit::Unread,
    })
}

/// Starts the process `started` of the server `target` anew. `None` if the server is no process.
fn restart(target: Target, start: &Options, started: &Arc<Mutex<Option<Running>>>) -> Option<Restart> {
    let is_process = started.lock().is_ok_and(|started| started.is_some());
    let (start, started) = (start.clone(), Arc::clone(started));
    is_process.then(|| {
        Box::new(move || {
            let restarted = async move {
                if let Some(running) = taken(&started) {
                    running.end();
                }
                let (server, running) = connect(target, start)().await?;
                *started.lock().unwrap_or_else(PoisonError::into_inner) = running;
                Ok(server)
            };
            restarted.boxed()
        }) as Restart
    })
}

fn taken(started: &Mutex<Option<Running>>) -> Option<Running> {
    started.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Guards the servers for clients over HTTP, until interrupted. Each session has a connection or a process of its own.
async fn listen(
    args: &GuardRunArgs,
    address: &ListenAddress,
    servers: Vec<ServerWithGate>,
    start: &Options,
    messages: Messages,
) -> Result<Exit, Served> {
    let taken = |cause| Served::Guard(GuardCause::Listen { address: address.clone(), cause });
    let token = args.token_file.as_deref().map(Token::read).transpose();
    let token = token.map_err(|cause| Served::Guard(cause.into()))?;
    let endpoints = |place: &str, through: &str| -> Vec<Endpoint> {
        let endpoint = |ServerWithGate { target, gate, path, .. }| {
            messages.note(&format!("clients reach the guard at http://{place}{path}{through}"));
            let shares_older_servers = args.translate == Translate::Always;
            Endpoint { path, gate, connect: connect(target, start.clone()), shares_older_servers }
        };
        servers.into_iter().map(endpoint).collect()
    };
    let (patience, max_reply) = (args.approval_timeout, args.max_reply);
    match address {
        ListenAddress::Port(port) => {
            let access = Access { token, any_host: false };
            let listener = TcpListener::bind(port).await.map_err(taken)?;
            let endpoints = endpoints(&listener.local_addr().map_err(taken)?.to_string(), "");
            http::serve(listener, access, patience, max_reply, endpoints).await.map_err(taken)?;
        }
        #[cfg(unix)]
        ListenAddress::Socket(path) => {
            let access = Access { token, any_host: true };
            let (listener, _file) = http::socket::bind(path).map_err(taken)?;
            let endpoints = endpoints("localhost", &format!(" through the socket {}", path.display()));
            http::serve(listener, access, patience, max_reply, endpoints).await.map_err(taken)?;
        }
        #[cfg(not(unix))]
        ListenAddress::Socket(_) => return Err(taken(std::io::ErrorKind::Unsupported.into())),
    }
    Ok(Exit::Done)
}

/// Opens connections to the server `target`.
fn connect(target: Target, start: Options) -> Connect {
    Box::new(move || {
        let (target, start) = (target.clone(), start.clone());
        Box::pin(async move { Ok(source::upstream(&target, &start).await.map(connected)?) })
    })
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

/// A server that ended by itself and without an error has done what it should.
fn exit_of(status: Option<ExitStatus>) -> Exit {
    if status.is_some_and(|status| status.success()) { Exit::Done } else { Exit::Unread }
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
