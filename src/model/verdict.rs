//! What a scan says of a server as a whole: can it be added, what can it do at worst, how carefully is it defined.

use serde::{Deserialize, Serialize};

/// Whether a server can be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It should not be added.
    DoNotAdd,
    /// It can be added with the policy that is written for it.
    AddWithPolicy,
    /// It can be added as it is.
    Add,
}

impl Answer {
    /// The answer for people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::DoNotAdd => "Do not add",
            Self::AddWithPolicy => "Add with this policy",
            Self::Add => "Add",
        }
    }
}

/// The answer about one server, with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub answer: Answer,
    /// The worst fact: `runs any command or code that it is given (run_command)`.
    pub because: String,
    /// What would have to be otherwise for a better answer.
    pub unless: Option<String>,
    /// What else a reader must know, a sentence each: what was not read, and a start without a sandbox.
    pub notes: Vec<String>,
    /// The entry of `verdict.yaml` that answers.
    pub rule: String,
}

impl Verdict {
    /// `Add with this policy: it deletes a repository (delete_repo)`.
    pub(crate) fn sentence(&self) -> String {
        format!("{}: {}", self.answer.words(), self.because)
    }
}

/// What a server lets an agent do at worst.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exposure {
    /// The entry of `exposures.yaml`, kebab-case.
    pub id: String,
    /// Completes "the server ...": `deletes systems or whole stores of data`.
    pub title: String,
    /// What one call can reach.
    pub reach: String,
    /// The tools that can do it, in the order of the listing.
    pub tools: Vec<String>,
    /// The most points, of 100, that a server with this exposure has.
    pub points: u32,
}

/// How carefully a server is defined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Care {
    /// Of 100.
    pub points: u32,
    /// What is missing, each with what it costs: `3 tools without a description or a schema: 6`.
    pub missing: Vec<Lack>,
}

/// One thing that a careful definition would have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lack {
    /// What is missing, for people.
    pub text: String,
    /// What it costs, in points.
    pub points: u32,
}
