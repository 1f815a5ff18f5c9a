//! The baseline: known results that do not fail the gate again.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::model::{Failure, FailureCause};
use crate::text::digest::sha256;
use crate::text::file::read_text;

/// The version of the file format.
const VERSION: u32 = 3;

/// A known verdict on a tool, finding, grade or flow step. Sorted by server, tool and `what`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BaselineEntry {
    /// Where the server was read from, which it cannot choose.
    server: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    tool: Option<String>,
    /// `Destructive 5/5`, the id of a finding, or `grade D`. A changed verdict is therefore a new entry.
    what: String,
    /// A digest of what was judged, without which another attack in the same place would be known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    content_digest: Option<String>,
    /// A digest of the other fields and of the number of equal entries before this one.
    fingerprint: String,
}

impl BaselineEntry {
    /// Creates an entry without fingerprint; `Baseline::add` computes it.
    pub(crate) fn new(server: &str, tool: Option<&str>, what: &str) -> Self {
        let (server, tool, what) = (server.into(), tool.map(Into::into), what.into());
        Self { server, tool, what, content_digest: None, fingerprint: String::new() }
    }

    pub(crate) fn with_content_digest(self, content_digest: Option<String>) -> Self {
        Self { content_digest, ..self }
    }
}

/// The known results.
#[derive(Debug, Clone, Default)]
pub(crate) struct Baseline {
    entries: BTreeSet<BaselineEntry>,
    fingerprints: BTreeSet<String>,
    alike: BTreeMap<BaselineEntry, usize>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    known: BTreeSet<BaselineEntry>,
}

pub(crate) type BaselineError = Failure<BaselineCause>;

#[derive(Debug, Error)]
pub(crate) enum BaselineCause {
    /// An operating system error.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file is not JSON or not a baseline.
    #[error(transparent)]
    Syntax(#[from] serde_json::Error),
    /// The file has another version.
    #[error("it is of version {0}, and this program knows version {VERSION}")]
    Version(u32),
}

impl FailureCause for BaselineCause {
    fn attempt(&self) -> String {
        "could not read the baseline".into()
    }

    fn hint(&self) -> Option<String> {
        Some("--update-baseline writes it from what is there now".into())
    }
}

impl Baseline {
    pub(crate) fn load(path: &Path) -> Result<Self, BaselineError> {
        let parse = || Self::parse(&read_text(path)?);
        parse().map_err(|cause| BaselineError::new(path.display().to_string(), cause))
    }

    /// Parses the content of a baseline file.
    pub(crate) fn parse(text: &str) -> Result<Self, BaselineCause> {
        let file: File = serde_json::from_str(text)?;
        if file.version != VERSION {
            return Err(BaselineCause::Version(file.version));
        }
        let fingerprints = file.known.iter().map(|entry| entry.fingerprint.clone()).collect();
        Ok(Self { entries: file.known, fingerprints, alike: BTreeMap::new() })
    }

    /// The content of the file, sorted.
    pub(crate) fn content(self) -> impl Serialize {
        File { version: VERSION, known: self.entries }
    }

    /// Adds `entry` and returns it with its fingerprint.
    pub(crate) fn add(&mut self, mut entry: BaselineEntry) -> BaselineEntry {
        let before = self.alike.entry(entry.clone()).or_default();
        let nth = before.to_string();
        *before += 1;
        let tool = entry.tool.as_deref().unwrap_or_default();
        let content_digest = entry.content_digest.as_deref().unwrap_or_default();
        entry.fingerprint = sha256([entry.server.as_str(), tool, &entry.what, content_digest, &nth]);
        self.fingerprints.insert(entry.fingerprint.clone());
        self.entries.insert(entry.clone());
        entry
    }

    pub(crate) fn contains(&self, entry: &BaselineEntry) -> bool {
        self.fingerprints.contains(&entry.fingerprint)
    }

    pub(crate) fn count(&self) -> usize {
        self.entries.len()
    }

    /// The number of entries that `other` does not contain.
    pub(crate) fn count_missing_from(&self, other: &Self) -> usize {
        self.fingerprints.difference(&other.fingerprints).count()
    }
}
