//! The servers behind a guard: the one that the words or `--from` name, or those of `--servers`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::{GuardCause, GuardError, MAX_NAME};
use super::guarded_entry::guard_in_front;
use super::policy_file::watched_policy;
use crate::cli::args::{CommonArgs, GuardRunArgs};
use crate::cli::error::CliError;
use crate::cli::policy::sql_guards;
use crate::cli::session::Session;
use crate::cli::targets::{self, RequestedTarget};
use crate::guard::WatchedPolicy;
use crate::guard::http::PATH;
use crate::guard::several;
use crate::rules::DEFAULT_PROFILE;
use crate::source::Target;
use crate::source::client::{self, CLIENTS, Configured, ServerEntry};
use crate::text::file::read_text;
use crate::text::yaml;

/// A server, with what is its own.
pub(super) struct GuardedServer {
    /// The name under which its calls are counted.
    pub(super) name: String,
    pub(super) target: Target,
    pub(super) policy: WatchedPolicy,
    pub(super) lock: Option<PathBuf>,
    /// Its path for clients over HTTP.
    pub(super) path: String,
}

/// The file of `--servers`. Its entries are those of a client's configuration, with a policy.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServersFile {
    servers: BTreeMap<String, ServerFields>,
}

/// What the guard needs of an entry. The rest says how the server is started or reached; a misspelled key is an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServerFields {
    policy: PathBuf,
    lock: Option<PathBuf>,
    #[serde(rename = "command")]
    _command: Option<IgnoredAny>,
    #[serde(rename = "args")]
    _args: Option<IgnoredAny>,
    #[serde(rename = "env")]
    _env: Option<IgnoredAny>,
    #[serde(rename = "cwd")]
    _cwd: Option<IgnoredAny>,
    #[serde(rename = "url")]
    _url: Option<IgnoredAny>,
    #[serde(rename = "headers")]
    _headers: Option<IgnoredAny>,
}

/// The servers, if they may be started.
pub(super) fn guarded_servers(
    args: &GuardRunArgs,
    common: &CommonArgs,
    forced: bool,
) -> Result<Vec<GuardedServer>, CliError> {
    if let Some(file) = &args.servers {
        return servers_of_file(file, args, common);
    }
    let sql = sql_guards(common.rules.as_deref())?;
    // clap requires it.
    let policy = watched_policy(&args.policy.clone().unwrap_or_default(), args.policy_format, &args.overlays, &sql)?;
    let target = guarded_target(args, common, forced)?;
    let name = args.server_name.clone().unwrap_or_else(|| target.suggested_name());
    Ok(vec![GuardedServer { name, target, policy, lock: args.lock.clone(), path: PATH.to_owned() }])
}

fn servers_of_file(file: &Path, args: &GuardRunArgs, common: &CommonArgs) -> Result<Vec<GuardedServer>, CliError> {
    let failed = |cause| GuardError::new(file.display().to_string(), cause);
    let text = read_text(file).map_err(|cause| failed(GuardCause::ServersUnread(cause)))?;
    let shown = file.display().to_string();
    let fields: ServersFile = yaml::read(&shown, &text).map_err(|cause| failed(GuardCause::ServersSyntax(cause)))?;
    let mut servers = fields.servers;
    if let Some(name) = servers.keys().find(|name| !is_usable(name)) {
        return Err(failed(GuardCause::ServerName(name.clone())).into());
    }
    if let Some(name) = servers.keys().find(|name| args.listen.is_none() && !several::is_usable(name)) {
        return Err(failed(GuardCause::ServerPrefix(name.clone())).into());
    }
    if servers.is_empty() {
        return Err(failed(GuardCause::NoServers).into());
    }
    let found: Vec<ServerEntry> = client::servers(file).unwrap_or_default();
    let session = Session::start(common, &args.config, DEFAULT_PROFILE)?;
    let sql = sql_guards(common.rules.as_deref())?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut guarded = Vec::new();
    for RequestedTarget { target, .. } in session.agree_found(found, &args.server())? {
        let target = target?;
        let Target::Configured(configured) = &target else { continue };
        let name = configured.origin.server.clone();
        let Some(fields) = servers.remove(&name) else { continue };
        let policy = watched_policy(&folder.join(fields.policy), None, &args.overlays, &sql)?;
        let (lock, path) = (fields.lock.map(|lock| folder.join(lock)), format!("{PATH}/{name}"));
        guarded.push(GuardedServer { name, target, policy, lock, path });
    }
    match servers.into_keys().next() {
        Some(name) => Err(failed(GuardCause::NoCommand(name)).into()),
        None => Ok(guarded),
    }
}

/// True if `name` can be a part of an address.
fn is_usable(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_plain) && name.bytes().any(|byte| byte != b'.')
}

/// The one server that the words or `--from` name, if it may be started.
fn guarded_target(args: &GuardRunArgs, common: &CommonArgs, forced: bool) -> Result<Target, CliError> {
    let shown = args.targets.join(" ");
    let no_server = || GuardError::new(shown.clone(), GuardCause::NoServer);
    let mut requested = match &args.from[..] {
        [client, name] => {
            let session = Session::start(common, &args.config, DEFAULT_PROFILE)?;
            session.agree_found(vec![Ok(configured(client, name)?)], &args.server())?
        }
        _ => targets::of_words(&args.targets, forced),
    };
    // Configurations are named by files; only they need consent, and the rules for messages about it.
    let is_direct =
        |requested: &RequestedTarget| matches!(requested.target, Ok(Target::Command(_) | Target::Url(_)) | Err(_));
    if args.from.is_empty() && !requested.iter().all(is_direct) {
        let session = Session::start(common, &args.config, DEFAULT_PROFILE)?;
        requested = session.agree(requested, &args.server())?;
    }
    match (requested.pop(), requested.is_empty()) {
        (Some(RequestedTarget { target, .. }), true) => match target? {
            target @ (Target::Command(_) | Target::Configured(_) | Target::Url(_)) => Ok(target),
            Target::Stdin | Target::File(_) | Target::Folder(_) | Target::Package(_) => Err(no_server().into()),
        },
        _ => Err(no_server().into()),
    }
}

/// The server `name` in the user's configuration of `client`.
fn configured(client: &str, name: &str) -> Result<Configured, CliError> {
    let failed = |cause| GuardError::new(name, cause);
    let known = CLIENTS.iter().find(|known| known.name.id == client);
    let path = known.and_then(|known| known.configuration(None)).filter(|path| path.exists());
    let path = path.ok_or_else(|| failed(GuardCause::NoConfiguration(client.to_owned())))?;
    let (mut servers, mut unread) = (Vec::new(), None);
    for entry in client::servers(&path).unwrap_or_default() {
        match entry {
            Ok(server) => servers.push(server),
            Err(error) => unread = unread.or(Some(error)),
        }
    }
    let names = servers.iter().map(|server: &Configured| server.origin.server.clone()).collect();
    let found = match (servers.into_iter().find(|server| server.origin.server == name), unread) {
        (Some(found), _) => found,
        // The entry may be the one that cannot be read.
        (None, Some(error)) => return Err(error.into()),
        (None, None) => return Err(failed(GuardCause::NoEntry { path, names }).into()),
    };
    if guard_in_front(&found).is_some() {
        return Err(failed(GuardCause::Guarded).into());
    }
    Ok(found)
}
