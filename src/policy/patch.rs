//! The changes to a policy in use: which rules change, and a file with the new ones.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Dialect, Policy, PolicyError, write};
use crate::model::{Report, ServerReport};

/// The changes to the policy of one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Patch {
    /// The server's name.
    pub(crate) server: String,
    /// The change of each rule.
    pub(crate) edits: Vec<Edit>,
    /// The added and replaced rules, as a policy file that loads; `None` if all changes are removals.
    pub(crate) policy: Option<String>,
}

/// The change of one rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Edit {
    /// The tool of the rule.
    pub(crate) tool: String,
    /// What to do with the rule.
    pub(crate) change: EditKind,
}

/// What to do with a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EditKind {
    Add,
    /// It replaces the existing rule.
    Replace,
    /// It is removed.
    Remove,
}

impl EditKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
            Self::Remove => "remove",
        }
    }
}

impl Patch {
    /// The patch with `edits` for `server`, a server of `report`, in the format `dialect`.
    pub(crate) fn new(
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
