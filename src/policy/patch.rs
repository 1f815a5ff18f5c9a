//! What is to be changed in a policy that is in use, rule by rule.

use serde::Serialize;

use super::{Dialect, snippet};
use crate::model::{ServerReport, ToolReport};

/// A change of a policy file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// The server whose policy it is.
    pub server: String,
    /// The tool whose rule it is.
    pub tool: String,
    /// What to do with the rule.
    pub change: EditKind,
    /// The rule as it is to be; none when it goes.
    pub rule: Option<String>,
}

/// What to do with a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EditKind {
    /// It is new.
    Add,
    /// It takes the place of the one that is there.
    Replace,
    /// It goes.
    Remove,
}

impl EditKind {
    /// The word for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
            Self::Remove => "remove",
        }
    }
}

impl Edit {
    /// The rule of `tool` as `dialect` says it, to be added or put in the place of another.
    pub fn set(change: EditKind, server: &ServerReport, tool: &ToolReport, dialect: Dialect) -> Self {
        let rule = snippet(&server.slug, tool, dialect);
        Self { server: server.server.name.clone(), tool: tool.tool.name.clone(), change, rule: Some(rule) }
    }

    /// The rule of the tool that is gone.
    pub fn remove(server: &str, tool: &str) -> Self {
        Self { server: server.to_owned(), tool: tool.to_owned(), change: EditKind::Remove, rule: None }
    }
}
