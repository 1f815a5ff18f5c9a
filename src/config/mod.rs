//! `mcp-scan.yaml`: the user's configuration.

mod identity;
mod ignores;
mod overrides;
mod pattern;
mod servers;
mod threshold;
mod thresholds;

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::Path;

use serde::Deserialize;

pub(crate) use identity::{ServerIdentity, ServerPattern};
pub(crate) use ignores::Ignore;
pub(crate) use overrides::Override;
pub(crate) use pattern::Pattern;
pub(crate) use servers::ServerSettings;
pub(crate) use threshold::Threshold;
pub(crate) use thresholds::Thresholds;

use crate::model::{
    Assessment, Failure, FailureCause, Finding, Flow, Ignored, ServerReport, ToolRef, ToolReport, Unmatched,
};
use crate::rules::Ruleset;
use crate::text::file::read_text;
use crate::text::yaml::{self, YamlError};

/// The name of the file in the working folder that is read by default.
pub(crate) const FILE_NAME: &str = "mcp-scan.yaml";

/// A valid file that explains every setting: what `mcp-scan init` writes.
pub(crate) const COMMENTED: &str = include_str!("../../templates/mcp-scan.yaml");

pub(crate) type ConfigError = Failure<ConfigCause>;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigCause {
    /// An operating system error.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file is not YAML or has unknown fields. The error contains line and column.
    #[error(transparent)]
    Syntax(#[from] YamlError),
    /// An entry has the id of a finding or flow that does not exist.
    #[error("{entry}: {why}")]
    UnknownId {
        /// The entry: `ignores[0]`.
        entry: String,
        /// What is wrong with its id.
        why: String,
    },
}

impl FailureCause for ConfigCause {
    fn attempt(&self) -> String {
        "could not read the configuration".into()
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Io(_) | Self::Syntax(_) => "`mcp-scan init` writes a commented file of the right form",
            Self::UnknownId { .. } => {
                "`mcp-scan rules list` has the findings and the flows; in an id, `*` stands for anything"
            }
        };
        Some(hint.into())
    }
}

/// The content of `mcp-scan.yaml`. The default has no settings.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The thresholds of the gate, with the values of `--fail-on`.
    pub fail_on: Vec<Threshold>,
    /// Whether servers may be started without a sandbox.
    pub sandbox: SandboxRule,
    /// Verdicts that replace those of the rules.
    pub overrides: Vec<Override>,
    /// Accepted findings and flows.
    pub ignores: Vec<Ignore>,
    /// Settings for single servers.
    pub servers: Vec<ServerSettings>,
}

/// Whether servers may be started without a sandbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SandboxRule {
    /// Only if no sandbox works.
    #[default]
    Auto,
    /// Never.
    Required,
}

impl Config {
    /// Reads the file at `path`. Returns an error if an id in it is not in `ruleset`.
    pub(crate) fn load(path: &Path, ruleset: &Ruleset) -> Result<Self, ConfigError> {
        let shown = path.display().to_string();
        let read = || {
            let config = Self::parse(&shown, &read_text(path)?)?;
            config.check(ruleset)?;
            Ok(config)
        };
        read().map_err(|cause: ConfigCause| ConfigError::new(&shown, cause))
    }

