//! The server that a guard stands in front of.

use super::error::{GuardCause, GuardError};
use super::guarded_entry::guard_in_front;
use crate::cli::args::{CommonArgs, GuardRunArgs};
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::cli::targets::{self, RequestedTarget};
use crate::rules::DEFAULT_PROFILE;
use crate::source::Target;
use crate::source::client::{self, CLIENTS, Configured};

/// The one server that the words or `--from` name, if it may be started.
pub(super) fn guarded_target(args: &GuardRunArgs, common: &CommonArgs, forced: bool) -> Result<Target, CliError> {
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
fn configured(client: &str, name: &str) -> Result<Configured, GuardError> {
    let failed = |cause| GuardError::new(name, cause);
    let known = CLIENTS.iter().find(|known| known.name.id == client);
    let path = known.and_then(|known| known.configuration(None)).filter(|path| path.exists());
    let path = path.ok_or_else(|| failed(GuardCause::NoConfiguration(client.to_owned())))?;
    let servers: Vec<Configured> = client::servers(&path).unwrap_or_default().into_iter().flatten().collect();
    let names = servers.iter().map(|server| server.origin.server.clone()).collect();
    let found = servers.into_iter().find(|server| server.origin.server == name);
    let found = found.ok_or_else(|| failed(GuardCause::NoEntry { path, names }))?;
    if guard_in_front(&found).is_some() {
        return Err(failed(GuardCause::Guarded));
    }
    Ok(found)
}
