//! What the user named becomes listings. Only here: rmcp, reqwest, walkdir.
//!
//! [`Target::parse`] says what was named, [`read`] gives its [`Reading`]. A listing with a tool a line can be streamed
//! with [`saved::Saved`] instead. rmcp logs through `tracing`: a subscriber must leave it out.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{DefinedIn, Listing, Locations, Position, Report, Transport};

mod bounds;
pub mod client;
pub mod decode;
mod depth;
mod error;
mod live;
mod manifest;
mod package;
pub mod saved;
mod secret;
mod target;

pub use bounds::Budget;
pub use error::{SourceCause, SourceError, TargetCause};
#[cfg(fuzzing)]
pub use live::fuzz_wire;
pub use live::{Containment, Sandbox, end_all, wait_for_ends};
#[cfg(target_os = "linux")]
pub use live::{helper, protect_this_process};
pub use target::{Command, Target};

/// Is called with what is being done, from any thread.
pub type Progress = Arc<dyn Fn(&str) + Send + Sync>;

/// How live servers are reached.
#[derive(Clone)]
pub struct Options {
    /// The longest wait for the handshake, starting and downloading included.
    pub start_timeout: Duration,
    /// The longest wait for one answer after that.
    pub request_timeout: Duration,
    /// Headers for requests over HTTP: name and value.
    pub headers: Vec<(String, String)>,
    /// The longest wait for the whole of one listing.
    pub total_timeout: Duration,
    /// Environment variables for started servers, beside what `containment` leaves them.
    pub env: Vec<(String, String)>,
    /// How much of our own world a started server gets.
    pub containment: Containment,
    /// Which protocol version to speak.
    pub protocol: Protocol,
    /// What a person would be asked for by the client of a configuration, by id.
    pub inputs: Vec<(String, String)>,
    /// The folder that relative names in a command are seen from; the current one when none is given.
    pub base: Option<PathBuf>,
    /// A started server starts in `base`, whatever its command names.
    pub starts_in_base: bool,
    /// Values beside those of variables and headers that are never shown.
    pub secrets: Vec<String>,
    /// Is told what is being done, in a few words: "starting npx".
    pub progress: Option<Progress>,
    /// Is told what a person must know: a start without a sandbox, a folder that could not be removed.
    pub notice: Option<Progress>,
    /// How much is kept of what is read, shared by all targets of a run.
    pub budget: Budget,
    /// The program that supervises servers: one whose `main` calls [`helper`] first.
    pub helper: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            start_timeout: Duration::from_secs(120),
            request_timeout: Duration::from_secs(30),
            total_timeout: Duration::from_secs(600),
            headers: Vec::new(),
            env: Vec::new(),
            inputs: Vec::new(),
            base: None,
            starts_in_base: false,
            secrets: Vec::new(),
            containment: Containment::default(),
            protocol: Protocol::Auto,
            progress: None,
            notice: None,
            budget: Budget::default(),
            helper: std::env::current_exe().unwrap_or_default(),
        }
    }
}

impl Options {
    fn progress(&self, state: &str) {
        if let Some(progress) = &self.progress {
            progress(state);
        }
    }

    fn notice(&self, text: &str) {
        if let Some(notice) = &self.notice {
            notice(text);
        }
    }
}

/// Which protocol version to speak.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Protocol {
    /// The newest that the server speaks.
    #[default]
    Auto,
    /// One version, for example `2025-11-25`.
    Version(String),
}

impl Protocol {
    fn version(&self) -> Option<&str> {
        match self {
            Self::Auto => None,
            Self::Version(version) => Some(version),
        }
    }
}

impl Protocol {
    /// The newest version with a handshake, where a version is not named: older transports know no other.
    fn with_handshake(&self) -> Self {
        match self {
            Self::Auto => Self::Version(live::newest_with_handshake().to_owned()),
            named => named.clone(),
        }
    }
}

impl FromStr for Protocol {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let versions = live::known_versions();
        match text {
            "auto" => Ok(Self::Auto),
            version if versions.contains(&version) => Ok(Self::Version(version.to_owned())),
            _ => Err(format!("known are auto, {}", versions.join(", "))),
        }
    }
}

/// What came of reading a target: a folder may give both listings and errors.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// What could be read, in order.
    pub listings: Vec<Listing>,
    /// What could not.
    pub errors: Vec<SourceError>,
}

impl Reading {
    fn add(&mut self, other: Self) {
        self.listings.extend(other.listings);
        self.errors.extend(other.errors);
    }
}

impl From<Listing> for Reading {
    fn from(listing: Listing) -> Self {
        Self { listings: vec![listing], ..Self::default() }
    }
}

