//! Whether a server can be added.

use serde::Deserialize;

use crate::model::{Answer, Finding, FindingKind, NotRead, Severity};

/// An entry of `verdict.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictEntry {
    /// Kebab-case, never reused.
    pub id: String,
    /// The answer. An entry without one adds its `note` to whichever answer applies.
    #[serde(default)]
    pub answer: Option<Answer>,
    /// A sentence for the answer.
    #[serde(default)]
    pub note: Option<String>,
    /// The condition.
    #[serde(default)]
    pub when: Condition,
    /// Why the entry exists.
    pub why: String,
    /// The version that introduced it.
    pub since: String,
    /// What would have to change for a better answer.
    #[serde(default)]
    pub unless: Option<String>,
}

/// A condition on a server; an empty one always holds.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Condition {
    /// It has an attack of at least this severity.
    pub attack: Option<Severity>,
    /// It has a finding of at least this severity.
    pub finding: Option<Severity>,
    /// This part of it was not read.
    pub not_read: Option<NotRead>,
    /// It lists neither tools nor anything else.
    pub(crate) no_tools: bool,
    /// It lists prompts, resources or skills, and no tools.
    pub(crate) only_items: bool,
    /// Its own tools make a flow of at least this severity possible.
    pub flow: Option<Severity>,
    /// Its worst exposure has fewer points than this.
    pub below: Option<u32>,
    /// Its source was read, and it was not run.
    pub(crate) from_source: bool,
    /// It was started without a sandbox.
    pub(crate) uncontained: bool,
    /// Only its entry in a configuration was read.
    pub(crate) entry_alone: bool,
    /// It is not a server: these are settings of a client.
    pub(crate) only_settings: bool,
    /// The configuration disables it.
    pub(crate) disabled: bool,
    /// It reports missing credentials.
    pub(crate) lacks_credentials: bool,
}

impl Condition {
    /// True if the condition demands a finding.
    pub(crate) fn demands_finding(&self) -> bool {
        self.attack.is_some() || self.finding.is_some()
    }

    /// True if `finding` is as grave, and of the kind, as the condition demands. Whether a person accepted it does not count:
    /// that changes the gate and not the server.
    pub(crate) fn matches_finding(&self, finding: &Finding) -> bool {
        let is_attack = finding.kind == FindingKind::Attack;
        self.attack.is_none_or(|least| is_attack && finding.severity >= least)
            && self.finding.is_none_or(|least| finding.severity >= least)
            && self.demands_finding()
    }

    /// The condition in words.
    pub(crate) fn words(&self) -> String {
        let Self {
            attack,
            finding,
            not_read,
            no_tools,
            only_items,
            flow,
            below,
            from_source,
            uncontained,
            entry_alone,
            only_settings,
            disabled,
            lacks_credentials,
        } = self;
        let demands = [
            attack.map(|least| format!("a finding that is an attack, {least} or worse")),
            finding.map(|least| format!("a finding, {least} or worse")),
            not_read.map(|part| match part {
                NotRead::Tools => "tools that were not read".to_owned(),
                NotRead::Part => "a part of the listing that was not read".to_owned(),
                NotRead::Items => "prompts or resources that were not read".to_owned(),
            }),
            no_tools.then(|| "no tools".to_owned()),
            only_items.then(|| "prompts, resources or skills and no tools".to_owned()),
            flow.map(|least| format!("a flow between its own tools, {least} or worse")),
            below.map(|points| format!("a worst exposure of less than {points} points")),
            from_source.then(|| "tools that were read from its source".to_owned()),
            uncontained.then(|| "a start without a sandbox".to_owned()),
            entry_alone.then(|| "an entry in a configuration and nothing else that was read".to_owned()),
            only_settings.then(|| "settings of a client and no server".to_owned()),
            disabled.then(|| "an entry that is switched off".to_owned()),
            lacks_credentials.then(|| "credentials that it lacks".to_owned()),
        ];
        let demands: Vec<String> = demands.into_iter().flatten().collect();
        if demands.is_empty() { "nothing".to_owned() } else { demands.join(" and ") }
    }
}
