//! The guards of a policy, as data: what is required of the arguments of a call, and which tools a person is asked about.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::entries::Examples;
use super::inputs::any_in;
use super::phrases::{Sequence, sequences};
use super::word_patterns::{Without, fill};
use crate::model::{Category, Confidence, JsonTypes, Op, Parameter, RateLimit, Tool};
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
    /// What of a definition it is about.
    #[serde(default)]
    pub of: GuardSubject,
    /// Signals, of which the tool must have one when there are any.
    #[serde(default)]
    pub signals: Vec<String>,
    /// Confidences of the verdict for which it holds; all when empty.
    #[serde(default)]
    pub confidence: Vec<Confidence>,
    /// Only where the tool has no description.
    #[serde(default)]
    pub undescribed: bool,
    /// Parameter roles, any of them.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Categories for which it holds; all when empty.
    #[serde(default)]
    pub(crate) only_for: Vec<Category>,
    /// Profiles for which it holds; all when empty.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// Only where the tool is classified as Read, or claims to be.
    #[serde(default)]
    pub reads: bool,
    /// JSON types that the parameter may have beside `null`.
    #[serde(default)]
    pub types: JsonTypes,
    /// Word sequences: the parameter's name or description, or the tool's description, must have one; of a tool, its name
    /// or title.
    #[serde(default)]
    pub(crate) speaks: Vec<String>,
    /// A pattern; a parameter whose description or default has a match needs none of `speaks`.
    #[serde(default)]
    pub shows: Option<String>,
    /// Word sequences of which the parameter's name and description may have none; of a tool, its name and title.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Word sequences of which the tool's name must have one.
    #[serde(default)]
    pub(crate) tool_named: Vec<String>,
    /// Of a tool: word sequences in its description that are enough without `speaks`.
    #[serde(default)]
    pub says: Vec<String>,
    /// Of a tool: whole names of parameters; one of each list must be there, which is enough without `speaks`.
    #[serde(default)]
    pub beside: Vec<Vec<String>>,
    /// Of the entries with one group the first that fits a parameter holds.
    #[serde(default)]
    pub group: Option<String>,
    /// What is required.
    pub check: GuardTemplate,
    /// A call without the argument is refused.
    #[serde(default)]
    pub(crate) must_be_given: bool,
    /// A call that does not meet it waits for a person instead of being refused.
    #[serde(default)]
    pub asks: bool,
    /// What the tool does lies in this argument alone: a tool that requires it is treated as Execute.
    #[serde(default)]
    pub decides: bool,
    /// The setting that its value is taken from. A number that is not set is a start that a person must set.
    #[serde(default)]
    pub set: Option<String>,
    /// Where the argument is out of reach of every condition, the tool stays as it is.
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
    /// Tools for which it holds and tools for which it does not.
    pub examples: Examples,
}

/// What of a definition a guard is about.
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
    /// The tool as a whole.
    Tool,
}

/// What is required, before it is known of which parameter.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardTemplate {
    /// A comparison with a value.
    Compare {
        /// The comparison.
        op: Op,
        value: Value,
    },
    /// A pattern with parts that leave words out.
    Pattern {
        /// The pattern; `%name%` stands for a part.
        value: String,
        /// The pattern where the entry's setting is set; `%set%` stands for its values.
        #[serde(default)]
        narrowed: Option<String>,
        /// The parts.
        #[serde(default)]
        without: BTreeMap<String, Without>,
    },
    /// One of the values in the schema.
    ListedValues,
    /// A value that has none of these words.
    WithoutWords(Vec<String>),
    /// None of the operations that the profile refuses.
    RefusedOperations,
    /// Given, and not empty.
    Given,
    /// Not given, unless a person agrees.
    Approval,
    /// A total over the calls of a window.
    Total {
        /// The most that the window may hold.
        max: u64,
        /// 60, 3600 or 86400.
        window_seconds: u32,
    },
    /// Another limit on the calls of a tool that has one.
    Limit(RateLimit),
}

