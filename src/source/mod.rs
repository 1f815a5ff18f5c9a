//! What the user named becomes listings. Only here: rmcp, reqwest, walkdir.
//!
//! [`Target::parse`] says what was named, [`read`] gives its [`Reading`]. A listing with a tool a line can be streamed
//! with [`saved::Saved`] instead. rmcp logs through `tracing`: a subscriber must leave it out.

use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{DefinedIn, Listing, Locations, Report, TargetError, Transport};

pub mod decode;
mod depth;
mod live;
mod package;
pub mod saved;
mod secret;
mod target;

#[cfg(fuzzing)]
pub use live::fuzz_wire;
pub use live::{Containment, Sandbox};
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
    /// Is told what is being done, in a few words: "starting npx".
    pub progress: Option<Progress>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            start_timeout: Duration::from_secs(120),
            request_timeout: Duration::from_secs(30),
            total_timeout: Duration::from_secs(600),
            headers: Vec::new(),
            env: Vec::new(),
            containment: Containment::default(),
            protocol: Protocol::Auto,
            progress: None,
        }
    }
}

impl Options {
    fn progress(&self, state: &str) {
        if let Some(progress) = &self.progress {
            progress(state);
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
    pub errors: Vec<TargetError>,
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

impl From<TargetError> for Reading {
    fn from(error: TargetError) -> Self {
        Self { errors: vec![error], ..Self::default() }
    }
}

/// Reads a file, a folder or standard input.
pub fn read_saved(target: &Target) -> Reading {
    match target {
        Target::Folder(folder) => saved::folder(folder),
        _ => saved::Saved::open(target).and_then(saved::Saved::reading).unwrap_or_else(Reading::from),
    }
}

/// The files that hold the definitions in `report`, and where in them.
pub fn locate(report: &Report) -> Locations {
    let mut read = HashMap::new();
    let of = |server: &crate::model::ServerReport| {
        let file = &server.server.target;
        let path = Path::new(file);
        if server.server.transport != Transport::Saved || !path.is_file() {
            return None;
        }
        let tools = read.entry(file.clone()).or_insert_with(|| saved::places::of_tools(path));
        Some(DefinedIn { file: file.clone(), tools: tools.clone() })
    };
    Locations(report.servers.iter().map(of).collect())
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
        Target::Stdin | Target::File(_) | Target::Folder(_) => {
            // Standard input may keep us waiting, and the caller must stay free to give up.
            let target = target.clone();
            tokio::task::spawn_blocking(move || read_saved(&target)).await.unwrap_or_else(gone)
        }
        Target::Url(url) => live::reach(target, url, options).await.map_or_else(Reading::from, Reading::from),
        Target::Command(command) => {
            live::start(target, command, options).await.map_or_else(Reading::from, Reading::from)
        }
    }
}
