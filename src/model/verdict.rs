//! The verdict on a server: whether it can be added, its worst exposure, and how carefully it is defined.

use serde::{Deserialize, Serialize};

/// Whether a server can be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Do not add it.
    DoNotAdd,
    /// Add it only with the generated policy.
    AddWithPolicy,
    /// Add it without a policy.
    Add,
}

impl Answer {
    /// The answer in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::DoNotAdd => "Do not add",
            Self::AddWithPolicy => "Add with this policy",
            Self::Add => "Add",
        }
    }
}

/// The answer about one server and its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub answer: Answer,
    /// The deciding fact: `runs any command or code that it is given (run_command)`.
    pub because: String,
    /// The condition for a better answer, if any.
    pub unless: Option<String>,
    /// Further facts for the reader, a sentence each, such as parts that were not read, or a start without a sandbox.
    pub notes: Vec<String>,
    /// The id of the `verdict.yaml` entry that gave the answer.
    pub rule: String,
}

impl Verdict {
    /// The answer with its reason: `Add with this policy: it deletes a repository (delete_repo)`.
    pub(crate) fn sentence(&self) -> String {
        format!("{}: {}", self.answer.words(), self.because)
    }
}

/// The worst thing that a server lets an agent do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exposure {
    /// The id of the `exposures.yaml` entry, kebab-case.
    pub id: String,
    /// Completes the sentence "the server ...": `deletes systems or whole stores of data`.
    pub title: String,
    /// The extent of what one call can affect.
    pub reach: String,
    /// The tools with this exposure, in listing order.
    pub tools: Vec<String>,
    /// The upper limit for the points of a server with this exposure, out of 100.
    pub points: u32,
}

/// How carefully a server is defined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Care {
    /// Out of 100.
    pub points: u32,
    /// The deficits and the points that they cost: `3 tools without a description or a schema: 6`.
    pub missing: Vec<CareDeduction>,
}

/// A deficit of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CareDeduction {
    /// The deficit in words.
    pub text: String,
    /// The points that it costs.
    pub points: u32,
}
