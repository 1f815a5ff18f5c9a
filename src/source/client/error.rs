//! Why a configuration or a server that it names cannot be used.

use std::io;
use std::sync::Arc;

use thiserror::Error;

use super::scripts::UncheckedFiles;
use crate::model::FailureCause;

/// Why a configuration, or a server that it names, could not be used.
#[derive(Debug, Clone, Error)]
pub enum ConfigurationCause {
    #[error("{cause}")]
    File {
        /// The client whose file it is, for people.
        client: &'static str,
        /// Why it could not be read.
        cause: FileCause,
    },
    /// It names no server.
    #[error("the configuration names none")]
    NoServers,
    /// The entry of one server.
    #[error("{cause}")]
    Entry {
        /// The client whose entry it is, for people.
        client: &'static str,
        /// What is wrong with it.
        cause: EntryCause,
    },
    /// The address in an entry, as written.
    #[error("{0}")]
    EntryAddress(AddressCause),
    /// The address in an entry, with its placeholders filled in.
    #[error("{0}")]
    Address(AddressCause),
    /// A placeholder without a value.
    #[error("the placeholder {placeholder} {why}")]
    Placeholder {
        /// As written.
        placeholder: String,
        /// Why there is no value.
        why: Unfilled,
    },
    /// A header that is filled from a variable.
    #[error("the variable {0}, which a header is made of, is not set")]
    HeaderVariable(String),
    /// A variable that mcp-scan.yaml passes to the server.
    #[error("the configuration gives it {0}, which our own environment does not have")]
    NoVariable(String),
}

impl FailureCause for ConfigurationCause {
    fn attempt(&self) -> String {
        match self {
            Self::File { client, .. } => return format!("could not read the configuration of {client}"),
            Self::NoServers => "could not find a server",
            Self::Entry { .. } | Self::EntryAddress(_) => "could not read the server's entry",
            Self::Address(_) => "could not connect",
            Self::Placeholder { .. } | Self::NoVariable(_) => "could not start the server",
            Self::HeaderVariable(_) => "could not connect to the server",
        }
        .into()
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::File { .. } => Some("its servers were not looked at; mend the file and scan again".into()),
            Self::NoServers | Self::EntryAddress(_) | Self::Address(_) => None,
            Self::Entry { client, .. } => Some(format!("see how {client} wants a server written")),
            Self::Placeholder { .. } => {
                Some("set the variable; --input ID=VALUE answers what a client would ask for".into())
            }
            Self::HeaderVariable(_) => Some("set it in the environment of mcp-scan".into()),
            Self::NoVariable(name) => Some(format!("set {name}, or take it out of the entry in mcp-scan.yaml")),
        }
    }
}

/// Why a configuration file could not be read.
#[derive(Debug, Clone, Error)]
pub enum FileCause {
    /// A folder, a device, a pipe.
    #[error("it is not a file")]
    NotAFile,
    /// A file over the limit.
    #[error("it is larger than {mib} MiB")]
    TooLarge {
        /// The limit.
        mib: u64,
    },
    /// The system refused.
    #[error(transparent)]
    Io(Arc<io::Error>),
    /// Not written as its name says.
    #[error(transparent)]
    Syntax(#[from] SyntaxCause),
}

impl From<io::Error> for FileCause {
    fn from(cause: io::Error) -> Self {
        Self::Io(Arc::new(cause))
    }
}

/// Where a configuration cannot be parsed; nothing of its text, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SyntaxCause {
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// JSON with comments.
    #[error("it is not JSON: {what} at line {line} column {column}")]
    Json {
        /// The parser's words.
        what: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    #[error("it is not TOML: {what} at line {line} column {column}")]
    Toml {
        /// The parser's words.
        what: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    #[error("it is not YAML{position}")]
    Yaml {
        /// " at line 3 column 1", or nothing.
        position: String,
    },
}

/// What is wrong with a server's entry; not what it holds, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EntryCause {
    /// A field of another type.
    #[error("`{field}` is {found}, not {wanted}")]
    Type {
        field: String,
        found: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// Zed's older form, without the program.
    #[error("its command has no `path`")]
    NoPath,
    /// Neither command nor address.
    #[error("it has neither a command nor an address")]
    NoCommand,
}

/// Why an address cannot be used; not the address, which may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressCause {
    /// Another scheme.
    #[error("servers are reached over http and https, not {0}")]
    Scheme(String),
    /// No address.
    #[error("its address cannot be read: {0}")]
    Syntax(#[from] url::ParseError),
    /// What stands before the host looks like one, and is a credential in an address.
    #[error("its address has a user part before the host, which is {host}; a header carries a credential")]
    User {
        /// The host that would be reached.
        host: String,
    },
}

/// Why a placeholder has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unfilled {
    /// A variable.
    #[error("is not set in our own environment")]
    NotSet,
    /// An input.
    #[error("is asked for by the client")]
    Asked,
    /// Something else.
    #[error("is known to the client alone")]
    ClientOnly,
}

/// Why a server that a file names is not started or reached.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LaunchRefusal {
    /// Nobody was asked.
    #[error("nobody has agreed to it; it would be: {command}")]
    NotAgreed {
        /// What would run, without secrets.
        command: String,
    },
    /// It is not what was agreed to.
    #[error("it is not what was agreed to in {file}\n{changes}")]
    Changed {
        /// The file with the agreements.
        file: String,
        /// The differences, a line each.
        changes: String,
    },
    /// An address that nobody can agree to.
    #[error("{0}")]
    Address(#[from] AddressCause),
    /// A command that runs what cannot be checked.
    #[error("{0}")]
    Unchecked(#[from] UncheckedFiles),
    /// The user declined.
    #[error("you said no")]
    Declined,
    /// The user wants no server to be started.
    #[error("--no-launch was given, so its entry alone was judged")]
    EntryAlone,
}

impl FailureCause for LaunchRefusal {
    fn attempt(&self) -> String {
        "did not start the server".into()
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotAgreed { .. } => {
                "--launch agrees to all that is named in files, --launch-allow FILE to what is written there"
            }
            Self::Changed { .. } => "look at the difference; a run with --launch --launch-allow agrees to it anew",
            Self::Unchecked(_) => "if you trust it, type its command yourself: mcp-scan -- COMMAND",
            Self::Address(_) | Self::Declined | Self::EntryAlone => return None,
        };
        Some(hint.into())
    }
}
