//! Why a configuration, or a server in it, cannot be used.

use std::io;
use std::sync::Arc;

use thiserror::Error;

use super::unchecked_files::UncheckedFiles;
use crate::model::{FailureCause, LeftUnread};

/// Longest command with its variables, in bytes. Systems start hardly longer ones.
pub(super) const MAX_LAUNCH: usize = 1 << 20;

/// Why a configuration, or a server in it, cannot be used.
#[derive(Debug, Clone, Error)]
pub enum ConfigurationCause {
    #[error("{cause}")]
    File {
        /// The client that owns the file, for display.
        client: &'static str,
        /// Why the file could not be read.
        cause: FileCause,
    },
    /// The configuration names no server.
    #[error("the configuration names none")]
    NoServers,
    /// The entry of one server is invalid.
    #[error("{cause}")]
    Entry {
        /// The client that owns the entry, for display.
        client: &'static str,
        /// What is wrong with the entry.
        cause: EntryCause,
    },
    /// The file of variables that an entry names is unusable.
    #[error("its file of variables {file} cannot be used: {cause}")]
    EnvFile {
        /// The path of the file.
        file: String,
        /// Why it could not be read.
        cause: FileCause,
    },
    /// The URL in an entry, as written, is unusable.
    #[error("{0}")]
    EntryAddress(AddressCause),
    /// The URL in an entry, with placeholders filled in, is unusable.
    #[error("{0}")]
    Address(AddressCause),
    /// A placeholder without a value.
    #[error("the placeholder {placeholder} {why}")]
    Placeholder {
        /// The placeholder as written.
        placeholder: String,
        /// Why it has no value.
        why: Unfilled,
    },
    /// A header takes its value from a variable that is not set.
    #[error("the variable {0}, which a header is made of, is not set")]
    HeaderVariable(String),
    /// A variable that the configuration passes to the server is not set.
    #[error("the configuration gives it {0}, which our own environment does not have")]
    NoVariable(String),
}

