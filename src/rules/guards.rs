//! The guards of a policy: conditions on the arguments of calls, and tools that need approval.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::entries::Examples;
use super::grouped_words::GroupedWords;
use super::phrases::AnyOf;
use super::word_patterns::{Without, fill};
use crate::model::{Category, Confidence, JsonTypes, Op, Parameter, RateLimit, Tool};
use crate::text::words::Words;

/// An entry of `guards.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardEntry {
    /// Kebab-case, never reused.
    pub id: String,
    /// Title for display.
    pub title: String,
    /// Why the entry exists.
    pub why: String,
    /// The version that introduced it.
    pub since: String,
    /// What part of a definition it applies to.
    #[serde(default)]
    pub of: GuardSubject,
    /// Signals. The tool must have one of them; any tool if empty.
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
    /// Categories to which it applies; all if empty.
    #[serde(default)]
    pub(crate) only_for: Vec<Category>,
    /// Profiles in which it applies; all if empty.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// Applies only to tools that are classified as Read or claim to be.
    #[serde(default)]
    pub reads: bool,
    /// Applies only to parameters that must be given.
    #[serde(default)]
    pub(crate) only_required: bool,
    /// Applies only to objects of which the schema declares no key.
    #[serde(default)]
    pub(crate) only_free: bool,
    /// For a tool: only if a call need not give anything.
    #[serde(default)]
    pub(crate) nothing_required: bool,
    /// JSON types that the parameter may have, besides `null`.
    #[serde(default)]
    pub types: JsonTypes,
    /// Word sequences. The parameter's name or description, or the tool's description, must contain one; for a tool,
    /// its name or title.
    #[serde(default)]
    pub(crate) mentions: GroupedWords,
    /// A regular expression. A parameter whose description or default matches does not need `mentions`.
    #[serde(default)]
    pub text_pattern: Option<String>,
    /// Word sequences that the parameter's name and description must not contain; for a tool, its name and title.
    #[serde(default)]
    pub unless: GroupedWords,
    /// Word sequences. The tool's name must contain one.
    #[serde(default)]
    pub(crate) tool_named: Vec<String>,
    /// Word sequences. The tool's name must not contain one.
    #[serde(default)]
    pub(crate) tool_not_named: Vec<String>,
    /// For a tool: word sequences in the description that count instead of `mentions`.
    #[serde(default)]
    pub description_mentions: GroupedWords,
    /// For a tool: a tool whose name or title says that it adds one of these things is left out.
    #[serde(default)]
    pub(crate) unless_adds: Adds,
    /// For a tool: word sequences. A tool whose name begins with one, if need be behind the name of a maker, is left out.
    #[serde(default)]
    pub(crate) unless_begins: Vec<String>,
    /// Names of parameters. A tool that takes one of them is left out.
    #[serde(default)]
    pub(crate) unless_parameters: Vec<String>,
    /// For `of: further`: the parameters that need no question.
    #[serde(default)]
    pub(crate) beside: MildParameters,
    /// For a tool: ids of guards. A tool of which one of them checks a required argument, or looks at all further arguments, is
    /// left out.
    #[serde(default)]
    pub(crate) unless_guarded: Vec<String>,
    /// For a tool: lists of complete parameter names. One name of each list must exist; this counts instead of
    /// `mentions`.
    #[serde(default)]
    pub with_parameters: Vec<Vec<String>>,
    /// Of the entries with the same group, only the first that fits a parameter applies.
    #[serde(default)]
    pub group: Option<String>,
    pub check: GuardTemplate,
    /// Beside a greatest number: the least one.
    #[serde(default)]
    pub(crate) at_least: Option<i64>,
    /// It is about how much a call reads, or of whom, and nothing else.
    #[serde(default)]
    pub(crate) extent: bool,
    /// A call without the argument is denied.
    #[serde(default)]
    pub(crate) must_be_given: bool,
    /// A call that fails the check needs approval instead of being denied.
    #[serde(default)]
    pub asks: bool,
    /// The argument alone decides what the tool does. A tool that requires it is treated as Execute.
    #[serde(default)]
    pub decides: bool,
    /// The setting that supplies its value. A number that is not set is a placeholder that a person must set.
    #[serde(default)]
    pub set: Option<String>,
    /// A parameter with one of these names is left out if the tool's description mentions one of these word sequences.
    #[serde(default)]
    pub(crate) unless_tool: UnlessTool,
    /// Of a tool with known operations, those that only read need no question.
    #[serde(default)]
    pub(crate) unless_reading: bool,
    /// For a tool: it is asked about where its category alone would refuse it, and left as it is otherwise.
    #[serde(default)]
    pub(crate) in_place_of_refusal: bool,
    /// If no condition can reach the argument, the tool stays unchanged.
    #[serde(default)]
    pub skip_if_unreachable: bool,
    /// A format that cannot inspect the argument leaves it unguarded, instead of asking about the tool or denying each call
    /// that gives it.
    #[serde(default)]
    pub skip_if_uninspected: bool,
    /// The message for the agent; `{parameter}` is the argument's path.
    pub on_deny: String,
    /// Values that pass the check.
    #[serde(default)]
    pub passes: Vec<Value>,
    /// Values that fail the check.
    #[serde(default)]
    pub refuses: Vec<Value>,
    /// Tools to which it applies, and tools to which it does not.
    pub examples: Examples,
}

