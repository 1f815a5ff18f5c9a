//! The verdict on a tool and its reasons.

use serde::{Deserialize, Serialize};

use super::{Category, Severity};

/// The verdict on one tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// The most severe effect of one call.
    pub category: Category,
    /// Derived from the category.
    pub severity: Severity,
    /// The risk score, 1-5, with its calculation.
    pub score: Score,
    /// The confidence in the category.
    pub confidence: Confidence,
    /// Facts about the tool for a reviewer, in ruleset order.
    pub signals: Vec<Signal>,
    /// The evidence for the category, deciding evidence first.
    pub evidence: Vec<Evidence>,
    /// The operations of a dispatch tool, each with its category.
    pub actions: Vec<Action>,
    /// The verdict of the rules, if the user's configuration overrides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Box<Overridden>>,
}

/// The verdict of the rules that a person has overridden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overridden {
    /// The reason that the person gave.
    pub reason: String,
    /// The category according to the rules.
    pub category: Category,
    /// The score according to the rules.
    pub score: Score,
    /// The confidence of the rules.
    pub confidence: Confidence,
    /// The index of the entry in the configuration, from 0.
    #[serde(skip)]
    pub entry: usize,
}

/// A risk score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// 1-5.
    pub value: u8,
    /// The calculation: `2 (Write) + 1 (credentials) = 3`.
    pub arithmetic: String,
}

/// The confidence in a category, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The definition contains too little information or contradicts itself.
    Low,
    /// One clear piece of evidence.
    Medium,
    /// Independent pieces of evidence agree.
    High,
}

impl Confidence {
    /// The word used in every output.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl std::fmt::Display for Confidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// A fact about a tool that matters before an agent may use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// The id of the ruleset entry, kebab-case.
    pub id: String,
    /// Display text: `Handles credentials or secrets (requestBody.apiKey)`.
    pub text: String,
    /// True when it raises the score.
    pub aggravating: bool,
    /// The dotted path of the first parameter that caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The number in its text, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
}

/// A piece of a definition that a rule matched, and the category that it supports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The id of the ruleset entry, kebab-case.
    pub rule: String,
    /// The text that contains it.
    #[serde(rename = "where")]
    pub place: EvidenceField,
    /// The dotted path of the parameter, if the evidence is in a parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// Start and end in that text, counted in characters (Unicode scalar values), end exclusive.
    pub span: [usize; 2],
    /// The matched words, unchanged.
    pub text: String,
    /// The category that this evidence supports.
    pub says: Category,
}

/// A part of a definition that contains evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EvidenceField {
    /// The tool's name.
    Name,
    /// The tool's title.
    Title,
    /// The tool's description.
    Description,
    /// A parameter: its name, description or values.
    Parameter,
    /// A text of a schema that belongs to no single parameter.
    Schema,
    /// The author's hints.
    Annotations,
    /// No part: the definition contains no evidence.
    Nothing,
}

impl EvidenceField {
    /// The name used in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Title => "title",
            Self::Description => "description",
            Self::Parameter => "parameter",
            Self::Schema => "schema",
            Self::Annotations => "annotations",
            Self::Nothing => "nothing",
        }
    }
}

/// One operation of a dispatch tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// The dotted path of the parameter that selects it.
    pub parameter: String,
    /// The value that selects it.
    pub value: String,
    /// The effect of that operation.
    pub category: Category,
}