impl FailureCause for ConfigurationCause {
    fn attempt(&self) -> String {
        match self {
            Self::File { client, .. } => return format!("could not read the configuration of {client}"),
            Self::NoServers => "could not find a server",
            Self::Entry { .. } | Self::EnvFile { .. } | Self::EntryAddress(_) => "could not read the server's entry",
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
            Self::EnvFile { .. } => Some("mend the file, or take `envFile` out of the entry".into()),
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
    /// A folder, device or pipe.
    #[error("it is not a file")]
    NotAFile,
    /// A file over the limit.
    #[error("it is larger than {mib} MiB")]
    TooLarge {
        /// The limit, in MiB.
        mib: u64,
    },
    /// An error of the operating system.
    #[error(transparent)]
    Io(Arc<io::Error>),
    /// The content does not match the file extension.
    #[error(transparent)]
    Syntax(#[from] SyntaxCause),
    /// A key that differs from a known one only in case.
    #[error("its key {key:?} is not `{known}`, and clients that ignore case read it")]
    OtherCase {
        key: String,
        /// The known key.
        known: String,
    },
    /// A key stands twice in one object.
    #[error(
        "the key {key:?} stands twice in one object, again at line {line} column {column}: clients differ in which they take"
    )]
    RepeatedKey {
        key: String,
        /// Line of its second place, from 1.
        line: usize,
        /// Column of its second place, from 1.
        column: usize,
    },
}

impl From<io::Error> for FileCause {
    fn from(cause: io::Error) -> Self {
        Self::Io(Arc::new(cause))
    }
}

/// Where a configuration cannot be parsed. The error does not quote the text, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SyntaxCause {
    /// Empty or only white space.
    #[error("it is empty")]
    Empty,
    /// Invalid JSON (comments are allowed).
    #[error("it is not JSON: {what} at line {line} column {column}")]
    Json {
        /// The parser's message.
        what: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    #[error("it is not TOML: {what} at line {line} column {column}")]
    Toml {
        /// The parser's message.
        what: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    #[error("it is not XML: line {line} cannot be read")]
    Xml {
        /// Line, from 1.
        line: usize,
    },
    #[error("it is not YAML{position}")]
    Yaml {
        /// For example " at line 3 column 1", or empty.
        position: String,
    },
}

/// What is wrong with a server entry. The error does not quote values, which may be secrets.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EntryCause {
    /// A value has the wrong type.
    #[error("`{field}` is {found}, not {wanted}")]
    Type {
        field: String,
        found: &'static str,
        /// The expected type.
        wanted: &'static str,
    },
    /// The whole entry is no object.
    #[error("it is {0}, not an object")]
    NotObject(&'static str),
    /// A key that differs from a known one only in case.
    #[error("its key `{key}` is not `{known}`, and clients that ignore case read it")]
    OtherCase { key: String, known: &'static str },
    /// An entry in Zed's older format without a program.
    #[error("its command has no `path`")]
    NoPath,
    /// The entry has neither a command nor a URL.
    #[error("it has neither a command nor an address")]
    NoCommand,
}

/// Why a URL cannot be used. The error does not quote the URL, which may contain a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressCause {
    /// An unsupported scheme.
    #[error("servers are reached over http and https, not {0}")]
    Scheme(String),
    /// The URL is invalid.
    #[error("its address cannot be read: {0}")]
    Syntax(#[from] url::ParseError),
    /// The URL has credentials before the host, which a reader can mistake for the host.
    #[error("its address has a user part before the host, which is {host}; a header carries a credential")]
    User {
        /// The real host.
        host: String,
    },
}

/// Why a placeholder has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unfilled {
    /// A variable that is not set.
    #[error("is not set in our own environment")]
    NotSet,
    /// An input that the client asks the user for.
    #[error("is asked for by the client")]
    Asked,
    /// A placeholder that only the client can fill in.
    #[error("is known to the client alone")]
    ClientOnly,
}

/// Why a configured server is not started or connected to.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LaunchRefusal {
    /// The user has not consented.
    #[error("nobody has agreed to it; it would be: {command}")]
    NotAgreed {
        /// The command that would run, without secrets.
        command: String,
    },
    /// The user has not consented in the file that records consent.
    #[error("nobody has agreed to it in {file}; it would be: {command}")]
    NotRecorded {
        /// The file with the recorded consent.
        file: String,
        /// The command that would run, without secrets.
        command: String,
    },
    /// The server changed after the user consented.
    #[error("it is not what was agreed to in {file}\n{changes}")]
    Changed {
        /// The file with the recorded consent.
        file: String,
        /// The differences, one per line.
        changes: String,
    },
    /// A file changed after the agreement was looked up in this run.
    #[error("it changed while this run was at work\n{0}")]
    ChangedSince(String),
    /// A file changed while a server ran that nothing kept apart from others.
    #[error("it changed while the server ran, so that another server or program may have chosen what ran\n{0}")]
    ChangedMeanwhile(String),
    /// A command that no question can show.
    #[error("its command and variables are longer than {kib} KiB", kib = MAX_LAUNCH >> 10)]
    TooLong,
    /// A URL that cannot be consented to.
    #[error("{0}")]
    Address(#[from] AddressCause),
    /// A command whose files cannot be checked.
    #[error("nobody can agree to it for later runs: {0}")]
    Unchecked(#[from] UncheckedFiles),
    /// The user declined.
    #[error("you said no")]
    Declined,
    /// The user wants no server to be started.
    #[error("--no-launch was given, so only its entry was classified")]
    EntryAlone,
    /// What the server runs is in an extension of the client.
    #[error("an extension of the client brings it, so only its entry was classified")]
    OfExtension,
    /// The configuration disables the server.
    #[error("it is switched off in the configuration, so only its entry was classified")]
    Disabled,
    /// The entry disables the server, and no known client reads the file.
    #[error(
        "its entry says that it is switched off, so only the entry was classified; no known client reads this file"
    )]
    PerhapsDisabled,
    /// The user wants no server to be started, and typed one.
    #[error("--no-launch was given, and no file has an entry that could be judged alone")]
    NoEntry,
}

impl FailureCause for LaunchRefusal {
    fn attempt(&self) -> String {
        "did not start the server".into()
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotAgreed { .. } | Self::NotRecorded { .. } => {
                "--launch agrees to all that is named in files, --launch-allow FILE to what is written there"
            }
            Self::ChangedMeanwhile(_) => {
                "look at what changes it; in a sandbox nothing does, and --jobs 1 starts one server after the other"
            }
            Self::ChangedSince(_) => "look at what changes it, which may be another server of this run",
            Self::Changed { .. } => "look at the difference; a run with --launch --launch-allow agrees to it anew",
            Self::Unchecked(_) => "--launch agrees to it for one run",
            Self::NoEntry => "leave --no-launch out to start or reach it",
            Self::TooLong
            | Self::Address(_)
            | Self::Declined
            | Self::EntryAlone
            | Self::Disabled
            | Self::PerhapsDisabled
            | Self::OfExtension => {
                return None;
            }
        };
        Some(hint.into())
    }

    fn left_unread(&self) -> Option<LeftUnread> {
        match self {
            Self::NotAgreed { .. } => Some(LeftUnread::NotAgreed),
            Self::Declined => Some(LeftUnread::Declined),
            Self::EntryAlone => Some(LeftUnread::NoLaunch),
            Self::Disabled => Some(LeftUnread::Disabled),
            Self::PerhapsDisabled => Some(LeftUnread::PerhapsDisabled),
            Self::OfExtension => Some(LeftUnread::OfExtension),
            // Somebody agreed to other servers, or nobody can: what was expected to be read was not.
            Self::NotRecorded { .. }
            | Self::Changed { .. }
            | Self::ChangedSince(_)
            | Self::ChangedMeanwhile(_)
            | Self::TooLong
            | Self::Address(_)
            | Self::Unchecked(_)
            | Self::NoEntry => None,
        }
    }
}
