//! Live servers: started and used over stdio, or reached over HTTP.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::HeaderMap;
use url::Url;

use super::authorization;
use super::decode::Decoder;
use super::error::SourceError;
use super::protocol::newest;
use super::secret::{self, KnownSecrets};
use super::unreached::Unreached;
use super::{Command, Options, Protocol, Target};
use crate::model::{Authorization, Listing, SandboxKind, Server, Transport};
use crate::text::digest;

mod another_way;
mod body;
mod bwrap;
mod changes;
mod contained;
mod container;
mod containment;
mod credentials;
#[cfg(target_os = "linux")]
mod descendants;
mod ending;
mod environment;
mod error;
mod failed_run;
mod folder;
mod http;
mod http_fault;
mod items;
mod journal;
mod launch;
#[cfg(target_os = "linux")]
mod limits;
mod links;
mod list;
mod list_error;
mod pages;
mod plan;
mod probe;
#[cfg(target_os = "linux")]
mod process;
#[cfg(not(target_os = "linux"))]
#[path = "direct.rs"]
mod process;
mod public;
pub(crate) mod queue;
mod remote;
mod sandbox;
mod sandbox_error;
mod sandbox_exec;
mod signed_in;
mod silence;
mod socket;
mod sse;
mod start_error;
mod stdio;
#[cfg(target_os = "linux")]
mod supervisor;
#[cfg(target_os = "linux")]
mod system_calls;
mod upstream;
mod view;
mod wire;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod changes_tests;
#[cfg(test)]
mod pages_tests;

pub use containment::{Containment, Sandbox};
pub use ending::wait_for_ends;
pub(crate) use environment::given;
pub(crate) use error::{LiveCause, Stage};
pub use process::end_all;
#[cfg(target_os = "linux")]
pub(crate) use supervisor::{helper, protect_this_process};

pub(crate) use remote::{AddressError, RemoteAddress, RemoteEvent, RemoteServer};
pub(crate) use upstream::{Running, Upstream, secrets, upstream};

use another_way::AnotherWay;
use failed_run::FailedRun;
use http_fault::HttpFault;
use journal::Journal;
use launch::Process;
use list_error::ListError;
use signed_in::signed_in;
use silence::{Silence, with_second_start};
use sse::SseTransport;
use stdio::StdioTransport;

/// The fuzz target for the wire: treats `bytes` as a server's output while a `tools/list` reply is pending.
#[cfg(fuzzing)]
pub fn fuzz_wire(bytes: &[u8]) {
    use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ListToolsRequest, NumberOrString};
    let mut wire = wire::Wire::new(wire::Replies::ById, Journal::default());
    let request = ClientRequest::ListToolsRequest(ListToolsRequest::default());
    wire.sent(&ClientJsonRpcMessage::request(request, NumberOrString::Number(1)));
    for line in bytes.split(|byte| *byte == b'\n') {
        let _ = wire.received(line);
    }
}

/// The time for reading what a server publishes about authorization.
const MOST_FOR_AUTHORIZATION: Duration = Duration::from_secs(15);
/// How long a server may stay silent that has read `server/discover`, whether or not it reads on, before it is started a
/// second time.
const SILENCE: Duration = Duration::from_millis(200);
/// How often a silent server is looked at.
const TICK: Duration = Duration::from_millis(50);
/// How long to wait for the last output of a server that has ended, and for the end of one that is silent.
const AFTERWARDS: Duration = Duration::from_secs(1);
/// How long a server that closed its output has to exit, so that its exit code is known. A package manager that runs it exits later.
const EXIT_AFTER_CLOSE: Duration = Duration::from_secs(3);

/// Starts `command` and lists its tools. Cleans up everything, also when the future is dropped.
pub(crate) async fn start(target: &Target, command: &Command, options: &Options) -> Result<Listing, SourceError> {
    let silence = Silence::default();
    let handshake = Options { protocol: options.protocol.with_handshake(), ..options.clone() };
    let second_silence = Silence::default();
    let second = attempt(target, command, &handshake, &second_silence);
    with_second_start(attempt(target, command, options, &silence), &silence, second).await
}

