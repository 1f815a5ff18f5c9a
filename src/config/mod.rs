//! `mcp-scan.yaml`: what a person decided where the rules alone do not do.

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

use crate::model::{Assessment, Failure, FailureCause, Finding, Flow, ServerReport, ToolRef, ToolReport, Unmatched};
use crate::rules::Ruleset;
use crate::text::file::read_text;
use crate::text::yaml::{self, YamlError};

/// The file that is read when the working folder holds it.
pub(crate) const FILE_NAME: &str = "mcp-scan.yaml";

/// A file that reads back as it stands, with every setting explained: what `mcp-scan init` writes.
pub(crate) const COMMENTED: &str = include_str!("../../templates/mcp-scan.yaml");

/// A configuration that cannot be used.
pub(crate) type ConfigError = Failure<ConfigCause>;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigCause {
    /// The system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Not YAML, or other fields; with line and caret.
    #[error(transparent)]
    Syntax(#[from] YamlError),
    /// An entry for a finding or a flow that there is not.
    #[error("{entry}: {why}")]
    UnknownId {
        /// `ignores[0]`
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

/// What `mcp-scan.yaml` holds; nothing configured is the default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What fails the gate, as `--fail-on` takes it.
    pub fail_on: Vec<Threshold>,
    /// Whether servers may be started without a sandbox.
    pub sandbox: SandboxRule,
    /// Verdicts that a person puts in the place of the rules' own.
    pub overrides: Vec<Override>,
    /// Findings and flows that a person accepts, for a time.
    pub ignores: Vec<Ignore>,
    /// How single servers are started, read and judged.
    pub servers: Vec<ServerSettings>,
}

/// Whether servers may be started without a sandbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SandboxRule {
    /// Where none works.
    #[default]
    Auto,
    /// Never.
    Required,
}

impl Config {
    /// Reads the file at `path`; the ids in it must be known to `ruleset`.
    pub(crate) fn load(path: &Path, ruleset: &Ruleset) -> Result<Self, ConfigError> {
        let shown = path.display().to_string();
        let read = || {
            let config = Self::parse(&shown, &read_text(path)?)?;
            config.check(ruleset)?;
            Ok(config)
        };
        read().map_err(|cause: ConfigCause| ConfigError::new(&shown, cause))
    }

    /// Reads `text`, the content of `file`.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigCause> {
        // A file of comments alone is no value at all.
        let config: Option<Self> = yaml::read(file, text).map_err(ConfigCause::Syntax)?;
        Ok(config.unwrap_or_default())
    }

    /// An error when an entry can never match, because `ruleset` does not have its id.
    pub(crate) fn check(&self, ruleset: &Ruleset) -> Result<(), ConfigCause> {
        let unknown = |(at, entry): (usize, &Ignore)| {
            let why = entry.unknown(ruleset)?;
            Some(ConfigCause::UnknownId { entry: format!("ignores[{at}]"), why })
        };
        self.ignores.iter().enumerate().find_map(unknown).map_or(Ok(()), Err)
    }

    /// What fails the gate: `given` for every server, or else what is configured.
    pub(crate) fn thresholds(&self, given: &[Threshold]) -> Thresholds {
        match given {
            [] => Thresholds::new(self.fail_on.clone(), self.servers.clone()),
            given => given.to_vec().into(),
        }
    }

    /// The settings of a target that is known by one of `names`, the first that counts most.
    pub(crate) fn server(&self, names: &[&str]) -> Option<&ServerSettings> {
        names.iter().find_map(|name| self.servers.iter().find(|settings| settings.target.fits(name)))
    }

    /// What it asks for beyond a stricter gate, for people: each a verb and what follows.
    pub(crate) fn requests(&self) -> Vec<String> {
        let ignores = self.ignores.iter().map(|entry| format!("ignore {}", entry.looks_for()));
        let overrides = self.overrides.iter().map(Override::request);
        self.servers.iter().flat_map(ServerSettings::requests).chain(ignores).chain(overrides).collect()
    }

    /// The part that can only make a scan stricter, and so needs no trust.
    pub(crate) fn without_requests(self) -> Self {
        let Self { fail_on, sandbox, overrides: _, ignores: _, servers: _ } = self;
        Self { fail_on, sandbox, ..Self::default() }
    }

    /// Puts the first override that is for this tool in the place of the rules' verdict.
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

    /// Marks the findings that the first fitting entry accepts.
    pub(crate) fn mark_ignored(&self, server: &ServerIdentity, findings: &mut [Finding]) {
        for finding in findings {
            let found = self.ignores.iter().enumerate().find(|(_, entry)| entry.is_for(server, finding));
            finding.ignored = found.map(|(at, entry)| entry.mark(at));
        }
    }

    /// Marks the flows between tools of `servers` that the first fitting entry accepts.
    pub(crate) fn mark_ignored_flows(&self, servers: &[ServerReport], flows: &mut [Flow]) {
        let identities: HashMap<&str, ServerIdentity> =
            servers.iter().map(|server| (server.slug.as_str(), (&server.server).into())).collect();
        let identity = |tool: &ToolRef| identities.get(tool.server.as_str());
        for flow in flows {
            let found = self.ignores.iter().enumerate().find(|(_, entry)| entry.is_for_flow(flow, identity));
            flow.ignored = found.map(|(at, entry)| entry.mark(at));
        }
    }

    /// The entries that are not among those `used`.
    pub(crate) fn unmatched(&self, used: &MatchedEntries) -> Vec<Unmatched> {
        let overrides = self.overrides.iter().map(Override::looks_for).enumerate();
        let ignores = self.ignores.iter().map(Ignore::looks_for).enumerate();
        let unmatched = |list: &str, at: usize, text| Unmatched { entry: format!("{list}[{at}]"), text };
        let overrides =
            overrides.filter(|(at, _)| !used.overrides.contains(at)).map(|(at, text)| unmatched("overrides", at, text));
        let ignores =
            ignores.filter(|(at, _)| !used.ignores.contains(at)).map(|(at, text)| unmatched("ignores", at, text));
        overrides.chain(ignores).collect()
    }
}

/// Which entries of the configuration were used, each counted from 0.
#[derive(Debug, Clone, Default)]
pub(crate) struct MatchedEntries {
    overrides: BTreeSet<usize>,
    ignores: BTreeSet<usize>,
}

impl MatchedEntries {
    /// Takes note of the entries that left their mark on this tool.
    pub(crate) fn note(&mut self, tool: &ToolReport) {
        self.overrides.extend(tool.assessment.overridden.iter().map(|own| own.entry));
        self.note_findings(&tool.findings);
    }

    /// Takes note of the entries that accept one of `findings`.
    pub(crate) fn note_findings(&mut self, findings: &[Finding]) {
        self.ignores.extend(findings.iter().filter_map(|finding| Some(finding.ignored.as_ref()?.entry)));
    }

    /// Takes the entries of `config` that accept flows for used, where flows are not looked for.
    pub(crate) fn note_no_flows(&mut self, config: &Config) {
        let entries = config.ignores.iter().enumerate().filter(|(_, entry)| entry.is_of_flows());
        self.ignores.extend(entries.map(|(at, _)| at));
    }

    /// Takes note of the entries that accept one of `flows`.
    pub(crate) fn note_flows(&mut self, flows: &[Flow]) {
        self.ignores.extend(flows.iter().filter_map(|flow| Some(flow.ignored.as_ref()?.entry)));
    }
}