    /// Parses `text`, the content of `file`.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigCause> {
        // A file with only comments has no YAML value.
        let config: Option<Self> = yaml::read(file, text).map_err(ConfigCause::Syntax)?;
        Ok(config.unwrap_or_default())
    }

    /// Returns an error if an entry can never match because `ruleset` lacks its id.
    pub(crate) fn check(&self, ruleset: &Ruleset) -> Result<(), ConfigCause> {
        let unknown = |(at, entry): (usize, &Ignore)| {
            let why = entry.unknown(ruleset)?;
            Some(ConfigCause::UnknownId { entry: format!("ignores[{at}]"), why })
        };
        self.ignores.iter().enumerate().find_map(unknown).map_or(Ok(()), Err)
    }

    /// The thresholds of the gate: `given` for every server, or the configured ones if `given` is empty.
    pub(crate) fn thresholds(&self, given: &[Threshold]) -> Thresholds {
        match given {
            [] => Thresholds::new(self.fail_on.clone(), self.servers.clone()),
            given => given.to_vec().into(),
        }
    }

    /// The settings of a target with any of `names`. Earlier names take precedence.
    pub(crate) fn server(&self, names: &[&str]) -> Option<&ServerSettings> {
        names.iter().find_map(|name| self.servers.iter().find(|settings| settings.target.fits(name)))
    }

    /// What it requests beyond a stricter gate, as phrases that start with a verb.
    pub(crate) fn requests(&self) -> Vec<String> {
        let ignores = self.ignores.iter().map(|entry| format!("ignore {}", entry.looks_for()));
        let overrides = self.overrides.iter().map(Override::request);
        self.servers.iter().flat_map(ServerSettings::requests).chain(ignores).chain(overrides).collect()
    }

    /// The settings that can only make a scan stricter, and therefore need no trust.
    pub(crate) fn without_requests(self) -> Self {
        let Self { fail_on, sandbox, overrides: _, ignores: _, servers: _ } = self;
        Self { fail_on, sandbox, ..Self::default() }
    }

    /// Applies the first override that matches this tool.
    pub(crate) fn override_verdict(
        &self,
        server: &ServerIdentity,
        tool: &str,
        verdict: &mut Assessment,
        ruleset: &Ruleset,
    ) {
        let found = self.overrides.iter().enumerate().find(|(_, entry)| entry.is_for(server, tool));
        if let Some((at, entry)) = found {
            entry.apply(at, verdict, ruleset);
        }
    }

    /// Marks each finding with the first ignore that matches it.
    pub(crate) fn mark_ignored(&self, server: &ServerIdentity, findings: &mut [Finding]) {
        for finding in findings {
            let found = self.ignores.iter().enumerate().find(|(_, entry)| entry.is_for(server, finding));
            finding.ignored = found.map(|(at, entry)| entry.mark(at));
        }
    }

    /// The mark of the first ignore that accepts the problem `id` of a policy about `tool`.
    pub(crate) fn accepted_problem(&self, server: &ServerIdentity, id: &str, tool: &str) -> Option<Ignored> {
        let found = self.ignores.iter().enumerate().find(|(_, entry)| entry.is_for_problem(server, id, tool));
        found.map(|(at, entry)| entry.mark(at))
    }

    /// Marks each flow between tools of `servers` with the first ignore that matches it.
    pub(crate) fn mark_ignored_flows(&self, servers: &[ServerReport], flows: &mut [Flow]) {
        let identities: HashMap<&str, ServerIdentity> =
            servers.iter().map(|server| (server.slug.as_str(), (&server.server).into())).collect();
        let identity = |tool: &ToolRef| identities.get(tool.server.as_str());
        for flow in flows {
            let found = self.ignores.iter().enumerate().find(|(_, entry)| entry.is_for_flow(flow, identity));
            flow.ignored = found.map(|(at, entry)| entry.mark(at));
        }
    }

    /// The entries that are not in `used`.
    pub(crate) fn unmatched(&self, used: &MatchedEntries) -> Vec<Unmatched> {
        let overrides = self.overrides.iter().map(Override::looks_for).enumerate();
        // Problems of policies are found by `policy check`.
        let ignores = self.ignores.iter().enumerate().filter(|(_, entry)| !entry.is_of_problems());
        let ignores = ignores.map(|(at, entry)| (at, entry.looks_for()));
        let unmatched = |list: &str, at: usize, text| Unmatched { entry: format!("{list}[{at}]"), text };
        let overrides =
            overrides.filter(|(at, _)| !used.overrides.contains(at)).map(|(at, text)| unmatched("overrides", at, text));
        let ignores =
            ignores.filter(|(at, _)| !used.ignores.contains(at)).map(|(at, text)| unmatched("ignores", at, text));
        overrides.chain(ignores).collect()
    }
}

/// The indices of the entries that matched something.
#[derive(Debug, Clone, Default)]
pub(crate) struct MatchedEntries {
    overrides: BTreeSet<usize>,
    ignores: BTreeSet<usize>,
}

impl MatchedEntries {
    /// Records the entries that matched this tool or its findings.
    pub(crate) fn note(&mut self, tool: &ToolReport) {
        self.overrides.extend(tool.assessment.overridden.iter().map(|own| own.entry));
        self.note_findings(&tool.findings);
    }

    /// Records the entries that accept one of `findings`.
    pub(crate) fn note_findings(&mut self, findings: &[Finding]) {
        self.ignores.extend(findings.iter().filter_map(|finding| Some(finding.ignored.as_ref()?.entry)));
    }

    /// Records all ignores of flows as used, for scans that do not look for flows.
    pub(crate) fn note_no_flows(&mut self, config: &Config) {
        let entries = config.ignores.iter().enumerate().filter(|(_, entry)| entry.is_of_flows());
        self.ignores.extend(entries.map(|(at, _)| at));
    }

    /// Records the entries that accept one of `flows`.
    pub(crate) fn note_flows(&mut self, flows: &[Flow]) {
        self.ignores.extend(flows.iter().filter_map(|flow| Some(flow.ignored.as_ref()?.entry)));
    }
}
