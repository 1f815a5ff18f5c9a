//! What can be wrong with a definition, as data.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;

use super::{Examples, Phrases};
use crate::model::{Assessment, Category, Confidence, Severity};
use crate::text::words::Words;

/// The code that finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detect {
    /// Characters that let a model read what a person is not shown.
    HiddenText,
    /// Characters without a width.
    InvisibleCharacters,
    /// Letters of two scripts that look like one.
    HomoglyphName,
    /// Word sequences.
    Phrases,
    /// Regular expressions in a text that the model reads.
    Patterns,
    /// Regular expressions in what starts or reaches the server.
    Target,
    /// A hint against the category.
    ContradictedHint,
    /// A Destructive tool without any hint.
    DestructiveWithoutHint,
    /// A signal of the assessment.
    Signal,
    /// An argument that chooses between reading and destroying.
    BroadDispatchTool,
    /// An argument that may be anything.
    UntypedParameter,
    /// Where the server left the protocol.
    ProtocolDeviation,
    /// A package without a version.
    UnpinnedPackage,
    /// A secret in what starts or reaches the server, or in the configuration that names it.
    SecretInLaunch,
    /// An address without encryption.
    PlainHttp,
    /// A server that is said to read and has tools that do not.
    ReadOnlyServerWrites,
    /// The one tool that changes something, in another way than any other touches.
    LoneWritingTool,
    /// The same name on two servers.
    NameOfAnotherServer,
    /// A text that steers the use of another server's tool.
    ShadowsAnotherTool,
}

impl Detect {
    /// True for what only servers used together can have.
    pub fn is_across(self) -> bool {
        matches!(self, Self::NameOfAnotherServer | Self::ShadowsAnotherTool)
    }

    /// True for what is seen only when all tools of a server, or of all servers, are known.
    pub fn needs_all_tools(self) -> bool {
        self.is_across() || matches!(self, Self::ReadOnlyServerWrites | Self::LoneWritingTool | Self::ProtocolDeviation)
    }
}

/// A hint that an author can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Hint {
    /// "Does not modify its environment."
    ReadOnlyHint,
    /// "May perform destructive updates."
    DestructiveHint,
}

/// An entry of `findings.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingEntry {
    /// Kebab-case, never reused.
    pub id: String,
    /// For people.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// How bad it is on tools of some categories.
    #[serde(default)]
    pub severity_for: BTreeMap<Category, Severity>,
    /// How bad it is at most where the verdict on the tool is less than highly sure.
    #[serde(default)]
    pub when_unsure: Option<Severity>,
    /// Words of which the verdict is never highly sure when it rests on them: they can mean something milder.
    #[serde(default)]
    pub unsure_words: Vec<String>,
    /// What finds it.
    pub detect: Detect,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// Ids of OWASP MCP Top 10, SAFE-MCP and CWE.
    pub references: Vec<String>,
    /// The version that brought it.
    pub since: String,
    /// The hint that is contradicted.
    #[serde(default)]
    pub hint: Option<Hint>,
    /// What the hint claims.
    #[serde(default)]
    pub claims: bool,
    /// Signals that cause it.
    #[serde(default)]
    pub signals: Vec<String>,
    /// Categories for which it is said; all when empty.
    #[serde(default)]
    pub only_for: Vec<Category>,
    /// Names of arguments that choose what is done, in words.
    #[serde(default)]
    pub choosers: Vec<String>,
    /// Names of arguments that hold whatever it is done with, in words.
    #[serde(default)]
    pub beside: Vec<String>,
    /// Word sequences that cause it.
    #[serde(default)]
    pub phrases: Vec<String>,
    /// Words right behind a phrase that take it away.
    #[serde(default)]
    pub unless_next: Vec<String>,
    /// Words before a quotation in its sentence that tell it is an example: a phrase in it takes nothing.
    #[serde(default)]
    pub quoted_after: Vec<String>,
    /// Regular expressions that cause it.
    #[serde(default)]
    pub patterns: Vec<String>,
    /// What is said of the place where one matches: "holds what looks like a secret".
    #[serde(default)]
    pub found: String,
    /// Phrases or regular expressions that take it away.
    #[serde(default)]
    pub except: Vec<String>,
    /// Tools that have it and tools that do not.
    pub examples: Examples,
}

/// A finding, compiled.
#[derive(Debug)]
pub struct FindingRule {
    /// As it is written.
    pub entry: FindingEntry,
    /// Its word sequences; true for those that cause it.
    pub phrases: Phrases<bool>,
    /// Its regular expressions.
    pub patterns: Vec<Regex>,
    /// Those that tell a placeholder.
    pub placeholders: Vec<Regex>,
}

impl FindingRule {
    /// Compiles `entry`; an error is one of a regular expression.
    pub fn compile(entry: FindingEntry) -> Result<Self, String> {
        let regexes = |list: &[String]| -> Result<Vec<Regex>, String> {
            list.iter().map(|text| Regex::new(text).map_err(|cause| format!("{}: {cause}", entry.id))).collect()
        };
        let of_patterns = matches!(entry.detect, Detect::Patterns | Detect::Target);
        let patterns = regexes(&entry.patterns)?;
        let placeholders = if of_patterns { regexes(&entry.except)? } else { Vec::new() };
        let mut phrases = Phrases::default();
        entry.phrases.iter().for_each(|phrase| phrases.add(phrase, 0, true));
        if !of_patterns {
            entry.except.iter().for_each(|phrase| phrases.add(phrase, 0, false));
        }
        Ok(Self { entry, phrases, patterns, placeholders })
    }

    /// How bad it is on a tool with this verdict: what a doubtful verdict contradicts is doubtful too.
    pub fn severity(&self, verdict: &Assessment) -> Severity {
        let sure = self.entry.severity_for.get(&verdict.category).copied().unwrap_or(self.entry.severity);
        match self.entry.when_unsure {
            Some(unsure) if verdict.confidence < Confidence::High || self.rests_on_unsure_words(verdict) => {
                sure.min(unsure)
            }
            _ => sure,
        }
    }

    fn rests_on_unsure_words(&self, verdict: &Assessment) -> bool {
        let is_unsure = |word: &str| self.entry.unsure_words.iter().any(|unsure| unsure == word);
        verdict.evidence.first().is_some_and(|first| Words::of(first.text.as_str()).iter().any(is_unsure))
    }

    /// True when one of its regular expressions matches something in `text` that is no placeholder.
    pub fn matches(&self, text: &str) -> bool {
        let is_placeholder = |text: &str| self.placeholders.iter().any(|placeholder| placeholder.is_match(text));
        self.patterns.iter().flat_map(|pattern| pattern.find_iter(text)).any(|found| !is_placeholder(found.as_str()))
    }

    /// True when it may be said of a tool of `category`.
    pub fn concerns(&self, category: Category) -> bool {
        self.entry.only_for.is_empty() || self.entry.only_for.contains(&category)
    }
}
