//! A server that a configuration names. It is started or reached only when somebody has agreed to it.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::json;
use url::Url;

use super::entry::Entry;
use super::error::{AddressCause, ConfigurationCause, LaunchRefusal};
use super::placeholders::{Inputs, Placeholders};
use crate::model::{Origin, Redacted};
use crate::source::command::Command;
use crate::source::error::{SourceCause, SourceError};
use crate::source::options::Options;
use crate::source::secret;
use crate::text::digest;

/// A server of a configuration, or why its entry could not be read.
pub type ServerEntry = Result<Configured, SourceError>;

/// A server of a configuration. What is shown of it keeps the placeholders for what comes from the environment.
#[derive(Clone, PartialEq, Eq)]
pub struct Configured {
    /// Where it is named.
    pub origin: Origin,
    entry: Entry,
    placeholders: Placeholders,
    inputs: Inputs,
    project: PathBuf,
    agreement: Agreement,
}

/// What somebody has said to its being started or reached.
#[derive(Clone, PartialEq, Eq)]
enum Agreement {
    /// Nothing yet.
    None,
    Given,
    Refused(LaunchRefusal),
}

impl fmt::Debug for Configured {
    /// Without what may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configured").field("origin", &self.origin).field("shown", &self.shown()).finish_non_exhaustive()
    }
}

/// How it is had, everything filled in.
pub(in crate::source) enum Launch {
    /// Started.
    Command(Command),
    /// Reached.
    Url(Url),
}

impl Configured {
    /// The server of `entry`, its folders filled in.
    pub(in crate::source) fn new(
        origin: Origin,
        mut entry: Entry,
        placeholders: Placeholders,
        project: PathBuf,
        inputs: Inputs,
    ) -> ServerEntry {
        let texts = entry.words.iter_mut().chain(&mut entry.url).chain(&mut entry.cwd);
        for text in texts.chain(entry.env.values_mut()).chain(entry.headers.values_mut()) {
            *text = placeholders.with_folders(text, &project);
        }
        let configured = Self { origin, entry, placeholders, inputs, project, agreement: Agreement::None };
        match configured.entry.url.as_deref().filter(|_| configured.command().is_none()) {
            Some(url) if placeholders.variables(url).is_empty() => address(url).map(|_| ()),
            _ => Ok(()),
        }
        .map_err(|cause| configured.failure(ConfigurationCause::EntryAddress(cause)))?;
        Ok(configured)
    }

    /// True when it is switched off in the configuration: then it is not scanned.
    pub fn is_disabled(&self) -> bool {
        self.entry.disabled
    }

    /// True when somebody has agreed that it is started or reached.
    pub fn is_agreed(&self) -> bool {
        self.agreement == Agreement::Given
    }

    /// Somebody has agreed that it is started or reached, with the variables that it names.
    pub fn agree(&mut self) {
        self.agreement = Agreement::Given;
    }

    /// It is not to be started or reached, for this reason.
    pub fn refuse(&mut self, refusal: LaunchRefusal) {
        self.agreement = Agreement::Refused(refusal);
    }

    /// Why it is not to be started or reached, where somebody has said so.
    pub(in crate::source) fn refusal(&self) -> Option<LaunchRefusal> {
        match &self.agreement {
            Agreement::Given => None,
            Agreement::None => Some(LaunchRefusal::NotAgreed { command: self.shown().into() }),
            Agreement::Refused(refusal) => Some(refusal.clone()),
        }
    }

    /// The command as written, when it is started.
    pub fn command(&self) -> Option<Command> {
        let (program, args) = self.entry.words.split_first()?;
        Some(Command { program: program.clone(), args: args.to_vec() })
    }

    /// The command or the address as it may be shown: without secrets, with placeholders.
    pub fn shown(&self) -> Redacted {
        match (self.command(), &self.entry.url) {
            (Some(command), _) => command.redacted(),
            (None, Some(url)) => match Url::parse(url) {
                Ok(url) => secret::redact_url(&url),
                // An address that begins with a placeholder; what follows may be a secret.
                Err(_) => url.split(['?', '@']).next().unwrap_or_default().into(),
            },
            (None, None) => Redacted::default(),
        }
    }

    /// The folder it is started in, where the configuration names one.
    pub fn folder(&self) -> Option<&str> {
        self.entry.cwd.as_deref()
    }

