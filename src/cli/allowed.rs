//! The file of what may be started: each agreement as a digest of what it was about, with enough beside it for people to
//! read, and to say what has changed since.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{OutputError, UsageCause, UsageError};
use super::output::Destination;
use crate::report::json;
use crate::source::client::{Configured, Proposal};
use crate::text::file::read_text;
use crate::text::reveal::reveal;

/// The version of the file's form.
const VERSION: u32 = 2;

/// The agreements of one file, sorted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Allowed {
    version: u32,
    /// A random key: without it, the digests of short values could be looked up.
    key: String,
    allowed: Vec<Agreement>,
    /// The folder that the file is in.
    #[serde(skip)]
    kept_in: PathBuf,
}

/// What somebody agreed to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Agreement {
    /// The server's name in its configuration.
    server: String,
    /// The configuration that names it.
    file: String,
    /// The project that the configuration stands in.
    project: String,
    /// The command or the address, without secrets.
    runs: String,
    /// The folder that it is started in.
    folder: String,
    /// The names of the variables it gets, each with a keyed digest of its value.
    environment: BTreeMap<String, String>,
    /// The names of the headers it is sent.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    headers: BTreeSet<String>,
    /// The files of the project that its command names, each with the digest of its content.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    scripts: BTreeMap<String, String>,
    /// What counts: [`Proposal::digest`].
    digest: String,
}

impl Agreement {
    fn new(configured: &Configured, proposal: &Proposal, key: &str, kept_in: &Path) -> Self {
        let [folder, file, project] = proposal.places(kept_in);
        Self {
            server: configured.origin.server.clone(),
            file,
            project,
            runs: reveal(&configured.shown()),
            folder,
            environment: proposal.digests_of_variables(key),
            headers: proposal.headers().clone(),
            scripts: proposal.scripts().clone(),
            digest: proposal.digest(key, kept_in),
        }
    }
}

impl Allowed {
    /// The file at `path` without an agreement, with a key of its own.
    fn new(path: &Path) -> Result<Self, UsageError> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|cause| {
            let cause = UsageCause::Agreements(std::io::Error::other(cause.to_string()));
            UsageError::new(path.display().to_string(), cause)
        })?;
        let key = key.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { version: VERSION, key, allowed: Vec::new(), kept_in: folder_of(path) })
    }

    /// The agreements in the file at `path`; none when it is not there.
    pub(crate) fn read(path: &Path) -> Result<Self, UsageError> {
        /// What every version of the file has.
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let error = |cause: UsageCause| UsageError::new(path.display().to_string(), cause);
        let text = match read_text(path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Self::new(path),
            Err(cause) => return Err(error(UsageCause::Agreements(cause))),
        };
        let syntax = |cause| error(UsageCause::AgreementsSyntax(cause));
        let Versioned { version: found } = serde_json::from_str(&text).map_err(syntax)?;
        if found != VERSION {
            return Err(error(UsageCause::AgreementsVersion { found, known: VERSION }));
        }
        let read: Self = serde_json::from_str(&text).map_err(syntax)?;
        Ok(Self { kept_in: folder_of(path), ..read })
    }

    /// Agreements of this run alone.
    pub(crate) fn of_this_run() -> Result<Self, UsageError> {
        Self::new(Path::new("/"))
    }

    /// True when exactly this was agreed to.
    pub(crate) fn has(&self, proposal: &Proposal) -> bool {
        let digest = proposal.digest(&self.key, &self.kept_in);
        self.allowed.iter().any(|agreement| agreement.digest == digest)
    }

    /// Adds an agreement.
    pub(crate) fn add(&mut self, configured: &Configured, proposal: &Proposal) {
        if !self.has(proposal) {
            self.allowed.push(Agreement::new(configured, proposal, &self.key, &self.kept_in));
            self.allowed.sort();
        }
    }

    /// What has changed since a server of this name was agreed to; `None` when none was.
    pub(crate) fn changed(&self, configured: &Configured, proposal: &Proposal) -> Option<String> {
        let now = Agreement::new(configured, proposal, &self.key, &self.kept_in);
        let of_name = |agreement: &&Agreement| agreement.server == now.server;
        let in_project = |agreement: &&Agreement| agreement.server == now.server && agreement.project == now.project;
        let before = self.allowed.iter().rfind(in_project).or_else(|| self.allowed.iter().rfind(of_name))?;
        let mut changes = Vec::new();
        if before.runs != now.runs {
            changes.push(format!("it ran: {}\nit would run: {}", before.runs, now.runs));
        }
        for (what, before, now) in [
            ("configuration", &before.file, &now.file),
            ("project", &before.project, &now.project),
            ("folder", &before.folder, &now.folder),
        ] {
            if before != now {
                changes.push(format!("the {what} was {before}, and is {now}"));
            }
        }
        let headers = |names: &BTreeSet<String>| names.iter().map(|name| (name.clone(), String::new())).collect();
        for (what, before, now) in [
            ("the variable", &before.environment, &now.environment),
            ("the header", &headers(&before.headers), &headers(&now.headers)),
            ("the file", &before.scripts, &now.scripts),
        ] {
            let (before, now): (&BTreeMap<String, String>, &BTreeMap<String, String>) = (before, now);
            for (name, value) in now {
                match before.get(name) {
                    None => changes.push(format!("new: {what} {}", reveal(name))),
                    Some(old) if old != value => changes.push(format!("changed: {what} {}", reveal(name))),
                    Some(_) => {}
                }
            }
            let gone = before.keys().filter(|name| !now.contains_key(*name));
            changes.extend(gone.map(|name| format!("gone: {what} {}", reveal(name))));
        }
        if changes.is_empty() {
            changes.push("a secret in its command or its address is another".into());
        }
        Some(changes.join("\n"))
    }

    /// The file at `text` as this program writes it; nothing where it cannot be read.
    pub(crate) fn rewritten(text: &str) -> Option<String> {
        json::text(&serde_json::from_str::<Self>(text).ok()?)
    }

    /// Writes the file.
    pub(crate) fn write(&self, place: Destination) -> Result<(), OutputError> {
        place.write(|out| json::write(self, out))
    }
}

/// The folder of the file at `path`, without links.
fn folder_of(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = absolute.parent().unwrap_or(Path::new("/")).to_owned();
    folder.canonicalize().unwrap_or(folder)
}
