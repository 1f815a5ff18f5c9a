//! The file of what may be started: each agreement as a hash of what it was about, with enough beside it for people, and
//! to tell what has changed since.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::{OutputError, UsageCause, UsageError};
use super::output::Destination;
use crate::report::json;
use crate::source::client::Configured;

/// The version of the file's form.
const VERSION: u32 = 1;

/// The agreements of one file, sorted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    version: u32,
    allowed: Vec<Agreement>,
}

impl Default for Allowed {
    fn default() -> Self {
        Self { version: VERSION, allowed: Vec::new() }
    }
}

/// What somebody agreed to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Agreement {
    /// The server's name in its configuration.
    server: String,
    /// The command or the address, without secrets.
    runs: String,
    /// The names of the variables it gets.
    environment: Vec<String>,
    /// The names of the headers it is sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<String>,
    /// What counts: [`Configured::fingerprint`].
    hash: String,
}

impl From<&Configured> for Agreement {
    fn from(configured: &Configured) -> Self {
        Self {
            server: configured.origin.server.clone(),
            runs: configured.shown().into(),
            environment: configured.environment(),
            headers: configured.headers(),
            hash: configured.fingerprint(),
        }
    }
}

impl Allowed {
    /// What the file at `path` says; nothing when it is not there.
    pub fn read(path: &Path) -> Result<Self, UsageError> {
        let error = |cause: UsageCause| UsageError::new(path.display().to_string(), cause);
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(cause) => return Err(error(UsageCause::Agreements(cause))),
        };
        let read: Self = serde_json::from_str(&text).map_err(|cause| error(UsageCause::AgreementsSyntax(cause)))?;
        match read.version {
            VERSION => Ok(read),
            found => Err(error(UsageCause::AgreementsVersion { found, known: VERSION })),
        }
    }

    /// True when exactly this was agreed to.
    pub fn has(&self, configured: &Configured) -> bool {
        let hash = configured.fingerprint();
        self.allowed.iter().any(|agreement| agreement.hash == hash)
    }

    /// Adds an agreement.
    pub fn add(&mut self, configured: &Configured) {
        if !self.has(configured) {
            self.allowed.push(configured.into());
            self.allowed.sort();
        }
    }

    /// What has changed since a server of this name was agreed to; nothing when none was.
    pub fn changed(&self, configured: &Configured) -> Option<String> {
        let now = Agreement::from(configured);
        let before = self.allowed.iter().rfind(|agreement| agreement.server == now.server)?;
        let mut changes = Vec::new();
        if before.runs != now.runs {
            changes.push(format!("it ran: {}\nit would run: {}", before.runs, now.runs));
        }
        for (what, before, now) in
            [("the variable", &before.environment, &now.environment), ("the header", &before.headers, &now.headers)]
        {
            changes.extend(now.iter().filter(|name| !before.contains(name)).map(|name| format!("new: {what} {name}")));
            changes.extend(before.iter().filter(|name| !now.contains(name)).map(|name| format!("gone: {what} {name}")));
        }
        if changes.is_empty() {
            changes.push("a secret in its command, its folder or the value of a variable is another".into());
        }
        Some(changes.join("\n"))
    }

    /// Writes the file.
    pub fn write(&self, place: Destination) -> Result<(), OutputError> {
        place.write(|out| json::write(self, out))
    }
}
