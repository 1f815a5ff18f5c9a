//! What starting or connecting to a configured server would do, with all placeholders filled in. The user consents to
//! this.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::json;
use url::Url;

use super::computed_paths::is_code;
use super::given::Given;
use super::influence::{changes_what_runs, routes};
use super::known_files::shown;
use super::placeholders::Filled;
use crate::source::secret;
use crate::text::{digest, shell};

/// The proposed start or connection.
#[derive(Debug, Clone)]
pub struct Proposal {
    pub(super) words: Vec<Filled>,
    pub(super) address: Option<Filled>,
    pub(super) folder: PathBuf,
    pub(super) file: PathBuf,
    pub(super) project: PathBuf,
    pub(super) variables: BTreeMap<String, Variable>,
    pub(super) headers: BTreeSet<String>,
    /// The working folder as the configuration writes it.
    pub(super) written_folder: PathBuf,
    /// Whether the command is a package of a registry, which needs no file of the project.
    pub(super) is_package: bool,
    /// Whether folders that the command names may hold what runs, though it is a package: those that a container gets.
    pub(super) names_folders: bool,
    /// How the configuration is read.
    pub(super) read_as: ReadAs,
    /// What the server gets besides.
    pub(super) given: Given,
}

/// How the configuration of a server was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ReadAs {
    /// The keys that lead to its lists of servers.
    pub(super) lists: &'static [&'static [&'static str]],
    /// Whether it is a configuration of the user and not of a project.
    pub(super) is_of_user: bool,
}

/// The value of a variable, for display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShownValue<'a> {
    /// Not a secret, or a variable that changes what runs.
    Value(&'a str),
    /// A secret.
    Hidden,
    /// Not set in our environment.
    NotSet,
}

/// The source of a variable's value.
#[derive(Debug, Clone)]
pub(super) enum Variable {
    /// The configuration sets it.
    Set(Filled),
    /// Our environment has it. It is passed to the server, or used to fill in the command.
    Ours(Option<String>),
}

impl Proposal {
    /// The same with what the server gets besides.
    pub(crate) fn with(self, given: Given) -> Self {
        Self { given, ..self }
    }

    /// True if the server gets the home of the user.
    pub(crate) fn uses_home(&self) -> bool {
        self.starts() && self.given.home.is_some()
    }

    /// True if a command is started, false if a URL is connected to.
    pub(crate) fn starts(&self) -> bool {
        !self.words.is_empty()
    }

    /// The full command line or URL. Secrets from our environment stay placeholders.
    pub(crate) fn line(&self) -> String {
        match &self.address {
            Some(address) if self.words.is_empty() => {
                Url::parse(&address.shown).map_or_else(|_| address.shown.clone(), |url| url.to_string())
            }
            _ => shell::join(self.words.iter().map(|word| word.shown.as_str())),
        }
    }

    /// The real host and port of the URL, or its socket.
    pub(crate) fn host(&self) -> Option<String> {
        let url = self.address.as_ref().filter(|_| self.words.is_empty()).map(|it| Url::parse(&it.value))?.ok()?;
        if url.scheme() == "unix" {
            return Some(url.path().to_owned());
        }
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{}{port}", url.host_str()?))
    }

    /// The folder in which the command starts.
    pub(crate) fn folder(&self) -> &PathBuf {
        &self.folder
    }

    /// The project that the configuration belongs to.
    pub(crate) fn project(&self) -> &PathBuf {
        &self.project
    }

