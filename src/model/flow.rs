//! A way on which data can flow through several tools, and what would cut it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

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
    pub(crate) fn suppression(&self) -> Option<String> {
        suppression(self.ignored.as_ref(), self.known)
    }

    /// At most `count` ways through, those with the fewest tools first; a tool that takes two steps in a row stands once. Of
    /// a step with very many tools only some are tried, those that take other steps too before others.
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

/// Most tools of one step, and most ways, that are tried for the shortest ones.
const MAX_TRIED: usize = 12;
const MAX_WAYS: usize = 20_000;

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