/// Starts `command` once and lists its tools. Reports in `silence` that the server stays silent.
async fn attempt(
    target: &Target,
    command: &Command,
    options: &Options,
    silence: &Silence,
) -> Result<Listing, SourceError> {
    let secrets = known_secrets(command, options);
    let error = |stage: Stage, why: String, hint: Option<String>| {
        SourceError::new(target.display(), LiveCause { stage, why: secrets.hide(&why), hint })
    };
    options.progress(&format!("starting {}", command.program_name()));
    let (mut process, streams) = Process::start(command, options)
        .map_err(|cause| error(Stage::Start, cause.to_string(), Some(cause.hint().into())))?;
    let journal = Journal::default();
    let transport = StdioTransport::new(streams.stdout, streams.stdin, journal.clone());
    let mut server = described(target, Transport::Stdio);
    server.containment = Some(process.sandbox());
    let listed = {
        let listing = list::list(transport, &journal, &secrets, &mut server, options);
        tokio::pin!(listing);
        tokio::select! {
            listed = &mut listing => listed,
            cause = stopped(&mut process, &journal, silence) => match tokio::time::timeout(Duration::ZERO, listing).await {
                Ok(listed) => listed,
                Err(_) => Err(cause),
            },
        }
    };
    match listed {
        Ok(decoder) => {
            server.missing_credentials = credentials::missing(&process.stderr_tail(false).await);
            process.end();
            Ok(listing(server, &journal, decoder, &secrets))
        }
        Err(cause) => {
            let ended = match cause {
                ListError::Closed(_) => process.ended_within(EXIT_AFTER_CLOSE).await,
                ListError::StartLimit
                | ListError::RequestLimit(_)
                | ListError::TotalLimit
                | ListError::OverLimit { .. }
                | ListError::Refused { .. }
                | ListError::OtherVersions { .. }
                | ListError::Unusable { .. } => None,
            };
            let stderr_tail = process.stderr_tail(ended.is_some()).await;
            let sandbox = process.sandbox();
            let has_read = process.unread_input() == Some(0);
            drop(process);
            let noise = journal.noise_summary();
            let failed_run = FailedRun { cause: &cause, ended, sandbox, stderr_tail: &stderr_tail, noise, options };
            if let Some(AnotherWay { options, keeps_error }) =
                another_way::after(&cause, options, server.protocol_version.as_deref())
            {
                let again = Box::pin(start(target, command, &options)).await;
                if again.is_ok() || !keeps_error {
                    return again;
                }
            } else if let Some(protocol) = failed_run.other_protocol(&journal, has_read) {
                let options = Options { protocol, ..options.clone() };
                return Box::pin(start(target, command, &options)).await;
            }
            Err(error(failed_run.stage(), failed_run.why(), failed_run.hint()))
        }
    }
}