    /// The names of the environment variables that it gets: those that the configuration sets, and those of our own
    /// environment that it is given or that its command, address and headers are filled from. Sorted.
    pub fn environment(&self) -> Vec<String> {
        let entry = &self.entry;
        let texts = entry.words.iter().chain(&entry.url).chain(entry.env.values()).chain(entry.headers.values());
        let mut names: BTreeSet<String> = texts.flat_map(|text| self.placeholders.variables(text)).collect();
        names.extend(entry.env.keys().chain(&entry.pass_env).cloned());
        names.extend(entry.env_headers.values().map(|(_, variable)| variable.clone()));
        names.into_iter().collect()
    }

    /// The names of the headers that are sent to it.
    pub fn headers(&self) -> Vec<String> {
        self.entry.headers.keys().chain(self.entry.env_headers.keys()).cloned().collect()
    }

    /// A digest of what an agreement is about: the command, its arguments or the address, the folder, the names of
    /// variables and headers, and the values of variables that are no secrets and so decide what happens. A secret that is
    /// changed for another needs no new agreement.
    pub fn fingerprint(&self) -> String {
        let entry = &self.entry;
        let open = |(name, value): &(&String, &String)| !secret::is_secret(name, value);
        let values: Vec<_> = entry.env.iter().filter(open).collect();
        let what =
            json!([entry.words, entry.url, entry.cwd, self.environment(), self.headers(), values, entry.env_headers]);
        digest::sha256([what.to_string()])
    }

    /// Everything filled in, and `options` with what the configuration says; `--env` counts more than it. Headers of the
    /// command line are for addresses that were typed.
    pub(in crate::source) fn launch(&self, options: &Options) -> Result<(Launch, Options), SourceError> {
        let mut values = Vec::new();
        let mut fill = |text: &str| {
            let filled = self.placeholders.fill(text, &self.inputs, &options.inputs, &mut values);
            filled.map_err(|cause| self.failure(cause))
        };
        let entry = &self.entry;
        let words = entry.words.iter().map(|word| fill(word)).collect::<Result<Vec<_>, _>>()?;
        let url = entry.url.as_deref().map(&mut fill).transpose()?;
        let mut env = Vec::new();
        for (name, value) in &entry.env {
            let filled = fill(value)?;
            // What came out of nothing is as good as not set.
            if !filled.is_empty() || value.is_empty() {
                env.push((name.clone(), filled));
            }
        }
        let mut headers = Vec::new();
        for (name, value) in &entry.headers {
            headers.push((name.clone(), fill(value)?));
        }
        let cwd = entry.cwd.as_deref().map(&mut fill).transpose()?;
        for (name, (before, variable)) in &entry.env_headers {
            let value = std::env::var(variable)
                .map_err(|_| self.failure(ConfigurationCause::HeaderVariable(variable.clone())))?;
            values.push(value.clone());
            headers.push((name.clone(), format!("{before}{value}")));
        }
        let mut options = options.clone();
        env.append(&mut options.env);
        options.env = env;
        options.containment.pass_env.extend(entry.pass_env.iter().cloned());
        options.headers = headers;
        options.base = Some(cwd.map_or_else(|| self.project.clone(), |cwd| self.project.join(cwd)));
        options.starts_in_base = entry.cwd.is_some();
        options.secrets = values;
        let launch = match (words.split_first(), url) {
            (Some((program, args)), _) => {
                Launch::Command(Command { program: self.program(program), args: args.to_vec() })
            }
            (None, Some(url)) => {
                Launch::Url(address(&url).map_err(|cause| self.failure(ConfigurationCause::Address(cause)))?)
            }
            (None, None) => Launch::Command(Command { program: String::new(), args: Vec::new() }),
        };
        Ok((launch, options))
    }

    /// A program with a folder in its name is one of the project.
    fn program(&self, program: &str) -> String {
        let path = Path::new(program);
        let below = self.project.join(path);
        if path.is_relative() && path.components().count() > 1 && below.is_file() {
            return below.display().to_string();
        }
        program.to_owned()
    }

    /// The error that it failed by `cause`.
    pub(in crate::source) fn failure(&self, cause: impl Into<SourceCause>) -> SourceError {
        SourceError::new(self.origin.display(), cause)
    }
}

fn address(text: &str) -> Result<Url, AddressCause> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        Ok(url) => Err(AddressCause::Scheme(url.scheme().to_owned())),
        Err(cause) => Err(cause.into()),
    }
}
