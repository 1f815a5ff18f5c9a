//! The baseline: what is known and does not fail the gate again.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::model::{Failure, FailureCause};
use crate::text::digest::sha256;
use crate::text::file::read_text;

/// The version of the file's form.
const VERSION: u32 = 1;

/// One thing that is known: a verdict on a tool, a finding, or a grade. Sorted by server, tool and what it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    server: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    tool: Option<String>,
    /// `Destructive 5/5`, the id of a finding, `grade D`: so a verdict that changed is a new one.
    what: String,
    /// Over all of it and how many alike came before.
    fingerprint: String,
}

impl Entry {
    /// An entry that is the first of its kind.
    pub(crate) fn new(server: &str, tool: Option<&str>, what: &str) -> Self {
        Self { server: server.into(), tool: tool.map(Into::into), what: what.into(), fingerprint: String::new() }
    }
}

/// What is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Baseline {
    entries: BTreeSet<Entry>,
    fingerprints: BTreeSet<String>,
    alike: BTreeMap<Entry, usize>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    known: BTreeSet<Entry>,
}

/// A baseline that cannot be used.
pub(crate) type BaselineError = Failure<BaselineCause>;

/// Why a baseline cannot be used.
#[derive(Debug, Error)]
pub(crate) enum BaselineCause {
    /// The system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Not JSON, or not with the fields of a baseline.
    #[error(transparent)]
    Syntax(#[from] serde_json::Error),
    /// A file of another version.
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
    /// Reads the file at `path`.
    pub(crate) fn load(path: &Path) -> Result<Self, BaselineError> {
        let parse = || Self::parse(&read_text(path)?);
        parse().map_err(|cause| BaselineError::new(path.display().to_string(), cause))
    }

    /// Reads the content of a file.
    pub(crate) fn parse(text: &str) -> Result<Self, BaselineCause> {
        let file: File = serde_json::from_str(text)?;
        if file.version != VERSION {
            return Err(BaselineCause::Version(file.version));
        }
        let fingerprints = file.known.iter().map(|entry| entry.fingerprint.clone()).collect();
        Ok(Self { entries: file.known, fingerprints, alike: BTreeMap::new() })
    }

    /// What the file is to hold, sorted.
    pub(crate) fn content(self) -> impl Serialize {
        File { version: VERSION, known: self.entries }
    }

    /// Takes `entry` in and gives it with its fingerprint.
    pub(crate) fn add(&mut self, mut entry: Entry) -> Entry {
        let before = self.alike.entry(entry.clone()).or_default();
        let nth = before.to_string();
        *before += 1;
        let tool = entry.tool.as_deref().unwrap_or_default();
        entry.fingerprint = sha256([entry.server.as_str(), tool, &entry.what, &nth]);
        self.fingerprints.insert(entry.fingerprint.clone());
        self.entries.insert(entry.clone());
        entry
    }

    /// True when `entry` is known.
    pub(crate) fn holds(&self, entry: &Entry) -> bool {
        self.fingerprints.contains(&entry.fingerprint)
    }

    /// How many entries it holds.
    pub(crate) fn count(&self) -> usize {
        self.entries.len()
    }

    /// How many entries it has that `other` has not.
    pub(crate) fn without(&self, other: &Self) -> usize {
        self.fingerprints.difference(&other.fingerprints).count()
    }
}
