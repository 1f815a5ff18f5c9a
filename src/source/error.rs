//! Why a target could not be read: every cause, what was attempted, and what to try.

use std::io;
use std::sync::Arc;

use thiserror::Error;

use super::bounds;
use super::client::{ConfigurationCause, LaunchRefusal};
use super::live::LiveCause;
use super::manifest::ManifestCause;
use crate::model::{Failure, FailureCause, ReportedError};
use crate::text::clean;

/// A target that could not be read.
pub(crate) type SourceError = Failure<SourceCause>;

/// Why a target could not be read.
#[derive(Debug, Clone, Error)]
pub enum SourceCause {
    /// Its words name nothing that can be read.
    #[error(transparent)]
    Target(#[from] TargetCause),
    /// A file or a folder of listings.
    #[error(transparent)]
    Saved(#[from] SavedCause),
    /// A configuration that names servers.
    #[error(transparent)]
    Configuration(#[from] ConfigurationCause),
    /// A manifest of a server.
    #[error(transparent)]
    Manifest(#[from] ManifestCause),
    /// A server that may not be started or reached.
    #[error(transparent)]
    Consent(#[from] LaunchRefusal),
    /// A running server.
    #[error(transparent)]
    Live(#[from] LiveCause),
    /// The run was interrupted.
    #[error("the scan was interrupted before the target had answered")]
    Interrupted,
    /// An error that a saved report holds.
    #[error("{}", .0.why)]
    Reported(ReportedError),
}

impl FailureCause for SourceCause {
    fn attempt(&self) -> String {
        match self {
            Self::Target(cause) => cause.attempt(),
            Self::Saved(cause) => cause.attempt(),
            Self::Configuration(cause) => cause.attempt(),
            Self::Manifest(cause) => cause.attempt(),
            Self::Consent(cause) => cause.attempt(),
            Self::Live(cause) => cause.attempt(),
            Self::Interrupted => "could not read the target".into(),
            Self::Reported(error) => error.what.clone(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Target(cause) => cause.hint(),
            Self::Saved(cause) => cause.hint(),
            Self::Configuration(cause) => cause.hint(),
            Self::Manifest(cause) => cause.hint(),
            Self::Consent(cause) => cause.hint(),
            Self::Live(cause) => cause.hint(),
            Self::Interrupted => {
                Some("--resume DIR keeps what was read, and a rerun with it goes on from there".into())
            }
            Self::Reported(error) => error.hint.clone(),
        }
    }
}

impl From<ReportedError> for SourceError {
    fn from(error: ReportedError) -> Self {
        Self::new(error.target.clone(), SourceCause::Reported(error))
    }
}

/// Why words name no target.
#[derive(Debug, Clone, Error)]
pub enum TargetCause {
    /// A file to run, not to read.
    #[error("it is a program, not a saved listing")]
    Program {
        /// The command that starts it.
        command: String,
    },
    /// The name of a package, not of a program.
    #[error("it is the name of a package, not of a program")]
    PackageName {
        /// The command that starts it.
        command: String,
    },
    /// Nothing follows `--`.
    #[error("no command was given")]
    NoCommand,
    /// An address of another scheme.
    #[error("servers are reached over http and https, not {0}")]
    Scheme(String),
    /// What stands before the host of an address looks like a host, and is a credential.
    #[error("it has a user part before the host, which is {host}")]
    UserPart {
        /// The host that would be reached.
        host: String,
    },
    /// An address that is none.
    #[error(transparent)]
    Address(#[from] url::ParseError),
    /// Something that looks like an option, after a target.
    #[error("there is no such file or folder")]
    OptionAmongTargets,
    /// One of several targets.
    #[error("there is no such file or folder")]
    NoSuchFile {
        /// Its place among them, from 1.
        number: usize,
    },
    #[error("there is no such file or folder")]
    NoSuchPath,
    /// A file that cannot be run.
    #[error("it is not an executable program")]
    NotExecutable,
    /// A program that is not installed.
    #[error("no program of this name was found on the PATH ({0})")]
    NotOnPath(which::Error),
    /// A saved report for a site.
    #[error("{0}")]
    NoReport(Arc<io::Error>),
    /// A line of a file of targets.
    #[error("a quote is not closed")]
    UnclosedQuote,
    /// A line of a file of targets.
    #[error("no command follows `--`")]
    NoCommandOnLine,
    /// A line of a file of targets.
    #[error("it names several targets")]
    SeveralOnLine,
    /// `serve` reaches no addresses.
    #[error("addresses are not reached here")]
    AddressNotServed,
    /// `serve` reads nothing that is not in its folder.
    #[error("there is no such file or folder in the folder that is served")]
    NotInServedFolder,
    /// `serve` reads nothing that is not in its folder.
    #[error("it is outside of the folder that is served")]
    OutsideServedFolder,
    /// A device or a pipe in the folder of `serve`.
    #[error("it is neither a file nor a folder")]
    SpecialFile,
}

impl FailureCause for TargetCause {
    fn attempt(&self) -> String {
        match self {
            Self::Program { .. } => "could not read the file as a listing",
            Self::NoCommand => "could not start a server",
            Self::Scheme(_) | Self::Address(_) | Self::UserPart { .. } => "could not read the address",
            Self::NotExecutable | Self::NotOnPath(_) | Self::PackageName { .. } => "could not start the server",
            Self::NoReport(_) => "could not read the report",
            Self::OptionAmongTargets
            | Self::NoSuchFile { .. }
            | Self::NoSuchPath
            | Self::UnclosedQuote
            | Self::NoCommandOnLine
            | Self::SeveralOnLine
            | Self::AddressNotServed
            | Self::NotInServedFolder
            | Self::OutsideServedFolder
            | Self::SpecialFile => "could not read the target",
        }
        .into()
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Program { command } => return Some(format!("to start it as a server: mcp-scan -- {command}")),
            Self::PackageName { command } => return Some(format!("to start it as a server: mcp-scan {command}")),
            Self::NoSuchFile { number } => {
                return Some(format!(
                    "target {number} of several must be an address, a file or a folder; a command stands alone"
                ));
            }
            Self::NoCommand => "give the command after `--`, for example: mcp-scan -- npx -y some-server",
            Self::UserPart { .. } => "a header carries a credential: --header 'Authorization: Basic ...'",
            Self::Scheme(_) | Self::Address(_) => "a server's address looks like https://host.example/mcp",
            Self::OptionAmongTargets => {
                "options of mcp-scan stand before the targets; to start a program with options, put `--` before it"
            }
            Self::NoSuchPath => "check the path; relative paths start at the current folder",
            Self::NotExecutable => "make it executable, or name the program that runs it",
            Self::NotOnPath(_) => {
                "check the spelling, or install the program; a package is started as npx -y NAME or uvx NAME"
            }
            Self::NoReport(_) => {
                "give saved reports or listings, or folders of them; `mcp-scan -f json -o FILE ...` writes one"
            }
            Self::UnclosedQuote => "the words of a line are quoted as in a shell",
            Self::NoCommandOnLine => "give the command on the same line",
            Self::SeveralOnLine => "give each target a line of its own",
            Self::AddressNotServed => "the user allows it with `mcp-scan serve --allow-urls`",
            Self::NotInServedFolder | Self::SpecialFile => {
                "no command is started: a configuration below the folder names the server, and the user allows it with \
                 --launch-allow"
            }
            Self::OutsideServedFolder => "the user names another with --folder",
        };
        Some(hint.into())
    }
}

/// The forms of a listing, for hints.
const FORMS: &str = "a listing is a tools/list result, a JSON-RPC response with one, {\"tools\": [...]}, an array of \
                     tools, a capture with serverInfo and tools, one tool, JSONL with a tool a line, or a JSON report \
                     of mcp-scan";

/// Why a saved listing could not be read.
#[derive(Debug, Clone, Error)]
pub enum SavedCause {
    /// The system refused, or the file is damaged.
    #[error("{}", clean::excerpt(&.0.to_string(), 300))]
    Io(Arc<io::Error>),
    /// A folder could not be searched.
    #[error("{}", clean::excerpt(&.0.to_string(), 300))]
    Walk(Arc<walkdir::Error>),
    /// A document over the limit.
    #[error("it is larger than {mib} MiB")]
    TooLarge {
        /// The limit.
        mib: u64,
    },
    /// A document that is no listing.
    #[error(transparent)]
    Document(#[from] DocumentCause),
    /// A folder without a listing.
    #[error("it holds no file that ends in .json, .jsonl or .ndjson (or one of these with .gz)")]
    EmptyFolder,
}

impl From<io::Error> for SavedCause {
    fn from(cause: io::Error) -> Self {
        Self::Io(Arc::new(cause))
    }
}

impl FailureCause for SavedCause {
    fn attempt(&self) -> String {
        match self {
            Self::Io(_) | Self::Walk(_) | Self::TooLarge { .. } => "could not read the file",
            Self::Document(_) => "could not read it as a listing",
            Self::EmptyFolder => "could not find a listing in the folder",
        }
        .into()
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Io(_) | Self::Walk(_) => None,
            Self::TooLarge { .. } => Some("save it as JSONL with a tool a line, which is read without a limit".into()),
            Self::Document(_) | Self::EmptyFolder => Some(FORMS.into()),
        }
    }
}

/// Why a document is no listing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DocumentCause {
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// The parser's own limit, which keeps a hostile document from filling the stack.
    #[error("it is nested more than 128 levels deep{position}")]
    TooDeep {
        /// " at line 1 column 129"
        position: String,
    },
    /// More values than memory should be spent on.
    #[error("it holds more than {} values", bounds::MAX_VALUES)]
    TooManyValues,
    /// Not JSON, with line and column.
    #[error("it is not JSON: {0}")]
    Syntax(String),
    /// Another kind of value.
    #[error("it is {0}, not a listing")]
    Kind(&'static str),
    /// An array of other things.
    #[error("it is an array without a tool in it")]
    ArrayWithoutTools,
    /// A response that is an error.
    #[error("it is a JSON-RPC error: {0}")]
    RpcError(String),
    /// A configuration.
    #[error("it names servers to start and lists no tools")]
    NamesServers,
    /// Another object.
    #[error("it is an object without `tools`")]
    ObjectWithoutTools,
    /// The `result` of a response.
    #[error("its `result`: {0}")]
    Result(Box<Self>),
}