/// Names of parameters, and what the description of their tool says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnlessTool {
    pub(crate) named: Vec<String>,
    pub(crate) mentions: Vec<String>,
}

/// Parameters that do no harm in any call of a tool.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MildParameters {
    /// Whole names, of which a tool must have one.
    #[serde(default)]
    pub(crate) whole: Vec<String>,
    /// Whole names that say which thing is meant.
    #[serde(default)]
    pub(crate) which: Vec<String>,
    /// The same by the end of a name.
    #[serde(default)]
    pub(crate) which_ends: Vec<String>,
}

impl MildParameters {
    /// True for the name of a parameter that is set.
    pub(crate) fn sets(&self, name: &str) -> bool {
        self.whole.iter().any(|known| known == name)
    }

    /// True for the name of a parameter that says which thing is meant.
    pub(crate) fn names_which(&self, name: &str) -> bool {
        let ends = |known: &String| {
            name.strip_suffix(known.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with(' '))
        };
        self.which.iter().any(|known| known == name) || self.which_ends.iter().any(ends)
    }
}

/// The part of a definition that a guard applies to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardSubject {
    /// Each parameter with a role.
    #[default]
    Parameter,
    /// The parameter that selects the operation of a dispatch tool.
    Operations,
    /// Each required argument.
    Required,
    /// Each argument beside those of `beside`, of a tool that has one of them.
    Further,
    /// The tool as a whole.
    Tool,
}

/// A condition, before its parameter is known.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardTemplate {
    /// A comparison with a value.
    Compare { op: Op, value: Value },
    /// A regular expression with parts that exclude words.
    Pattern {
        /// The regular expression; `%name%` stands for a part.
        value: String,
        /// The regular expression if the entry's setting is set; `%set%` stands for its values.
        #[serde(default)]
        narrowed: Option<String>,
        /// The parts, by name.
        #[serde(default)]
        without: BTreeMap<String, Without>,
        /// Parts that no value may contain, for formats without regular expressions. They refuse less.
        #[serde(default)]
        fence: Vec<String>,
    },
    /// One of the values in the schema's list.
    ListedValues,
    /// A value without any of these words.
    WithoutWords(ExcludedWords),
    /// Not an operation that the profile denies.
    RefusedOperations,
    /// Present and not empty.
    Given,
    /// An object without this key.
    WithoutKey(String),
    /// An object without these keys.
    WithoutKeys(Vec<String>),
    /// An object in which one of these keys, the first that a description names, says how much is read. A tool whose texts
    /// name none of them needs approval.
    BoundedKey {
        /// The keys, as they are written.
        keys: Vec<String>,
        /// The greatest number.
        max: u64,
    },
    /// Absent, unless a person approves.
    Approval,
    /// A limit on a sum over the calls in a window.
    Total {
        /// The largest sum per window.
        max: u64,
        /// 60, 3600 or 86400.
        window_seconds: u32,
    },
    /// Another rate limit, for a tool that already has one.
    Limit(RateLimit),
}

