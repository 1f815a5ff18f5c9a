//! What guards on SQL let through, and which functions reach out of the database, as data.

use std::path::Path;

use serde::Deserialize;

use super::files::{RuleFiles, RulesError};

/// The name of the rule file.
pub(crate) const FILE: &str = "sql.yaml";

/// What a statement does, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SqlEffect {
    /// It only reads.
    Reads,
    /// It adds tables or rows, and changes nothing that is there.
    Adds,
    /// It changes, deletes, opens or runs something, or nobody can tell.
    Changes,
}

/// The content of `sql.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlRules {
    /// The guards of `guards.yaml` that a parser decides.
    pub guards: Vec<SqlGuard>,
    /// Functions that no guard lets pass.
    pub(crate) functions: Vec<SqlFunctions>,
}

/// What one guard lets through.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlGuard {
    /// Its id in `guards.yaml`.
    pub id: String,
    /// The worst effect that passes.
    pub allows: SqlEffect,
}

/// Functions of one kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SqlFunctions {
    /// Kebab-case, never reused.
    pub(crate) id: String,
    /// For people.
    pub(crate) title: String,
    /// Why it matters.
    pub(crate) why: String,
    /// The version that brought it.
    pub(crate) since: String,
    /// The functions, wherever they are called.
    pub(crate) names: Vec<String>,
    /// Functions that are called in FROM or INTO; elsewhere the names are common words.
    pub(crate) in_from: Vec<String>,
    /// Statements that call one.
    pub(crate) refuses: Vec<String>,
    /// Statements that call none.
    pub(crate) passes: Vec<String>,
}

impl SqlRules {
    /// The built-in ones or those of `folder`, read by themselves: a hook decides within milliseconds and needs no other
    /// rules.
    pub(crate) fn load(folder: Option<&Path>) -> Result<Self, RulesError> {
        let shown = || folder.map_or_else(|| "the built-in rules".into(), |folder| folder.display().to_string());
        let read = || RuleFiles::read(folder)?.value(FILE);
        read().map_err(|cause| RulesError::new(shown(), cause))
    }
}
