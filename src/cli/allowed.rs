//! The `--launch-allow` file: the servers that the user allowed to start. Each entry has a digest of everything that
//! was agreed to but the files, the digests of the files, and readable details, which also show what has changed since.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{OutputError, UsageCause, UsageError};
use super::output::Destination;
use super::own_files::OwnFiles;
use crate::report::json;
use crate::source::client::{AgreedFiles, Configured, Difference, Digests, Listed, Proposal};
use crate::text::file::read_text;
use crate::text::prose;
use crate::text::reveal::reveal;

/// The version of the file format.
const VERSION: u32 = 6;
/// How many changed files are named.
const MAX_NAMED: usize = 10;

/// The entries of one file, sorted.
#[derive(Debug, Clone)]
pub(crate) struct Allowed {
    /// A random key for the digests. Without it, short values could be found by trying all digests.
    key: String,
    /// The agreements by their digest and the name of the server.
    allowed: BTreeMap<(String, String), RecordedAgreement>,
    /// The digests of the agreements of each server name in the order of the file, without those of this run: a server
    /// that shares its name with one that was just agreed to has not changed.
    by_name: BTreeMap<String, Vec<String>>,
    /// The files that agreements cover, by the digest of the list.
    lists: BTreeMap<String, Listed>,
    /// The folder of the file.
    kept_in: PathBuf,
    /// What this program writes.
    own: OwnFiles,
    /// The version of the file, if it is an earlier one: its agreements covered less, so none is taken over.
    outdated: Option<u32>,
}

/// The file as it is stored.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    key: String,
    allowed: Vec<RecordedAgreement>,
    /// The files that agreements cover, by the digest of the list: the path and the digest of each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    files: BTreeMap<String, Digests>,
}

/// One allowed server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedAgreement {
    /// The server's name in its configuration.
    server: String,
    /// The configuration that contains it.
    file: String,
    /// The project that the configuration belongs to.
    project: String,
    /// The command or URL, without secrets.
    runs: String,
    /// The working folder.
    folder: String,
    /// The names of its environment variables, each with a keyed digest of its value.
    environment: BTreeMap<String, String>,
    /// The variables of our environment that tell where its traffic goes, each with a keyed digest of its value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    routes: BTreeMap<String, String>,
    /// The names of the headers that are sent to it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    headers: BTreeSet<String>,
    /// The lists of the files that the agreement covers, in [`Stored::files`], by folder.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    files: BTreeMap<String, String>,
    /// The digest that decides on everything but the files: [`Proposal::digest`].
    digest: String,
}

impl RecordedAgreement {
    fn new(configured: &Configured, proposal: &Proposal, key: &str, kept_in: &Path) -> Self {
        let [folder, file, project] = proposal.places(kept_in);
        Self {
            server: configured.origin.server.clone(),
            file,
            project,
            runs: reveal(&configured.shown()),
            folder,
            environment: proposal.digests_of_variables(key),
            routes: proposal.digests_of_routes(key),
            headers: proposal.headers().clone(),
            files: BTreeMap::new(),
            digest: proposal.digest(key, kept_in),
        }
    }
}

