//! What a policy asks of the arguments of a call, as data.

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::entries::Examples;
use super::inputs::any_in;
use super::phrases::{Sequence, sequences};
use crate::model::{Category, JsonTypes, Op, Parameter};
use crate::text::words::Words;

/// An entry of `guards.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardEntry {
    /// Kebab-case, never reused.
    pub id: String,
    /// For people.
    pub title: String,
    /// The reason behind the entry.
    pub why: String,
    /// The version that brought it.
    pub since: String,
    /// What of a definition it is asked of.
    #[serde(default)]
    pub of: GuardSubject,
    /// The signals that it answers: the tool must show one of them, when there are any.
    #[serde(default)]
    pub signals: Vec<String>,
    /// Parameter roles, any of them.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Categories for which it is asked; all when empty.
    #[serde(default)]
    pub only_for: Vec<Category>,
    /// Only where the tool is judged as Read, or claims to be.
    #[serde(default)]
    pub reads: bool,
    /// JSON types that the parameter may have beside `null`.
    #[serde(default)]
    pub types: JsonTypes,
    /// Of which the parameter's name, its description or the tool's must hold one, when there are any.
    #[serde(default)]
    pub speaks: Vec<String>,
    /// A pattern; a parameter whose description or default holds it needs none of `speaks`.
    #[serde(default)]
    pub shows: Option<String>,
    /// Of which the parameter's name and its description may hold none.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Of the entries with one group the first that fits a parameter is taken.
    #[serde(default)]
    pub group: Option<String>,
    /// What is asked.
    pub check: GuardTemplate,
    /// A call without the argument is refused.
    #[serde(default)]
    pub must_be_given: bool,
    /// The value is a start that a person must set.
    #[serde(default)]
    pub fill_in: bool,
    /// Where no format can hold it, nothing is said.
    #[serde(default)]
    pub quiet: bool,
    /// What the agent gets back; `{parameter}` is the argument's path.
    pub on_deny: String,
    /// Values that pass the check.
    #[serde(default)]
    pub passes: Vec<Value>,
    /// Values that do not.
    #[serde(default)]
    pub refuses: Vec<Value>,
    /// Tools of which it is asked and tools of which it is not.
    pub examples: Examples,
}

/// What of a definition a guard is asked of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardSubject {
    /// Each parameter of a role.
    #[default]
    Parameter,
    /// The parameter that chooses the operation of a dispatch tool.
    Operations,
    /// Each argument that a call must give.
    Required,
}

/// What is asked, before it is known of what.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardTemplate {
    /// A comparison with a value.
    Compare {
        /// The comparison.
        op: Op,
        /// The value.
        value: Value,
    },
    /// One of the values that the schema lists.
    ListedValues,
    /// None of the operations that the profile refuses.
    RefusedOperations,
    /// A total over the calls of a window.
    Total {
        /// The most that the window may hold.
        max: u64,
        /// 60, 3600 or 86400.
        window_seconds: u32,
    },
}

/// An entry, compiled.
#[derive(Debug)]
pub struct GuardRule {
    /// As it is written in `guards.yaml`.
    pub entry: GuardEntry,
    speaks: Vec<Sequence>,
    shows: Option<Regex>,
    unless: Vec<Sequence>,
}

impl GuardRule {
    /// Compiles one entry.
    ///
    /// # Errors
    /// When the pattern of `shows` is none.
    pub fn compile(entry: GuardEntry) -> Result<Self, String> {
        let shows = entry.shows.as_deref().map(Regex::new).transpose();
        let shows = shows.map_err(|cause| format!("{}: {cause}", entry.id))?;
        Ok(Self { speaks: sequences(&entry.speaks), shows, unless: sequences(&entry.unless), entry })
    }

    /// True when the words say that it may be asked: those of a parameter's name and description, and of its tool's
    /// description.
    pub fn is_spoken_of(
        &self,
        parameter: &Parameter,
        name: &Words<'_>,
        description: &Words<'_>,
        tool: &Words<'_>,
    ) -> bool {
        let said = |list: &[Sequence]| any_in(list, name) || any_in(list, description);
        let texts = || [&parameter.description, &parameter.default].into_iter().flatten();
        let shown = || self.shows.as_ref().is_some_and(|pattern| texts().any(|text| pattern.is_match(text)));
        let may = self.speaks.is_empty() || said(&self.speaks) || any_in(&self.speaks, tool) || shown();
        may && !said(&self.unless)
    }
}