impl GuardTemplate {
    /// The rate limit; `None` for other conditions.
    pub(crate) fn limit(&self) -> Option<RateLimit> {
        if let Self::Limit(limit) = self { Some(*limit) } else { None }
    }

    /// The parts that a format without regular expressions refuses; empty for other conditions.
    pub(crate) fn fence(&self) -> &[String] {
        if let Self::Pattern { fence, .. } = self { fence } else { &[] }
    }
}

/// Words that no part of a text may be, and the regular expression for any other word, once it is needed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "Vec<String>")]
pub struct ExcludedWords {
    pub(crate) words: Vec<String>,
    other_word: OnceLock<String>,
}

impl From<Vec<String>> for ExcludedWords {
    fn from(words: Vec<String>) -> Self {
        Self { words, other_word: OnceLock::new() }
    }
}

impl ExcludedWords {
    /// The regular expression for any other word.
    pub(crate) fn other_word(&self) -> &str {
        self.other_word.get_or_init(|| Without { words: self.words.clone(), of: "word".into() }.pattern())
    }
}

/// A compiled guard.
#[derive(Debug)]
pub struct GuardRule {
    /// The entry as written in `guards.yaml`, with the parts of its pattern filled in.
    pub entry: GuardEntry,
    mentions: AnyOf,
    text_pattern: Option<Regex>,
    unless: AnyOf,
    unless_tool_mentions: AnyOf,
    tool_named: AnyOf,
    tool_not_named: AnyOf,
    adds: AddsWords,
    begins: AnyOf,
    description_mentions: AnyOf,
}

/// The `text_pattern` pattern of a guard is invalid.
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
    /// When the pattern of `text_pattern` is not valid, or a part of the check's pattern is missing.
    pub(crate) fn compile(mut entry: GuardEntry) -> Result<Self, GuardError> {
        let text_pattern = entry.text_pattern.as_deref().map(Regex::new).transpose();
        let text_pattern = text_pattern.map_err(|source| GuardError { id: entry.id.clone(), source })?;
        if let GuardTemplate::Pattern { value, narrowed, without, .. } = &mut entry.check {
            *value = fill(value, without);
            *narrowed = narrowed.as_ref().map(|narrowed| fill(narrowed, without));
        }
        Ok(Self {
            mentions: AnyOf::new(&entry.mentions.all()),
            text_pattern,
            unless: AnyOf::new(&entry.unless.all()),
            unless_tool_mentions: AnyOf::new(&entry.unless_tool.mentions),
            tool_named: AnyOf::new(&entry.tool_named),
            tool_not_named: AnyOf::new(&entry.tool_not_named),
            adds: AddsWords::new(&entry.unless_adds),
            begins: AnyOf::new(&entry.unless_begins),
            description_mentions: AnyOf::new(&entry.description_mentions.all()),
            entry,
        })
    }

    pub(crate) fn setting(&self) -> Option<&str> {
        self.entry.set.as_deref()
    }

    /// True if the words fit: those of a parameter's name and description, and of its tool's name and description.
    pub(crate) fn fits_words(
        &self,
        parameter: &Parameter,
        name: &Words<'_>,
        description: &Words<'_>,
        tool_name: &Words<'_>,
        tool: &Words<'_>,
    ) -> bool {
        let mentioned = |list: &AnyOf| list.is_in(name) || list.is_in(description);
        let texts = || [&parameter.description, &parameter.default].into_iter().flatten();
        let matches_pattern =
            || self.text_pattern.as_ref().is_some_and(|pattern| texts().any(|text| pattern.is_match(text)));
        let may = self.mentions.is_empty()
            || mentioned(&self.mentions)
            || self.mentions.is_in(tool_name)
            || self.mentions.is_in(tool)
            || matches_pattern();
        let named =
            (self.tool_named.is_empty() || self.tool_named.is_in(tool_name)) && !self.tool_not_named.is_in(tool_name);
        let is_other = || {
            let is_named = self.entry.unless_tool.named.iter().any(|known| known.as_str() == parameter.path);
            is_named && self.unless_tool_mentions.is_in(tool)
        };
        named && may && !mentioned(&self.unless) && !is_other()
    }

    /// True if the tool's name fits an entry on further arguments.
    pub(crate) fn fits_name(&self, tool_name: &Words<'_>) -> bool {
        self.tool_named.is_in(tool_name) && !self.tool_not_named.is_in(tool_name)
    }

    /// True if the entry applies to this tool as a whole. The caller has checked the signals.
    pub(crate) fn fits_tool(&self, tool: &Tool, name: &Words<'_>, title: &Words<'_>, description: &Words<'_>) -> bool {
        if self.entry.nothing_required && tool.parameters.iter().any(|parameter| parameter.required) {
            return false;
        }
        let named = |list: &AnyOf| list.is_in(name) || list.is_in(title);
        let reads_parameters = !self.entry.with_parameters.is_empty() || !self.entry.unless_parameters.is_empty();
        let parameters: Vec<String> =
            if reads_parameters { tool.parameters.iter().map(words_of_path).collect() } else { Vec::new() };
        let takes_one = |names: &Vec<String>| names.iter().any(|name| parameters.contains(name));
        let with_parameters =
            !self.entry.with_parameters.is_empty() && self.entry.with_parameters.iter().all(takes_one);
        let has_words = !self.mentions.is_empty()
            || !self.description_mentions.is_empty()
            || !self.entry.with_parameters.is_empty();
        let is_left_out = || {
            named(&self.unless)
                || [0, 1].into_iter().any(|at| self.begins.starts_at(name, at))
                || takes_one(&self.entry.unless_parameters)
                || [name, title].into_iter().any(|words| self.adds.are_in(words))
        };
        (!has_words || named(&self.mentions) || self.description_mentions.is_in(description) || with_parameters)
            && !is_left_out()
    }
}

