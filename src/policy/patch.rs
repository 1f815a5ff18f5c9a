//! What is to be changed in a policy that is in use: which rules, and one file that holds those that are new.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Dialect, Policy, PolicyError, write};
use crate::model::{Report, ServerReport};

/// The changes of the policy of one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Patch {
    /// The server's name.
    pub(crate) server: String,
    /// What becomes of each rule.
    pub(crate) edits: Vec<Edit>,
    /// The rules that are added or take the place of others, as a policy that loads; none when all go.
    pub(crate) policy: Option<String>,
}

/// The change of one rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Edit {
    /// The tool whose rule it is.
    pub(crate) tool: String,
    /// What to do with the rule.
    pub(crate) change: EditKind,
}

/// What to do with a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EditKind {
    Add,
    /// It takes the place of the one that is there.
    Replace,
    /// It goes.
    Remove,
}

impl EditKind {
    /// The word for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
            Self::Remove => "remove",
        }
    }
}

impl Patch {
    /// The changes `edits` of the policy of `server`, a server of `report`, as `dialect` says them.
    pub(crate) fn of(
        edits: Vec<Edit>,
        server: &ServerReport,
        report: &Report,
        dialect: Dialect,
    ) -> Result<Self, PolicyError> {
        let set = |edit: &&Edit| edit.change != EditKind::Remove;
        let set: BTreeSet<&str> = edits.iter().filter(set).map(|edit| edit.tool.as_str()).collect();
        let mut policy = Policy::for_server(server, report);
        policy.rules.retain(|rule| set.contains(rule.tool.as_str()));
        let text = if policy.rules.is_empty() { None } else { Some(write(&policy, dialect)?) };
        Ok(Self { server: server.server.name.clone(), edits, policy: text })
    }
}