/// Lists the tools of the server at `url`.
/// The user's sign-in to it is used, unless a header carries another credential.
pub(crate) async fn reach(target: &Target, url: &Url, options: &Options) -> Result<Listing, Unreached> {
    let options = signed_in(url, options).await;
    let options = options.as_ref();
    let secrets = secrets_of_url(url, options);
    let error = |stage: Stage, why: String, hint: Option<String>| {
        SourceError::new(target.display(), LiveCause { stage, why: secrets.hide(&why), hint })
    };
    let headers = http::headers(&options.headers).map_err(|cause| {
        error(Stage::Connect, cause.to_string(), Some("a header is given as --header 'Name: value'".into()))
    })?;
    options.progress("connecting");
    let (socket, url) = socket::socket(url).map_or((None, url.clone()), |(socket, url)| (Some(socket), url));
    if options.public_only && (socket.is_some() || !public::may_be_public(&url)) {
        let host = if socket.is_some() { "a Unix socket" } else { url.host_str().unwrap_or_default() };
        let fault = HttpFault::NotPublic(host.to_owned());
        return Err(error(Stage::Connect, fault.to_string(), fault.hint().map(str::to_owned)).into());
    }
    let http = http::client(headers, socket.clone(), options)
        .map_err(|fault| error(Stage::Connect, fault.to_string(), fault.hint().map(str::to_owned)))?;
    let mut server = described(target, Transport::Http);
    let mut journal = Journal::default();
    let transport = http::transport(&url, http.clone(), journal.clone());
    let mut listed = list::list(transport, &journal, &secrets, &mut server, options).await;
    let mut fault = journal.take_fault();
    if listed.is_err() && matches!(options.protocol, Protocol::Recorded(_)) {
        journal = Journal::default();
        let transport = http::transport(&url, http.clone(), journal.clone());
        let options = Options { protocol: Protocol::Auto, ..options.clone() };
        listed = list::list(transport, &journal, &secrets, &mut server, &options).await;
        fault = journal.take_fault();
    }
    if listed.is_err() && journal.was_given_up_early() {
        journal = Journal::default();
        let transport = http::transport(&url, http.clone(), journal.clone());
        let options = Options { protocol: Protocol::Version(newest().to_owned()), ..options.clone() };
        let again = list::list(transport, &journal, &secrets, &mut server, &options).await;
        // If this fails too, the error of the older protocol is more helpful.
        if again.is_ok() {
            listed = again;
            fault = None;
        }
    }
    let mut way =
        listed.as_ref().err().and_then(|cause| another_way::after(cause, options, server.protocol_version.as_deref()));
    while let Some(AnotherWay { options, keeps_error }) = way.take() {
        let again_journal = Journal::default();
        let transport = http::transport(&url, http.clone(), again_journal.clone());
        let again = list::list(transport, &again_journal, &secrets, &mut server, &options).await;
        way = again.as_ref().err().and_then(|cause| another_way::after(cause, &options, None));
        if again.is_ok() || !keeps_error {
            fault = again_journal.take_fault();
            (listed, journal) = (again, again_journal);
        }
    }
    if listed.is_err() && fault.as_ref().is_some_and(HttpFault::may_be_older_transport) {
        options.progress("connecting over the older transport");
        journal = Journal::default();
        let connecting = SseTransport::connect(&url, http.clone(), journal.clone());
        match tokio::time::timeout(options.start_timeout, connecting).await {
            Ok(Ok(Some(transport))) => {
                server.transport = Transport::Sse;
                journal
                    .note("http-sse-deprecated", "The server speaks only HTTP+SSE, which the protocol has deprecated.");
                let options = Options { protocol: options.protocol.with_handshake(), ..options.clone() };
                listed = list::list(transport, &journal, &secrets, &mut server, &options).await;
                fault = journal.take_fault();
            }
            Ok(Err(found)) => fault = Some(found),
            // Not the older transport either; the first error is more helpful.
            Ok(Ok(None)) | Err(_) => {}
        }
    }
    let cause = match listed {
        Ok(decoder) => return Ok(listing(server, &journal, decoder, &secrets)),
        Err(cause) => cause,
    };
    let authorization = match &fault {
        Some(HttpFault::Unauthorized(challenge)) => {
            published(&url, challenge.as_deref(), socket, &secrets, options).await
        }
        _ => None,
    };
    let error = {
        let failed_run = FailedRun {
            cause: &cause,
            ended: None,
            sandbox: SandboxKind::None,
            stderr_tail: &[],
            noise: journal.noise_summary(),
            options,
        };
        match fault.filter(|_| matches!(cause, ListError::Closed(_))) {
            Some(fault) => {
                let not_read = authorization.iter().flat_map(|found| &found.not_read);
                let not_read: String = not_read.map(|what| format!("\nnot read: {what}")).collect();
                let why = format!("{fault}{not_read}");
                error(failed_run.stage(), why, fault.hint().map(str::to_owned))
            }
            None => error(failed_run.stage(), failed_run.why(), failed_run.hint()),
        }
    };
    Err(Unreached { error, authorization })
}

