//! The `--launch-allow` file: the servers that the user allowed to start. Each entry has a digest of everything that
//! was agreed to but the files, the digests of the files, and readable details, which also show what has changed since.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{OutputError, UsageCause, UsageError};
use super::output::Destination;
use super::places::resolved;
use crate::report::json;
use crate::source::client::{CompiledFiles, Configured, Digests, Proposal, is_compiled};
use crate::text::file::read_text;
use crate::text::reveal::reveal;
use crate::text::{digest, prose};

/// The version of the file format.
const VERSION: u32 = 3;
/// How many changed files are named.
const MAX_NAMED: usize = 10;

/// The entries of one file, sorted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Allowed {
    version: u32,
    /// A random key for the digests. Without it, short values could be found by trying all digests.
    key: String,
    allowed: Vec<Agreement>,
    /// The files that agreements cover, by the digest of the list: the path and the digest of each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    files: BTreeMap<String, Digests>,
    /// The folder of the file.
    #[serde(skip)]
    kept_in: PathBuf,
    /// The files and folders that this run writes, with links resolved. They are no files of a server.
    #[serde(skip)]
    written: Vec<PathBuf>,
}

/// One allowed server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Agreement {
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
    /// The names of the headers that are sent to it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    headers: BTreeSet<String>,
    /// The list of the files that the agreement covers, in [`Allowed::files`]. `None` if it covers none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    files: Option<String>,
    /// What the run that recorded the agreement wrote. It is no file of the server.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    written: BTreeSet<String>,
    /// The digest that decides on everything but the files: [`Proposal::digest`].
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
            files: None,
            written: BTreeSet::new(),
            digest: proposal.digest(key, kept_in),
        }
    }

    /// True if both are about the same server with the same command, whatever its files are.
    fn is_about_same(&self, other: &Self) -> bool {
        self.digest == other.digest && self.server == other.server
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
        let files = BTreeMap::new();
        Ok(Self { version: VERSION, key, allowed: Vec::new(), files, kept_in: folder_of(path), written: Vec::new() })
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
        if found != VERSION {
            return Err(error(UsageCause::AgreementsVersion { found, known: VERSION }));
        }
        let read: Self = serde_json::from_str(&text).map_err(syntax)?;
        Ok(Self { kept_in: folder_of(path), ..read })
    }

    /// A list for this run only, without a file.
    pub(crate) fn of_this_run() -> Result<Self, UsageError> {
        Self::new(Path::new("/"))
    }

    /// Names the files and folders that this run writes, besides this file.
    pub(crate) fn writing(self, file: &Path, others: &[PathBuf]) -> Self {
        let written = others.iter().map(PathBuf::as_path).chain([file]).map(resolved).collect();
        Self { written, ..self }
    }

    /// Whether exactly this was allowed, and if so, whether compiled files may be read. `None` if it was not allowed.
    pub(crate) fn has(&self, proposal: &Proposal, files: &Digests) -> Option<CompiledFiles> {
        let digest = proposal.digest(&self.key, &self.kept_in);
        let mut agreements = self.allowed.iter().filter(|agreement| agreement.digest == digest);
        agreements.find_map(|agreement| {
            let changed = self.changed_files(agreement, proposal, files);
            let are_compiled =
                changed.iter().all(|(_, name)| is_compiled(name, files)) && proposal.can_ignore_compiled();
            match (changed.is_empty(), are_compiled) {
                (true, _) => Some(CompiledFiles::Read),
                (false, true) => Some(CompiledFiles::Ignored),
                (false, false) => None,
            }
        })
    }

    /// Adds an entry. It replaces one about the same command with other files.
    pub(crate) fn add(&mut self, configured: &Configured, proposal: &Proposal, files: &Digests) {
        if self.has(proposal, files) == Some(CompiledFiles::Read) {
            return;
        }
        let mut agreement = Agreement::new(configured, proposal, &self.key, &self.kept_in);
        agreement.written = files.keys().filter(|name| self.is_written(name, proposal)).cloned().collect();
        agreement.written.extend(self.written.iter().filter_map(|path| name_in_project(path, proposal)));
        let kept: Digests = files
            .iter()
            .filter(|(name, _)| !agreement.written.contains(*name))
            .map(|(name, digest)| (name.clone(), digest.clone()))
            .collect();
        if !kept.is_empty() {
            let id = digest::sha256(kept.iter().flat_map(|(name, digest)| [name, digest]));
            agreement.files = Some(id.clone());
            self.files.insert(id, kept);
        }
        self.allowed.retain(|before| !before.is_about_same(&agreement));
        self.allowed.push(agreement);
        self.allowed.sort();
        let allowed = &self.allowed;
        self.files.retain(|id, _| allowed.iter().any(|agreement| agreement.files.as_ref() == Some(id)));
    }

    /// True if this run writes the file `name` of the project.
    fn is_written(&self, name: &str, proposal: &Proposal) -> bool {
        let path = proposal.project().join(name);
        self.written.iter().any(|written| is_output(&path, written, proposal.project()))
    }

    /// The files that are not as they were when `agreement` was recorded, sorted, each with how it changed.
    fn changed_files(&self, agreement: &Agreement, proposal: &Proposal, now: &Digests) -> Vec<(&'static str, String)> {
        let none = Digests::new();
        let before = agreement.files.as_ref().and_then(|id| self.files.get(id)).unwrap_or(&none);
        let is_ours = |name: &str| {
            let is_of_agreement = agreement.written.iter().any(|written| Path::new(name).starts_with(written));
            is_of_agreement || self.is_written(name, proposal)
        };
        let changed = now.iter().filter_map(|(name, digest)| match before.get(name) {
            None => Some(("new", name)),
            Some(old) if old != digest => Some(("changed", name)),
            Some(_) => None,
        });
        let gone = before.keys().filter(|name| !now.contains_key(*name)).map(|name| ("gone", name));
        let all = changed.chain(gone).filter(|(_, name)| !is_ours(name));
        let mut all: Vec<_> = all.map(|(how, name)| (how, name.clone())).collect();
        all.sort_by(|(_, a), (_, b)| a.cmp(b));
        all
    }

    /// What changed since a server of this name was allowed. `None` if none was. Without `files`, which could not be
    /// checked, also `None` if nothing else changed.
    pub(crate) fn changed(
        &self,
        configured: &Configured,
        proposal: &Proposal,
        files: Option<&Digests>,
    ) -> Option<String> {
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
                changes.push(format!("the {what} was {}, and is {}", reveal(before), reveal(now)));
            }
        }
        let headers = |names: &BTreeSet<String>| names.iter().map(|name| (name.clone(), String::new())).collect();
        for (what, before, now) in [
            ("the variable", &before.environment, &now.environment),
            ("the header", &headers(&before.headers), &headers(&now.headers)),
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
        let Some(files) = files else {
            return Some(changes.join("\n")).filter(|changes| !changes.is_empty());
        };
        let changed = self.changed_files(before, proposal, files);
        changes.extend(changed.iter().take(MAX_NAMED).map(|(how, name)| format!("{how}: the file {}", reveal(name))));
        if let Some(more) = changed.len().checked_sub(MAX_NAMED).filter(|more| *more > 0) {
            changes.push(format!("and {}", prose::count(more, "more file")));
        }
        if changes.is_empty() {
            changes.push("a secret in its command or its address is another".into());
        }
        Some(changes.join("\n"))
    }

    /// `text` as this program would write it. `None` if it cannot be parsed.
    pub(crate) fn rewritten(text: &str) -> Option<String> {
        json::text(&serde_json::from_str::<Self>(text).ok()?)
    }

    pub(crate) fn write(&self, place: Destination) -> Result<(), OutputError> {
        place.write(|out| json::write(self, out))
    }
}

/// True if `path` is `written` or below it. A folder that holds the whole project says nothing about its files.
fn is_output(path: &Path, written: &Path, project: &Path) -> bool {
    !project.starts_with(written) && path.starts_with(written)
}

/// The name of the file at `path` in the project. `None` if it is elsewhere.
fn name_in_project(path: &Path, proposal: &Proposal) -> Option<String> {
    let below = path.strip_prefix(proposal.project()).ok()?;
    Some(below.to_str()?.to_owned()).filter(|name| !name.is_empty())
}

/// The folder of the file at `path`, with links resolved.
fn folder_of(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = absolute.parent().unwrap_or(Path::new("/")).to_owned();
    folder.canonicalize().unwrap_or(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_folder_around_the_project_covers_none_of_its_files() {
        let covers = |written: &str| is_output(Path::new("/a/p/out/x"), Path::new(written), Path::new("/a/p"));
        assert!(covers("/a/p/out") && covers("/a/p/out/x"));
        for around in ["/a/p", "/a", "/", "/a/p/other"] {
            assert!(!covers(around), "{around}");
        }
    }
}
