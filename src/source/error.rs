//! Why a target could not be read: each cause with what was attempted and a hint.

use std::io;
use std::sync::Arc;

use thiserror::Error;

use super::bounds;
use super::client::{ConfigurationCause, LaunchRefusal};
use super::live::LiveCause;
use super::manifest::ManifestCause;
use super::packages::PackageCause;
use crate::model::{Failure, FailureCause, LeftUnread, ReportedError};
use crate::text::clean;

/// A target that could not be read.
pub(crate) type SourceError = Failure<SourceCause>;

/// Why a target could not be read.
#[derive(Debug, Clone, Error)]
pub enum SourceCause {
    /// The target is not one that can be read.
    #[error(transparent)]
    Target(#[from] TargetCause),
    /// A file or folder of listings could not be read.
    #[error(transparent)]
    Saved(#[from] SavedCause),
    /// A client configuration is unusable.
    #[error(transparent)]
    Configuration(#[from] ConfigurationCause),
    /// A server manifest is unusable.
    #[error(transparent)]
    Manifest(#[from] ManifestCause),
    /// A package could not be fetched or read.
    #[error(transparent)]
    Package(#[from] PackageCause),
    /// The server may not be started or connected to.
    #[error(transparent)]
    Consent(#[from] LaunchRefusal),
    /// A live server failed.
    #[error(transparent)]
    Live(#[from] LiveCause),
    /// The run was interrupted.
    #[error("the scan was interrupted before the target had answered")]
    Interrupted,
    /// An error from a saved report.
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
            Self::Package(cause) => cause.attempt(),
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
            Self::Package(cause) => cause.hint(),
            Self::Consent(cause) => cause.hint(),
            Self::Live(cause) => cause.hint(),
            Self::Interrupted => {
                Some("--resume DIR keeps what was read, and a rerun with it goes on from there".into())
            }
            Self::Reported(error) => error.hint.clone(),
        }
    }

    fn left_unread(&self) -> Option<LeftUnread> {
        match self {
            Self::Consent(cause) => cause.left_unread(),
            Self::Saved(cause) => cause.left_unread(),
            Self::Target(_)
            | Self::Configuration(_)
            | Self::Manifest(_)
            | Self::Package(_)
            | Self::Live(_)
            | Self::Interrupted
            | Self::Reported(_) => None,
        }
    }
}

impl From<ReportedError> for SourceError {
    fn from(error: ReportedError) -> Self {
        Self::new(error.target.clone(), SourceCause::Reported(error))
    }
}

/// Why a target is invalid.
#[derive(Debug, Clone, Error)]
pub enum TargetCause {
    /// An executable file, which is started and not read.
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
    /// A path that holds no image.
    #[error("it is neither an OCI layout nor an archive of an image")]
    NotAnImage,
    /// An image that is not on this machine as a file.
    #[error("no such file: an image is read from a local layout or archive, and not from its registry")]
    RemoteImage,
    /// `npm:` or `pypi:` alone.
    #[error("the name of the package is missing")]
    NoPackageName,
    /// A whole command in one word.
    #[error("it is a whole command in one word")]
    QuotedCommand { command: String },
    /// An address in the place of a program.
    #[error("it is an address, and the words after `--` are a command")]
    AddressAsCommand { address: String },
    /// A host with a path, or a scheme that is not followed by two slashes.
    #[error("there is no such file, and an address begins with http:// or https://")]
    AddressWithoutScheme {
        /// The address that was probably meant.
        address: String,
    },
    /// A `file://` address.
    #[error("a file is named by its path, not by an address")]
    FileAddress { path: String },
    /// A misspelled file name.
    #[error("there is no file and no program of this name")]
    Misspelled {
        /// The file that was probably meant.
        file: String,
    },
    /// A listing, where a server is needed.
    #[error("it is a listing, not a server")]
    NoServer,
    /// Nothing follows `--`.
    #[error("no command was given")]
    NoCommand,
    /// A URL with an unsupported scheme.
    #[error("servers are reached over http and https, not {0}")]
    Scheme(String),
    /// A URL with credentials before the host, which a reader can mistake for the host.
    #[error("it has a user part before the host, which is {host}")]
    UserPart {
        /// The real host of the URL.
        host: String,
    },
    /// An invalid URL.
    #[error(transparent)]
    Address(#[from] url::ParseError),
    /// A word that looks like an option, after a target.
    #[error("there is no such file or folder")]
    OptionAmongTargets,
    /// One of several targets is not an existing file.
    #[error("there is no such file or folder")]
    NoSuchFile {
        /// Its position among the targets, from 1.
        number: usize,
    },
    #[error("there is no such file or folder")]
    NoSuchPath,
    /// A file that is not executable.
    #[error("it is not an executable program")]
    NotExecutable,
    /// A program that is not installed.
    #[error("no program of this name was found on the PATH ({0})")]
    NotOnPath(which::Error),
    /// A report for a site could not be read.
    #[error("{0}")]
    NoReport(Arc<io::Error>),
    /// A line in a target file has an unclosed quote.
    #[error("a quote is not closed")]
    UnclosedQuote,
    /// A line in a target file has no command after `--`.
    #[error("no command follows `--`")]
    NoCommandOnLine,
    /// A line in a target file names several targets.
    #[error("it names several targets")]
    SeveralOnLine,
    /// `serve` does not connect to URLs.
    #[error("addresses are not reached here")]
    AddressNotServed,
    /// `serve` found no such file or folder in the folder that it serves.
    #[error("there is no such file or folder in the folder that is served")]
    NotInServedFolder,
    /// `serve` does not read outside the folder that it serves.
    #[error("it is outside of the folder that is served")]
    OutsideServedFolder,
    /// `serve` does not read devices or pipes.
    #[error("it is neither a file nor a folder")]
    SpecialFile,
}

impl FailureCause for TargetCause {
    fn attempt(&self) -> String {
        match self {
            Self::Program { .. } => "could not read the file as a listing",
            Self::NoCommand | Self::NoServer => "could not start a server",
            Self::Scheme(_) | Self::Address(_) | Self::UserPart { .. } | Self::FileAddress { .. } => {
                "could not read the address"
            }
            Self::NotExecutable | Self::NotOnPath(_) | Self::PackageName { .. } | Self::QuotedCommand { .. } => {
                "could not start the server"
            }
            Self::NoReport(_) => "could not read the report",
            Self::NotAnImage | Self::RemoteImage => "could not read the image",
            Self::NoPackageName
            | Self::AddressAsCommand { .. }
            | Self::AddressWithoutScheme { .. }
            | Self::Misspelled { .. }
            | Self::OptionAmongTargets
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
            Self::NotAnImage | Self::RemoteImage => {
                "save it first: docker save IMAGE -o image.tar (uncompressed), then mcp-scan oci:image.tar"
            }
            Self::NoPackageName => "a package is named npm:@scope/name or pypi:name",
            Self::QuotedCommand { command } => return Some(format!("write it without the quotes: mcp-scan {command}")),
            Self::AddressAsCommand { address } => return Some(format!("name it without `--`: {address}")),
            Self::AddressWithoutScheme { address } => {
                return Some(format!(
                    "to reach a server: mcp-scan {address}; to read its code, give the folder of a checkout, or its package as npm:NAME or pypi:NAME"
                ));
            }
            Self::FileAddress { path } => return Some(format!("give its path: {path}")),
            Self::Misspelled { file } => return Some(format!("did you mean: mcp-scan {file}")),
            Self::NoSuchFile { number } => {
                return Some(format!(
                    "target {number} of several must be an address, a file or a folder; a command stands alone"
                ));
            }
            Self::NoCommand | Self::NoServer => {
                "give the command after `--`, for example: mcp-scan -- npx -y some-server"
            }
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

/// The supported formats of a listing, for hints.
const FORMS: &str = "a listing is a tools/list result, a JSON-RPC response with one, {\"tools\": [...]}, an array of \
                     tools, a capture with serverInfo and tools, one tool, JSONL with a tool a line, or a JSON report \
                     of mcp-scan";

/// Why a saved listing could not be read.
#[derive(Debug, Clone, Error)]
pub enum SavedCause {
    /// The file could not be read, or is damaged.
    #[error("{}", clean::excerpt(&.0.to_string(), 300))]
    Io(Arc<io::Error>),
    /// A folder could not be searched.
    #[error("{}", clean::excerpt(&.0.to_string(), 300))]
    Walk(Arc<walkdir::Error>),
    /// The document is over the size limit.
    #[error("it is larger than {mib} MiB")]
    TooLarge {
        /// The limit, in MiB.
        mib: u64,
    },
    /// The document is not a listing.
    #[error(transparent)]
    Document(#[from] DocumentCause),
    /// A file of a folder with listings or configurations is neither.
    #[error("{0}")]
    NoListing(DocumentCause),
    /// The folder holds no listing.
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
            Self::Document(_) | Self::NoListing(_) => "could not read it as a listing",
            Self::EmptyFolder => "could not find a listing in the folder",
        }
        .into()
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Io(_) | Self::Walk(_) => None,
            Self::TooLarge { .. } => Some("save it as JSONL with a tool a line, which is read without a limit".into()),
            Self::Document(_) | Self::NoListing(_) | Self::EmptyFolder => Some(FORMS.into()),
        }
    }

    fn left_unread(&self) -> Option<LeftUnread> {
        matches!(self, Self::NoListing(_)).then_some(LeftUnread::NoListing)
    }
}

impl SavedCause {
    /// The same cause for a file of a folder in which other files were read. JSON of another kind is no failure there; a
    /// damaged listing is.
    pub(super) fn beside_others(self) -> Self {
        match self {
            Self::Document(
                cause @ (DocumentCause::Kind(_)
                | DocumentCause::ArrayWithoutTools
                | DocumentCause::EmptyReport
                | DocumentCause::ObjectWithoutTools),
            ) => Self::NoListing(cause),
            other => other,
        }
    }
}

/// Why a document is not a listing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DocumentCause {
    /// The document is empty or only white space.
    #[error("it is empty")]
    Empty,
    /// The document is nested deeper than the parser allows, which protects the stack.
    #[error("it is nested more than 128 levels deep{position}")]
    TooDeep {
        /// For example " at line 1 column 129".
        position: String,
    },
    /// The document holds too many values, see `bounds::MAX_VALUES`.
    #[error("it holds more than {} values", bounds::MAX_VALUES)]
    TooManyValues,
    /// The document is not JSON. The text gives line and column.
    #[error("it is not JSON: {0}")]
    Syntax(String),
    /// The document is a value that is neither an object nor an array.
    #[error("it is {0}, not a listing")]
    Kind(&'static str),
    /// The document is an array without tools.
    #[error("it is an array without a tool in it")]
    ArrayWithoutTools,
    /// The document is a JSON-RPC error response.
    #[error("it is a JSON-RPC error: {0}")]
    RpcError(String),
    /// The document is a client configuration.
    #[error("it names servers to start and lists no tools")]
    NamesServers,
    /// The document is no listing, but definitions or instructions stand in it.
    #[error("it holds definitions or instructions of a server, and not as a listing has them")]
    OtherForm,
    /// The document is a report of this program about nothing.
    #[error("it is a report that holds no server")]
    EmptyReport,
    /// The document is an object without `tools`.
    #[error("it is an object without `tools`")]
    ObjectWithoutTools,
    /// The `result` of a JSON-RPC response is not a listing.
    #[error("its `result`: {0}")]
    Result(Box<Self>),
}