impl From<SourceError> for Reading {
    fn from(error: SourceError) -> Self {
        Self { errors: vec![error], ..Self::default() }
    }
}

/// The servers that the file at `path` names to be started or reached; `None` when it is neither a configuration of a client
/// nor a manifest.
pub fn named_servers(path: &Path) -> Option<Vec<client::Named>> {
    client::servers(path).or_else(|| manifest::server(path).map(|named| vec![named]))
}

/// Reads a file, a folder or standard input.
pub fn read_saved(target: &Target, budget: &Budget) -> Reading {
    match target {
        Target::Folder(folder) => saved::folder(folder, budget, |_| {}),
        Target::File(path) if manifest::is_archive(path) => {
            manifest::of_archive(path).map_or_else(Reading::from, Reading::from)
        }
        _ => saved::Saved::open(target).and_then(|saved| saved.reading(budget)).unwrap_or_else(Reading::from),
    }
}

/// The files that hold the definitions in `report`, and where in them. Tools of one name in one file, of one listing or
/// several, each have the place that is theirs by their order.
pub fn locate(report: &Report) -> Locations {
    let mut files: HashMap<&str, HashMap<String, Vec<Position>>> = HashMap::new();
    let mut met: HashMap<(&str, &str), usize> = HashMap::new();
    let of = report.judged().map(|report| {
        let server = &report.server;
        if let Some(origin) = &server.configured {
            let number = |at: Option<usize>| at.map_or(1, |at| at as u64);
            let position = Position { line: number(origin.line), column: number(origin.column) };
            return Some(DefinedIn { file: origin.file.clone(), server: position, tools: Vec::new() });
        }
        let file = server.target.as_str();
        let path = Path::new(file);
        if server.transport != Transport::Saved || !path.is_file() {
            return None;
        }
        let places = files.entry(file).or_insert_with(|| saved::places::of_tools(path));
        let mut place = |name| {
            let of_name = places.get(name)?;
            let nth = met.entry((file, name)).or_default();
            *nth += 1;
            // A file that was named twice is read twice.
            Some(of_name[(*nth - 1) % of_name.len()])
        };
        let tools = report.tools.iter().map(|tool| place(tool.tool.name.as_str())).collect();
        Some(DefinedIn { file: file.to_owned(), server: Position::START, tools })
    });
    Locations(of.collect())
}

/// Carries a panic of the other thread over; there is no other way for it to be gone.
fn gone(error: tokio::task::JoinError) -> Reading {
    match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => Reading::default(),
    }
}

/// Reads `target`. Dropping the future ends whatever it started; only a wait for standard input outlives it, so the
/// runtime must be shut down without waiting (`shutdown_background`).
pub async fn read(target: &Target, options: &Options) -> Reading {
    match target {
        Target::Folder(folder) => {
            let (folder, options) = (folder.clone(), options.clone());
            let read = move || saved::folder(&folder, &options.budget, |state| options.progress(state));
            tokio::task::spawn_blocking(read).await.unwrap_or_else(gone)
        }
        Target::Stdin | Target::File(_) => {
            // Standard input may keep us waiting, and the caller must stay free to give up.
            let (target, budget) = (target.clone(), options.budget.clone());
            tokio::task::spawn_blocking(move || read_saved(&target, &budget)).await.unwrap_or_else(gone)
        }
        Target::Url(url) => live::reach(target, url, options).await.map_or_else(Reading::from, Reading::from),
        Target::Command(command) => {
            live::start(target, command, options).await.map_or_else(Reading::from, Reading::from)
        }
        Target::Configured(configured) => {
            read_configured(target, configured, options).await.map_or_else(|error| unread(target, error), Reading::from)
        }
    }
}

/// What came of a target that could not be read: the error, and of a server that a configuration names also how it would
/// be started or reached, which can be judged all the same.
pub fn unread(target: &Target, error: SourceError) -> Reading {
    let mut reading = Reading::from(error);
    if let Target::Configured(configured) = target {
        let transport = if configured.command().is_some() { Transport::Stdio } else { Transport::Http };
        let server = live::described(target, transport);
        reading.listings.push(Listing { server, unread: true, ..Listing::default() });
    }
    reading
}

/// Starts or reaches a server that a configuration names, if somebody has agreed to that.
async fn read_configured(
    target: &Target,
    configured: &client::Configured,
    options: &Options,
) -> Result<Listing, SourceError> {
    if let Some(refusal) = configured.refusal() {
        return Err(configured.failure(refusal));
    }
    let (launch, options) = configured.launch(options)?;
    match launch {
        client::Launch::Command(command) => live::start(target, &command, &options).await,
        client::Launch::Url(url) => live::reach(target, &url, &options).await,
    }
}
