//! A verdict and everything that explains it.

use serde::{Deserialize, Serialize};

use super::{Category, Severity};

/// The verdict on one tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// The most severe thing one call can do.
    pub category: Category,
    /// Follows from the category.
    pub severity: Severity,
    /// 1-5 with its arithmetic.
    pub score: Score,
    /// How sure the category is.
    pub confidence: Confidence,
    /// Properties of the tool that a reviewer should know, in the ruleset's order.
    pub signals: Vec<Signal>,
    /// What the category rests on, the deciding piece first.
    pub evidence: Vec<Evidence>,
    /// For a dispatch tool: each operation with its own category.
    pub actions: Vec<Action>,
    /// What the rules alone say, where the user's configuration says otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Box<Overridden>>,
}

/// The rules' own verdict, kept beside the one that a person put in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overridden {
    /// Why the person did so.
    pub reason: String,
    /// The category by the rules.
    pub category: Category,
    /// The score by the rules.
    pub score: Score,
    /// How sure the rules are of their category.
    pub confidence: Confidence,
    /// Which entry of the configuration did it, counted from 0.
    #[serde(skip)]
    pub entry: usize,
}

/// A risk score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// 1-5.
    pub value: u8,
    /// How it came about: `2 (Write) + 1 (credentials) = 3`.
    pub arithmetic: String,
}

/// How sure a category is, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The definition says too little or contradicts itself.
    Low,
    /// One clear piece of evidence.
    Medium,
    /// Independent pieces agree.
    High,
}

impl Confidence {
    /// The word as it is written in every output.
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

/// A property of a tool that matters before an agent may use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// The ruleset entry, kebab-case.
    pub id: String,
    /// For people: `Handles credentials or secrets (requestBody.apiKey)`.
    pub text: String,
    /// True when it raises the score.
    pub aggravating: bool,
    /// The dotted path of the first parameter that caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The number that it reports, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
}

/// One piece of a definition that a rule read, and what the rule takes it to mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The ruleset entry, kebab-case.
    pub rule: String,
    /// Which text it stands in.
    #[serde(rename = "where")]
    pub place: Place,
    /// The dotted path of the parameter, where the place is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// Start and end in that text, counted in characters (Unicode scalar values), end exclusive.
    pub span: [usize; 2],
    /// The words themselves, as they stand there.
    pub text: String,
    /// The category that this evidence supports.
    pub says: Category,
}

/// A text of a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The tool's name.
    Name,
    /// The tool's title.
    Title,
    /// The tool's description.
    Description,
    /// A parameter: its name, description or values.
    Parameter,
    /// The author's hints.
    Annotations,
    /// Nothing: the absence of anything to go by.
    Nothing,
}

impl Place {
    /// Its name, as in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Title => "title",
            Self::Description => "description",
            Self::Parameter => "parameter",
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
    /// What that operation can do.
    pub category: Category,
}
