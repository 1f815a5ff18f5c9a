//! Flows: paths of data through several tools, and the tools to deny in order to cut them.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::Serialize;

use super::Severity;
use super::ignored::{Ignored, suppression};

/// A flow that the scanned tools together make possible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// The id of the ruleset entry, kebab-case.
    pub id: String,
    /// The display name.
    pub title: String,
    /// How severe it is.
    pub severity: Severity,
    /// The steps, first to last.
    pub steps: Vec<FlowStep>,
    /// One path: a tool for each step, different tools if possible.
    pub path: Vec<ToolRef>,
    /// The number of paths: all combinations of one tool per step.
    pub paths: usize,
    /// Set if the user's configuration accepts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<Ignored>,
    /// True if the baseline contains every tool of every step.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
}

impl Flow {
    /// The suppression reason in words, if any.
    pub(crate) fn suppression(&self) -> Option<String> {
        suppression(self.ignored.as_ref(), self.known)
    }

    /// At most `count` paths, those with the fewest tools first. A tool that takes consecutive steps is listed once.
    /// For a step with very many tools only some are tried; tools that also take other steps have priority.
    pub(crate) fn shortest(&self, count: usize) -> Vec<Vec<ToolRef>> {
        let by_step: Vec<BTreeSet<&ToolRef>> = self.steps.iter().map(|step| step.tools.iter().collect()).collect();
        let in_steps = |tool: &ToolRef| by_step.iter().filter(|tools| tools.contains(tool)).count();
        let mut ways: Vec<Vec<&ToolRef>> = vec![Vec::new()];
        for step in &self.steps {
            let mut tools: Vec<&ToolRef> = step.tools.iter().collect();
            tools.sort_by_cached_key(|tool| Reverse(in_steps(tool)));
            tools.truncate(MAX_TRIED);
            let longer = ways.iter().flat_map(|way| tools.iter().map(move |tool| [way.as_slice(), &[*tool]].concat()));
            ways = longer.take(MAX_WAYS).collect();
        }
        ways.sort_by_cached_key(|way| way.iter().collect::<BTreeSet<_>>().len());
        let mut seen = BTreeSet::new();
        let distinct = ways.into_iter().map(|mut way| {
            way.dedup();
            way
        });
        let distinct = distinct.filter(|way| seen.insert(way.clone())).take(count);
        distinct.map(|way| way.into_iter().cloned().collect()).collect()
    }
}

/// Most tools per step, and most paths, tried for the shortest paths.
const MAX_TRIED: usize = 12;
const MAX_WAYS: usize = 20_000;

/// A step of a flow with every tool that can take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowStep {
    /// The role, kebab-case.
    pub role: String,
    /// The role in words: "reads private data".
    pub title: String,
    /// The tools in report order; at least one.
    pub tools: Vec<ToolRef>,
}

/// A reference to a tool of the report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ToolRef {
    /// The slug of its server, which is unique in the report.
    pub server: String,
    /// The name of the tool.
    pub tool: String,
}

/// Every flow between the scanned tools.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Flows {
    /// The flows, in ruleset order.
    pub found: Vec<Flow>,
    /// The smallest set of tools whose denial cuts every flow that is not ignored. Of equally small sets, one that cuts
    /// at a late step.
    pub cut: Vec<ToolRef>,
}
