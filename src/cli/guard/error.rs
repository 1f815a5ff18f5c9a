//! Why a server cannot be guarded.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error;

use crate::audit::lock::UnknownServer;
use crate::guard::http::{ListenAddress, TokenError};
use crate::guard::log::LogError;
use crate::guard::state::StateError;
use crate::model::{Failure, FailureCause};
use crate::source::collector::CollectorError;
use crate::text::os_error::in_words;
use crate::text::yaml::YamlError;
use crate::text::{clean, prose};

/// Longest name of a server, which is a part of its address.
pub(super) const MAX_NAME: usize = 64;

/// Why a server cannot be guarded.
pub(crate) type GuardError = Failure<GuardCause>;

/// Why a server cannot be guarded.
#[derive(Debug, Error)]
pub(crate) enum GuardCause {
    /// No target, several targets, or a target that is not a server.
    #[error("it is not one server to start")]
    NoServer,
    /// `--from`: the client is not known, or has no configuration.
    #[error("no configuration of {0} was found")]
    NoConfiguration(String),
    /// `--from`: the configuration does not name the server.
    #[error("{} does not name it; it names {}", path.display(), if names.is_empty() { "no server".to_owned() } else { prose::list(names) })]
    NoEntry { path: PathBuf, names: Vec<String> },
    /// `--from`: the entry starts a guard, which would start itself.
    #[error("the entry of the client starts a guard already")]
    Guarded,
    /// `--servers`: the file cannot be read.
    #[error("{}", in_words(.0))]
    ServersUnread(io::Error),
    /// `--servers`: the file has another form.
    #[error(transparent)]
    ServersSyntax(YamlError),
    /// `--servers`: the file names no server.
    #[error("it names no server")]
    NoServers,
    /// `--servers`: an entry says neither how the server is started nor where it is.
    #[error("the server {0} has neither a command nor a URL")]
    NoCommand(String),
    /// `--servers`: the name cannot be a part of an address.
    #[error("{} cannot be a part of an address", clean::excerpt(.0, 80))]
    ServerName(String),
    /// `--servers` without `--listen`: the names of tools could not be told apart.
    #[error("tools of the server {} cannot be told from those of others: a name with `__`, or with `_` at its end", clean::excerpt(.0, 80))]
    ServerPrefix(String),
    /// `--servers` without `--listen`: no server could be started.
    #[error("none of its servers could be started or reached")]
    NoneStarted,
    /// `--listen`: the address is taken.
    #[error("clients cannot be served at {address}: {}", in_words(cause))]
    Listen { address: ListenAddress, cause: io::Error },
    /// `--approve-with`: there is no terminal, or no page can be served.
    #[error("a person cannot be asked {place}: {}", in_words(cause))]
    Asking { place: &'static str, cause: io::Error },
    /// `--token-file`: no usable token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The counts cannot be kept.
    #[error(transparent)]
    State(#[from] StateError),
    /// The lock has no server of this name.
    #[error("the lock does not have it: {0}")]
    Lock(#[from] UnknownServer),
    /// The log cannot be opened.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The system has no state folder.
    #[error("there is no folder to count calls in")]
    NoStateFolder,
    /// `--metrics`: the address is taken.
    #[error("the counts cannot be served at {address}: {}", in_words(cause))]
    Metrics { address: SocketAddr, cause: io::Error },
    /// `--otlp`: the address is none of a collector.
    #[error(transparent)]
    Collector(CollectorError),
    /// The streams failed.
    #[error("{}", in_words(.0))]
    Streams(io::Error),
}

impl FailureCause for GuardCause {
    fn attempt(&self) -> String {
        "could not guard the server".into()
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoServer => "give the command of one server: mcp-scan guard --policy FILE -- npx -y some-server",
            Self::NoConfiguration(_) => "`mcp-scan discover` lists the clients and servers of this machine",
            Self::NoEntry { .. } => "give the name as the client has it: --from CLIENT NAME",
            Self::Guarded => "name the server itself, as the words after `--` in that entry do",
            Self::ServersUnread(_) => {
                "`mcp-scan guard --help` shows what --servers reads; `guard install` needs no such file"
            }
            Self::ServersSyntax(_) | Self::NoServers | Self::NoCommand(_) => {
                "each entry has a policy, and a command with args or a url: servers: {shop: {command: ./shop, policy: shop.yaml}}"
            }
            Self::ServerName(_) => {
                return Some(format!("name servers with at most {MAX_NAME} letters, digits, `-`, `_` and `.`"));
            }
            Self::ServerPrefix(_) => "give the server another name, such as my-shop",
            Self::NoneStarted => "the messages before this one say why",
            Self::Asking { .. } => {
                "give --approve-with web for a page in the browser, or leave it out to ask through the client"
            }
            Self::Listen { .. } => "name another port or socket with --listen; port 0 takes a free one",
            Self::Token(TokenError::Shared(_)) => "nobody but you may read the token: chmod 600 FILE",
            Self::Token(TokenError::Read { .. } | TokenError::Text(_)) => {
                "write a random text of at least 16 characters into the file"
            }
            Self::State(StateError::Foreign { .. } | StateError::Damaged { .. }) => {
                "move the file away to count from zero, or name another place with --state"
            }
            Self::State(
                StateError::Location { .. }
                | StateError::Url { .. }
                | StateError::File { .. }
                | StateError::NoFolder { .. }
                | StateError::Sqlite { .. }
                | StateError::Redis { .. }
                | StateError::Answer { .. }
                | StateError::Stopped,
            )
            | Self::NoStateFolder => {
                "name another place with --state: a folder, a .db file, redis://HOST:PORT, or memory for this process alone"
            }
            Self::Lock(_) => {
                "name the server as the lock calls it with --server-name, or approve it with `mcp-scan lock`"
            }
            Self::Log(_) => "name another file with --log",
            Self::Metrics { .. } => "name another port with --metrics",
            Self::Collector(_) => "give the address below which the collector takes v1/traces",
            Self::Streams(_) => return None,
        };
        Some(hint.into())
    }
}
