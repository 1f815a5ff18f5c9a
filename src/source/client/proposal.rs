//! What starting or reaching a configured server would do, with everything filled in: what a person agrees to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::json;
use url::Url;

use super::influence::changes_what_runs;
use super::placeholders::Filled;
use crate::source::secret;
use crate::text::{digest, shell};

/// What would happen.
#[derive(Debug, Clone)]
pub struct Proposal {
    pub(super) words: Vec<Filled>,
    pub(super) address: Option<Filled>,
    pub(super) folder: PathBuf,
    pub(super) file: PathBuf,
    pub(super) project: PathBuf,
    pub(super) variables: BTreeMap<String, Variable>,
    pub(super) headers: BTreeSet<String>,
    pub(super) scripts: BTreeMap<String, String>,
}

/// The value of a variable, as far as a person may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShownValue<'a> {
    /// It is no secret, or it changes what runs.
    Value(&'a str),
    /// A secret.
    Hidden,
    /// Our own environment does not have it.
    NotSet,
}

/// Where the value of a variable comes from.
#[derive(Debug, Clone)]
pub(super) enum Variable {
    /// The configuration sets it.
    Set(Filled),
    /// Our own environment has it, and the server is given it or is started with what it holds.
    Ours(Option<String>),
}

impl Proposal {
    /// True when a command is started, false when an address is reached.
    pub(crate) fn starts(&self) -> bool {
        !self.words.is_empty()
    }

    /// The whole command line, or the address, as it will be. Of our own environment's secrets the placeholders stand there.
    pub(crate) fn line(&self) -> String {
        match &self.address {
            Some(address) if self.words.is_empty() => {
                Url::parse(&address.shown).map_or_else(|_| address.shown.clone(), |url| url.to_string())
            }
            _ => shell::join(self.words.iter().map(|word| word.shown.as_str())),
        }
    }

    /// The host and the port that are really reached.
    pub(crate) fn host(&self) -> Option<String> {
        let url = self.address.as_ref().filter(|_| self.words.is_empty()).map(|it| Url::parse(&it.value))?.ok()?;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{}{port}", url.host_str()?))
    }

    /// The folder it is started in.
    pub(crate) fn folder(&self) -> &PathBuf {
        &self.folder
    }

    /// The project that its configuration stands in.
    pub(crate) fn project(&self) -> &PathBuf {
        &self.project
    }

    /// The variables that it gets or is started with, by name.
    pub(crate) fn variables(&self) -> BTreeMap<&str, ShownValue<'_>> {
        self.variables.iter().map(|(name, variable)| (name.as_str(), variable.shown_value(name))).collect()
    }

    /// The names of the headers that are sent.
    pub(crate) fn headers(&self) -> &BTreeSet<String> {
        &self.headers
    }

    /// The files of the project that the command names, each with the digest of its content.
    pub(crate) fn scripts(&self) -> &BTreeMap<String, String> {
        &self.scripts
    }

    /// A digest for each variable, over its value with `key`. Of a secret of our own environment only the name counts, so
    /// that a new token needs no new agreement; whatever the file itself says counts.
    pub(crate) fn digests_of_variables(&self, key: &str) -> BTreeMap<String, String> {
        let digest = |(name, variable): (&String, &Variable)| {
            (name.clone(), digest::sha256([key, name.as_str(), variable.counted(name).as_str()]))
        };
        self.variables.iter().map(digest).collect()
    }

    /// A digest with `key` over all that an agreement is about: the command with every argument or the address, the folder,
    /// the configuration and its project, the variables with their values, the headers' names, the content of the scripts.
    ///
    /// `kept_in` is the folder that the agreement is kept in: inside the project, where it moves along with the project, places
    /// are as seen from the project.
    pub(crate) fn digest(&self, key: &str, kept_in: &Path) -> String {
        let words: Vec<&str> = self.words.iter().map(|word| word.value.as_str()).collect();
        let address = self.address.as_ref().map(|address| address.shown.as_str());
        let variables = self.digests_of_variables(key);
        let [folder, file, project] = self.places(kept_in);
        let what = json!([words, address, folder, file, project, variables, self.headers, self.scripts]);
        digest::sha256([key, what.to_string().as_str()])
    }
}

impl Proposal {
    /// The folder, the configuration and the project, as an agreement that is kept in the folder `kept_in` names them.
    pub(crate) fn places(&self, kept_in: &Path) -> [String; 3] {
        [&self.folder, &self.file, &self.project].map(|path| {
            let moves_along =
                kept_in.starts_with(&self.project).then(|| path.strip_prefix(&self.project).ok()).flatten();
            match moves_along {
                Some(below) if below.as_os_str().is_empty() => ".".into(),
                Some(below) => format!("./{}", below.display()),
                None => path.display().to_string(),
            }
        })
    }
}

impl Variable {
    /// The value that the server gets.
    pub(super) fn value(&self) -> Option<&str> {
        match self {
            Self::Set(filled) => Some(&filled.value),
            Self::Ours(value) => value.as_deref(),
        }
    }

    /// The value that a person may see: that of a variable that changes what runs, and whatever the file itself says, for a
    /// command may run it. Hidden are secrets of ours, and a secret of the file that is a token and nothing else.
    fn shown(&self, name: &str) -> Option<&str> {
        match self {
            Self::Set(filled) if changes_what_runs(name) => Some(&filled.value),
            Self::Set(filled) => Some(filled.shown.as_str())
                .filter(|value| !(secret::is_secret(name, value) && secret::is_only_a_token(value))),
            Self::Ours(value) => {
                value.as_deref().filter(|value| changes_what_runs(name) || !secret::is_secret(name, value))
            }
        }
    }

    fn shown_value(&self, name: &str) -> ShownValue<'_> {
        match (self.value(), self.shown(name)) {
            (None, _) => ShownValue::NotSet,
            (_, Some(value)) => ShownValue::Value(value),
            (Some(_), None) => ShownValue::Hidden,
        }
    }

    /// What an agreement is about.
    fn counted(&self, name: &str) -> String {
        match self {
            Self::Set(filled) if changes_what_runs(name) => format!("set: {}", filled.value),
            Self::Set(filled) => format!("set: {}", filled.shown),
            Self::Ours(value) => match value.as_deref().filter(|_| self.shown(name).is_some()) {
                Some(value) => format!("ours: {value}"),
                None => "ours".into(),
            },
        }
    }
}
