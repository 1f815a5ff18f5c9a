//! Whether a server can be added, as data.

use serde::Deserialize;

use crate::model::{Answer, NotRead, Severity};

/// An entry of `verdict.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictEntry {
    /// Kebab-case, never reused.
    pub id: String,
    /// The answer; an entry without one adds a `note` to whatever answers.
    #[serde(default)]
    pub answer: Option<Answer>,
    /// A sentence that is added to the answer.
    #[serde(default)]
    pub note: Option<String>,
    /// What must hold.
    #[serde(default)]
    pub when: Condition,
    /// The reason behind the entry.
    pub why: String,
    /// The version that brought it.
    pub since: String,
    /// What would have to be otherwise for a better answer.
    #[serde(default)]
    pub unless: Option<String>,
}

/// What must hold of a server; always when nothing is given.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Condition {
    /// It has a finding that is an attack, of this severity or a graver one.
    pub attack: Option<Severity>,
    /// It has a finding of this severity or a graver one.
    pub finding: Option<Severity>,
    /// This of it was not read.
    pub not_read: Option<NotRead>,
    /// It lists no tools.
    pub(crate) no_tools: bool,
    /// Its own tools make a flow of this severity or a graver one possible.
    pub flow: Option<Severity>,
    /// Its worst exposure has fewer points than this.
    pub below: Option<u32>,
    /// It was started without a sandbox.
    pub(crate) uncontained: bool,
    /// It reports that it lacks credentials.
    pub(crate) lacks_credentials: bool,
}

impl Condition {
    /// What it demands, in words.
    pub(crate) fn words(&self) -> String {
        let Self { attack, finding, not_read, no_tools, flow, below, uncontained, lacks_credentials } = self;
        let demands = [
            attack.map(|least| format!("a finding that is an attack, {least} or worse")),
            finding.map(|least| format!("a finding, {least} or worse")),
            not_read.map(|part| match part {
                NotRead::Tools => "tools that were not read".to_owned(),
                NotRead::Part => "a part of the listing that was not read".to_owned(),
            }),
            no_tools.then(|| "no tools".to_owned()),
            flow.map(|least| format!("a flow between its own tools, {least} or worse")),
            below.map(|points| format!("a worst exposure of less than {points} points")),
            uncontained.then(|| "a start without a sandbox".to_owned()),
            lacks_credentials.then(|| "credentials that it lacks".to_owned()),
        ];
        let demands: Vec<String> = demands.into_iter().flatten().collect();
        if demands.is_empty() { "nothing".to_owned() } else { demands.join(" and ") }
    }
}