    /// The variables that are passed to the server or used to start it, by name.
    pub(crate) fn variables(&self) -> BTreeMap<&str, ShownValue<'_>> {
        self.variables.iter().map(|(name, variable)| (name.as_str(), variable.shown_value(name))).collect()
    }

    /// The names of the headers that are sent.
    pub(crate) fn headers(&self) -> &BTreeSet<String> {
        &self.headers
    }

    /// A digest of each variable and its value, salted with `key`. For a secret from our environment only the name
    /// counts, so that a new token needs no new consent. Values in the configuration always count.
    pub(crate) fn digests_of_variables(&self, key: &str) -> BTreeMap<String, String> {
        let digest = |(name, variable): (&String, &Variable)| {
            (name.clone(), digest::sha256([key, name.as_str(), variable.counted(name).as_str()]))
        };
        let mut digests: BTreeMap<String, String> = self.variables.iter().map(digest).collect();
        for (name, value) in self.given.influential().filter(|_| self.starts()) {
            let counted = Given::counted(name, value);
            let before = digests.insert(name.to_owned(), digest::sha256([key, name, counted.as_str()]));
            // The entry sets it too: both count.
            if let Some(before) = before {
                digests.insert(name.to_owned(), digest::sha256([key, before.as_str(), counted.as_str()]));
            }
        }
        digests
    }

    /// A digest of each variable of our environment that tells where the server's traffic goes and which certificates it
    /// trusts, salted with `key`. An agreement holds where one is missing: then the traffic goes straight.
    pub(crate) fn digests_of_routes(&self, key: &str) -> BTreeMap<String, String> {
        let digest = |(name, value): (String, String)| {
            let digest = digest::sha256([key, name.as_str(), value.as_str()]);
            (name, digest)
        };
        if self.starts() { routes().map(digest).collect() } else { BTreeMap::new() }
    }

    /// A digest, salted with `key`, of everything that the user consents to: the command with all arguments, or the URL and
    /// the host that it really leads to, the folder, the configuration and its project, the variables and values, the header names. The files are covered
    /// apart from it: [`Proposal::files`].
    ///
    /// `kept_in` is the folder of the file that records the consent. If it is inside the repository of the project, paths
    /// are relative to it, so that the consent remains valid in another clone.
    pub(crate) fn digest(&self, key: &str, kept_in: &Path) -> String {
        let words: Vec<&str> = self.words.iter().enumerate().map(|(at, word)| self.counted_word(at, word)).collect();
        let address = self.address.as_ref().map(|address| (address.shown.as_str(), self.host()));
        let variables = self.digests_of_variables(key);
        let [folder, file, project] = self.places(kept_in);
        let what = json!([words, address, folder, file, project, variables, self.headers]);
        digest::sha256([key, what.to_string().as_str()])
    }
}

impl Proposal {
    /// The word at position `at` as it counts for an agreement. A secret from our environment counts by its name, so that a
    /// new token needs no new consent, but where it is a part of the program, of code, or of the path of a file.
    fn counted_word<'a>(&self, at: usize, word: &'a Filled) -> &'a str {
        let names_file = || [&self.folder, &self.project].iter().any(|base| base.join(&word.value).exists());
        if at == 0 || word.secrets.is_empty() || is_code(&word.value) || names_file() {
            &word.value
        } else {
            &word.shown
        }
    }

    /// True if `other` would start the same command in the same place.
    pub(super) fn starts_like(&self, other: &Self) -> bool {
        let words = |proposal: &Self| proposal.words.iter().map(|word| word.value.clone()).collect::<Vec<_>>();
        let places = |proposal: &Self| (proposal.folder.clone(), proposal.file.clone(), proposal.project.clone());
        words(self) == words(other) && places(self) == places(other)
    }

    /// The folder, configuration and project, as a consent file in the folder `kept_in` records them.
    pub(crate) fn places(&self, kept_in: &Path) -> [String; 3] {
        let root = self.root();
        [&self.folder, &self.file, &self.project].map(|path| {
            let moves_along = kept_in.starts_with(&root).then(|| path.strip_prefix(&root).ok()).flatten();
            match moves_along {
                Some(below) if below.as_os_str().is_empty() => ".".into(),
                Some(below) => format!("./{}", shown(below.as_os_str())),
                None => shown(path.as_os_str()),
            }
        })
    }
}

impl Variable {
    /// The value for the server.
    pub(super) fn value(&self) -> Option<&str> {
        match self {
            Self::Set(filled) => Some(&filled.value),
            Self::Ours(value) => value.as_deref(),
        }
    }

    /// The value that the configuration sets.
    pub(super) fn set(&self) -> Option<&str> {
        match self {
            Self::Set(filled) => Some(&filled.value),
            Self::Ours(_) => None,
        }
    }

    /// The value for display, or `None` if it is hidden. Variables that change what runs are always shown, and so are
    /// values from the configuration, because a command may run them, encoded ones too. Hidden are secrets from our
    /// environment.
    fn shown(&self, name: &str) -> Option<&str> {
        match self {
            Self::Set(filled) if changes_what_runs(name) => Some(&filled.value),
            Self::Set(filled) => Some(&filled.shown),
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

    /// The text for the variable in the digest of the consent.
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