impl Allowed {
    /// An empty list for the file at `path`, with a new key.
    fn new(path: &Path) -> Result<Self, UsageError> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|cause| {
            let cause = UsageCause::Agreements(std::io::Error::other(cause.to_string()));
            UsageError::new(path.display().to_string(), cause)
        })?;
        let key = key.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self {
            key,
            allowed: BTreeMap::new(),
            by_name: BTreeMap::new(),
            lists: BTreeMap::new(),
            kept_in: folder_of(path),
            own: OwnFiles::default(),
            outdated: None,
        })
    }

    /// Reads the file at `path`. An absent file gives an empty list.
    pub(crate) fn read(path: &Path) -> Result<Self, UsageError> {
        /// The fields that all versions of the file have.
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
        if found < VERSION {
            return Ok(Self { outdated: Some(found), ..Self::new(path)? });
        }
        if found != VERSION {
            return Err(error(UsageCause::AgreementsVersion { found, known: VERSION }));
        }
        let read: Stored = serde_json::from_str(&text).map_err(syntax)?;
        Ok(Self { kept_in: folder_of(path), ..Self::from(read) })
    }

    /// The version of the file, if its agreements are of an earlier version of this program and count no more.
    pub(crate) fn outdated(&self) -> Option<u32> {
        self.outdated
    }

    /// A list for this run only, without a file.
    pub(crate) fn of_this_run() -> Result<Self, UsageError> {
        Self::new(Path::new("/"))
    }

    /// Names what this program writes, this file among it.
    pub(crate) fn writing(self, own: OwnFiles) -> Self {
        Self { own, ..self }
    }

    /// True if exactly this was allowed.
    pub(crate) fn has(&self, proposal: &Proposal, files: &AgreedFiles) -> bool {
        let digest = proposal.digest(&self.key, &self.kept_in);
        let of_digest = self.allowed.range((digest.clone(), String::new())..);
        let mut agreements = of_digest.take_while(|((other, _), _)| *other == digest);
        let routes = proposal.digests_of_routes(&self.key);
        let goes_there = |agreement: &RecordedAgreement| {
            routes.iter().all(|(name, digest)| agreement.routes.get(name) == Some(digest))
        };
        agreements.any(|(_, agreement)| goes_there(agreement) && self.changed_files(agreement, files).is_empty())
    }

    /// Adds an entry. It replaces one about the same command with other files.
    pub(crate) fn add(&mut self, configured: &Configured, proposal: &Proposal, files: &AgreedFiles) {
        let mut agreement = RecordedAgreement::new(configured, proposal, &self.key, &self.kept_in);
        for (key, listed) in files.parts() {
            agreement.files.insert(key.clone(), listed.id.clone());
            self.lists.entry(listed.id.clone()).or_insert_with(|| listed.as_ref().clone());
        }
        self.allowed.insert((agreement.digest.clone(), agreement.server.clone()), agreement);
    }

    /// The files that are not as they were when `agreement` was recorded, sorted, each with how it changed.
    fn changed_files(&self, agreement: &RecordedAgreement, now: &AgreedFiles) -> Vec<Difference> {
        let keys: Vec<&str> = agreement.files.keys().map(String::as_str).collect();
        let all = now.differences(|key| self.lists.get(agreement.files.get(key)?), &keys);
        all.into_iter().filter(|difference| !self.own.has(now, difference)).collect()
    }

    /// What changed since a server of this name was allowed. `None` if none was. Without `files`, which could not be
    /// checked, also `None` if nothing else changed.
    pub(crate) fn changed(
        &self,
        configured: &Configured,
        proposal: &Proposal,
        files: Option<&AgreedFiles>,
    ) -> Option<String> {
        let now = RecordedAgreement::new(configured, proposal, &self.key, &self.kept_in);
        let digests = self.by_name.get(&now.server)?;
        let of_name = || digests.iter().filter_map(|digest| self.allowed.get(&(digest.clone(), now.server.clone())));
        let is_same = |agreement: &&RecordedAgreement| agreement.digest == now.digest;
        let in_project = |agreement: &&RecordedAgreement| agreement.project == now.project;
        let before =
            of_name().find(is_same).or_else(|| of_name().rfind(in_project)).or_else(|| of_name().next_back())?;
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
                changes.push(format!("the {what} was {}, and is {}", reveal(before), reveal(now)));
            }
        }
        let headers = |names: &BTreeSet<String>| names.iter().map(|name| (name.clone(), String::new())).collect();
        for (what, before, now) in [
            ("the variable", &before.environment, &now.environment),
            ("the header", &headers(&before.headers), &headers(&now.headers)),
            ("the variable", &routes_kept(&before.routes, &now.routes), &now.routes),
        ] {
            let (before, now): (&BTreeMap<String, String>, &BTreeMap<String, String>) = (before, now);
            for (name, value) in now {
                match before.get(name) {
                    None => changes.push(format!("new: {what} {}", reveal(name))),
                    Some(old) if old != value => changes.push(format!("changed: {what} {}", reveal(name))),
                    Some(_) => {}
                }
            }
            let removed = before.keys().filter(|name| !now.contains_key(*name));
            changes.extend(removed.map(|name| format!("gone: {what} {}", reveal(name))));
        }
        let Some(files) = files else {
            return Some(changes.join("\n")).filter(|changes| !changes.is_empty());
        };
        let changed = self.changed_files(before, files);
        changes.extend(changed.iter().take(MAX_NAMED).map(|(how, name)| format!("{how}: the file {}", reveal(name))));
        if let Some(more) = changed.len().checked_sub(MAX_NAMED).filter(|more| *more > 0) {
            changes.push(format!("and {}", prose::count(more, "more file")));
        }
        if changes.is_empty() {
            changes.push("a secret in its command, or the host that it leads to, is another".into());
        }
        Some(changes.join("\n"))
    }

    /// `text` as this program would write it. `None` if it cannot be parsed.
    pub(crate) fn rewritten(text: &str) -> Option<String> {
        json::text(&serde_json::from_str::<Stored>(text).ok()?)
    }

    pub(crate) fn write(&self, place: Destination) -> Result<(), OutputError> {
        let mut allowed: Vec<RecordedAgreement> = self.allowed.values().cloned().collect();
        allowed.sort();
        let used: BTreeSet<&String> = allowed.iter().flat_map(|agreement| agreement.files.values()).collect();
        let lists = self.lists.iter().filter(|(id, _)| used.contains(id));
        let files = lists.map(|(id, listed)| (id.clone(), listed.digests.clone())).collect();
        let stored = Stored { version: VERSION, key: self.key.clone(), allowed, files };
        place.write(|out| json::write(&stored, out))
    }
}

impl From<Stored> for Allowed {
    fn from(stored: Stored) -> Self {
        let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for agreement in &stored.allowed {
            by_name.entry(agreement.server.clone()).or_default().push(agreement.digest.clone());
        }
        let key_of = |agreement: &RecordedAgreement| (agreement.digest.clone(), agreement.server.clone());
        Self {
            key: stored.key,
            allowed: stored.allowed.into_iter().map(|agreement| (key_of(&agreement), agreement)).collect(),
            by_name,
            lists: stored.files.into_iter().map(|(id, digests)| (id, Listed::new(digests))).collect(),
            kept_in: PathBuf::new(),
            own: OwnFiles::default(),
            outdated: None,
        }
    }
}

/// The routes `before` that are there `now`: a missing one ends no agreement.
fn routes_kept(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let kept = before.iter().filter(|(name, _)| now.contains_key(*name));
    kept.map(|(name, digest)| (name.clone(), digest.clone())).collect()
}

/// The folder of the file at `path`, with links resolved.
fn folder_of(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = absolute.parent().unwrap_or(Path::new("/")).to_owned();
    folder.canonicalize().unwrap_or(folder)
}