/// Words by which a tool's name says that it adds a thing.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adds {
    pub(crate) verbs: Vec<String>,
    pub(crate) things: GroupedWords,
    /// What may follow the thing.
    pub(crate) then: Vec<String>,
}

/// [`Adds`], compiled.
#[derive(Debug)]
struct AddsWords {
    verbs: AnyOf,
    things: AnyOf,
    then: AnyOf,
}

/// Most words between the verb and the thing: `create acme team note`.
const MAX_BETWEEN: usize = 2;

impl AddsWords {
    fn new(adds: &Adds) -> Self {
        Self { verbs: AnyOf::new(&adds.verbs), things: AnyOf::new(&adds.things.all()), then: AnyOf::new(&adds.then) }
    }

    /// True if a verb is followed by a thing that ends the name, with what may follow, or stands behind it at the end.
    fn are_in(&self, words: &Words<'_>) -> bool {
        let ends = |at: usize| at == words.len() || self.then.starts_at(words, at);
        let adds = |verb: usize| {
            let near = verb + 1..words.len().min(verb + 2 + MAX_BETWEEN);
            let mut near = near.take_while(|at| !self.then.starts_at(words, *at));
            self.verbs.starts_at(words, verb) && near.any(|at| self.things.starts_at(words, at) && ends(at + 1))
        };
        let thing_and_verb = |at: usize| {
            self.things.starts_at(words, at) && at + 2 == words.len() && self.verbs.starts_at(words, at + 1)
        };
        (0..words.len()).any(|at| adds(at) || thing_and_verb(at))
    }
}

impl GuardRule {
    /// True if the tool takes a parameter that the entry leaves out.
    pub(crate) fn leaves_out(&self, tool: &Tool) -> bool {
        let names = &self.entry.unless_parameters;
        !names.is_empty() && tool.parameters.iter().any(|parameter| names.contains(&words_of_path(parameter)))
    }
}

/// The words of a parameter's path, with arrays and objects separated: `requests[].toolName` is "requests tool name".
fn words_of_path(parameter: &Parameter) -> String {
    Words::new(parameter.path.as_str()).iter().collect::<Vec<_>>().join(" ")
}