impl GuardTemplate {
    /// The limit, where it is one.
    pub(crate) fn limit(&self) -> Option<RateLimit> {
        if let Self::Limit(limit) = self { Some(*limit) } else { None }
    }
}

/// An entry, compiled.
#[derive(Debug)]
pub struct GuardRule {
    /// As it is written in `guards.yaml`, with the parts of its pattern filled in.
    pub entry: GuardEntry,
    speaks: Vec<Sequence>,
    shows: Option<Regex>,
    unless: Vec<Sequence>,
    tool_named: Vec<Sequence>,
    says: Vec<Sequence>,
}

/// A guard whose pattern in `shows` is not valid.
#[derive(Debug, thiserror::Error)]
#[error("{id}: {source}")]
pub(crate) struct GuardError {
    id: String,
    source: regex::Error,
}

impl GuardRule {
    /// Compiles one entry.
    ///
    /// # Errors
    /// When the pattern of `shows` is not valid, or a part of the check's pattern is missing.
    pub(crate) fn compile(mut entry: GuardEntry) -> Result<Self, GuardError> {
        let shows = entry.shows.as_deref().map(Regex::new).transpose();
        let shows = shows.map_err(|source| GuardError { id: entry.id.clone(), source })?;
        if let GuardTemplate::Pattern { value, narrowed, without } = &mut entry.check {
            *value = fill(value, without);
            *narrowed = narrowed.as_ref().map(|narrowed| fill(narrowed, without));
        }
        Ok(Self {
            speaks: sequences(&entry.speaks),
            shows,
            unless: sequences(&entry.unless),
            tool_named: sequences(&entry.tool_named),
            says: sequences(&entry.says),
            entry,
        })
    }

    /// The setting that it uses.
    pub(crate) fn setting(&self) -> Option<&str> {
        self.entry.set.as_deref()
    }

    /// True when the words fit: those of a parameter's name and description, and of its tool's name and description.
    pub(crate) fn fits_words(
        &self,
        parameter: &Parameter,
        name: &Words<'_>,
        description: &Words<'_>,
        tool_name: &Words<'_>,
        tool: &Words<'_>,
    ) -> bool {
        let said = |list: &[Sequence]| any_in(list, name) || any_in(list, description);
        let texts = || [&parameter.description, &parameter.default].into_iter().flatten();
        let shown = || self.shows.as_ref().is_some_and(|pattern| texts().any(|text| pattern.is_match(text)));
        let may = self.speaks.is_empty() || said(&self.speaks) || any_in(&self.speaks, tool) || shown();
        let named = self.tool_named.is_empty() || any_in(&self.tool_named, tool_name);
        named && may && !said(&self.unless)
    }

    /// True for a tool that the entry is about as a whole, whose signals are known to fit; `name`, `title` and `description` are its words.
    pub(crate) fn fits_tool(&self, tool: &Tool, name: &Words<'_>, title: &Words<'_>, description: &Words<'_>) -> bool {
        let named = |list: &[Sequence]| any_in(list, name) || any_in(list, title);
        let parameters: Vec<String> =
            if self.entry.beside.is_empty() { Vec::new() } else { tool.parameters.iter().map(words_of_path).collect() };
        let beside = !self.entry.beside.is_empty()
            && self.entry.beside.iter().all(|names| names.iter().any(|name| parameters.contains(name)));
        let has_words = !self.speaks.is_empty() || !self.says.is_empty() || !self.entry.beside.is_empty();
        let is_narrowed = !self.entry.signals.is_empty() || !self.entry.confidence.is_empty();
        let by_kind = is_narrowed && !has_words;
        (by_kind || named(&self.speaks) || any_in(&self.says, description) || beside) && !named(&self.unless)
    }
}

/// The words of a parameter's path, arrays and objects apart: `requests[].toolName` is "requests tool name".
fn words_of_path(parameter: &Parameter) -> String {
    Words::of(parameter.path.as_str()).iter().collect::<Vec<_>>().join(" ")
}
