//! A way on which data can flow through several tools, and what would cut it.

use serde::Serialize;

use super::Severity;
use super::ignored::{Ignored, suppression};

/// A flow that the scanned tools make possible together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// The ruleset entry, kebab-case.
    pub id: String,
    /// For people.
    pub title: String,
    /// How grave it is.
    pub severity: Severity,
    /// What happens on the way, first to last.
    pub steps: Vec<FlowStep>,
    /// One way through: a tool for each step, as far as there are enough a different one.
    pub path: Vec<ToolRef>,
    /// How many ways through there are: one tool of each step, in all combinations.
    pub paths: usize,
    /// Set when the user's configuration accepts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<Ignored>,
    /// True when the baseline knows every tool of every step.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
}

impl Flow {
    /// The reason why it is suppressed, for people; `None` if it is not.
    pub fn suppression(&self) -> Option<String> {
        suppression(self.ignored.as_ref(), self.known)
    }
}

/// One step of a flow with every tool that can take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowStep {
    /// The role, kebab-case.
    pub role: String,
    /// The role for people: "reads private data".
    pub title: String,
    /// The tools, in the order of the report; at least one.
    pub tools: Vec<ToolRef>,
}

/// A tool of the report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ToolRef {
    /// The slug of its server, unique in the report.
    pub server: String,
    /// Its name.
    pub tool: String,
}

/// Every flow between the scanned tools.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Flows {
    /// In the order of the rules.
    pub found: Vec<Flow>,
    /// The smallest set of tools whose denial cuts every flow that is not ignored; of equally small sets, one that cuts late.
    pub cut: Vec<ToolRef>,
}
