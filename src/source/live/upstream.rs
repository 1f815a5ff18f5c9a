//! A server that is used and not only listed: started with the same consent and containment, its streams handed over.

use std::process::ExitStatus;

use tokio::process::{ChildStdin, ChildStdout};
use url::Url;

use super::launch::Process;
use super::signed_in::signed_in;
use super::{AddressError, LiveCause, RemoteAddress, Stage, known_secrets, secrets_of_url};
use crate::source::client::Launch;
use crate::source::error::{SourceError, TargetCause};
use crate::source::secret::KnownSecrets;
use crate::source::{Command, Options, Target};

/// A server to use.
pub(crate) enum Upstream {
    /// A started process, and the pipes for talking to it.
    Process(Running, ServerStreams),
    /// A server to reach over HTTP.
    Http(Box<RemoteAddress>),
}

/// A started server. It is ended when this is dropped.
pub(crate) struct Running(Process);

/// The pipes for talking to a server.
pub(crate) struct ServerStreams {
    pub(crate) stdin: ChildStdin,
    pub(crate) stdout: ChildStdout,
}

impl Running {
    /// Waits until the server's main process has ended. Cancel safe.
    pub(crate) async fn ended(&mut self) -> Option<ExitStatus> {
        self.0.ended().await
    }

    /// Ends the server in the background, after its input was closed.
    pub(crate) fn end(self) {
        self.0.end();
    }
}

/// Starts the server that `target` names, if the user has consented, or returns its address.
pub(crate) async fn upstream(target: &Target, options: &Options) -> Result<Upstream, SourceError> {
    match target {
        Target::Command(command) => start(target, command, options),
        Target::Url(url) => remote(target, url, options).await,
        Target::Configured(configured) => {
            if let Some(refusal) = configured.refusal(&options.inputs) {
                return Err(configured.failure(refusal));
            }
            match configured.launch(options)? {
                (Launch::Command(command), options) => start(target, &command, &options),
                (Launch::Url(url), options) => remote(target, &url, &options).await,
            }
        }
        Target::Stdin | Target::File(_) | Target::Folder(_) | Target::Package(_) => {
            Err(SourceError::new(target.display(), TargetCause::NoServer))
        }
    }
}

/// The secrets that the server of `target` gets and might repeat.
pub(crate) async fn secrets(target: &Target, options: &Options) -> KnownSecrets {
    match target {
        Target::Command(command) => known_secrets(command, options),
        Target::Configured(configured) => match configured.launch(options) {
            Ok((Launch::Command(command), options)) => known_secrets(&command, &options),
            Ok((Launch::Url(url), options)) => secrets_of_url(&url, signed_in(&url, &options).await.as_ref()),
            Err(_) => KnownSecrets::default(),
        },
        Target::Url(url) => secrets_of_url(url, signed_in(url, options).await.as_ref()),
        Target::Stdin | Target::File(_) | Target::Folder(_) | Target::Package(_) => KnownSecrets::default(),
    }
}

async fn remote(target: &Target, url: &Url, options: &Options) -> Result<Upstream, SourceError> {
    let options = signed_in(url, options).await;
    let options = options.as_ref();
    let secrets = secrets_of_url(url, options);
    let failed = |cause: AddressError| {
        let why = secrets.hide(&cause.to_string());
        let hint = Some("a header is given as --header 'Name: value'".into());
        SourceError::new(target.display(), LiveCause { stage: Stage::Connect, why, hint })
    };
    RemoteAddress::new(url, options, secrets.clone()).map(|address| Upstream::Http(Box::new(address))).map_err(failed)
}

fn start(target: &Target, command: &Command, options: &Options) -> Result<Upstream, SourceError> {
    let (process, streams) = Process::start(command, options).map_err(|cause| {
        let why = known_secrets(command, options).hide(&cause.to_string());
        SourceError::new(target.display(), LiveCause { stage: Stage::Start, why, hint: Some(cause.hint().into()) })
    })?;
    let streams = ServerStreams { stdin: streams.stdin, stdout: streams.stdout };
    Ok(Upstream::Process(Running(process), streams))
}