/// What a server that asks for authorization publishes about it, without the user's headers: they are for `url`, and
/// others may share its origin. Secrets that it repeats are hidden.
async fn published(
    url: &Url,
    challenge: Option<&str>,
    socket: Option<PathBuf>,
    secrets: &KnownSecrets,
    options: &Options,
) -> Option<Authorization> {
    let http = http::client(HeaderMap::new(), socket, options).ok()?;
    let inspecting = authorization::inspect(url, challenge, &http);
    let found = tokio::time::timeout(MOST_FOR_AUTHORIZATION, inspecting).await.ok()??;
    let mut json = serde_json::to_value(found).ok()?;
    secrets.hide_in(&mut json);
    serde_json::from_value(json).ok()
}

/// The secret values that a started server receives and might repeat.
fn known_secrets(command: &Command, options: &Options) -> KnownSecrets {
    let passed = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let is_given = |(name, _): &(String, String)| {
        let containment = &options.containment;
        containment.pass_env.contains(name) || (containment.inherit_env && secret::is_secret_variable(name))
    };
    let passed: Vec<_> = std::env::vars_os().filter_map(passed).filter(is_given).collect();
    KnownSecrets::new(
        &command.program,
        &command.args,
        pairs(&options.env).chain(pairs(&passed)).chain(filled_in(options)),
    )
}

/// The secrets that a server at `url` gets and might repeat.
fn secrets_of_url(url: &Url, options: &Options) -> KnownSecrets {
    KnownSecrets::new("", &[url.to_string()], pairs(&options.headers).chain(filled_in(options)))
}

/// The values that replaced placeholders. All count as secrets, whatever their names.
fn filled_in(options: &Options) -> impl Iterator<Item = (&str, &str)> {
    options.secrets.iter().map(|value| ("secret", value.as_str()))
}

fn pairs(pairs: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

fn listing(mut server: Server, journal: &Journal, decoder: Decoder, secrets: &KnownSecrets) -> Listing {
    let mut deviations = [journal.deviations(), decoder.deviations].concat();
    for deviation in &mut deviations {
        deviation.text = secrets.hide(&deviation.text);
    }
    server.long_texts.extend(decoder.texts);
    let beside = server.beside_digest.take().into_iter().chain(decoder.beside);
    server.beside_digest = Some(digest::sha256(beside));
    Listing { server, tools: decoder.tools, items: decoder.items, deviations, unread: false, left_unread: None }
}

/// The server description, as far as `target` alone determines it.
pub(super) fn described(target: &Target, transport: Transport) -> Server {
    Server {
        name: target.suggested_name(),
        package: target.package(),
        target: target.launched(),
        configured: target.origin(),
        transport,
        ..Server::default()
    }
}

/// Waits until the process has ended, plus a moment for its last output to be read, and reports that it is silent.
/// Child processes of the server may keep the pipes open forever.
async fn stopped(process: &mut Process, journal: &Journal, silence: &Silence) -> ListError {
    let mut silent = Duration::ZERO;
    while tokio::time::timeout(TICK, process.ended()).await.is_err() {
        // A server that has read nothing is still starting.
        let has_read = process.unread_input().is_some_and(|unread| unread == 0 || unread < journal.sent());
        silent = if has_read && journal.is_unanswered_for(SILENCE) { silent + TICK } else { Duration::ZERO };
        if silent >= SILENCE {
            silence.begin();
        }
    }
    tokio::time::sleep(AFTERWARDS).await;
    ListError::Closed("the last request".into())
}
