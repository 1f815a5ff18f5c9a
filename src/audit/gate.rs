//! The gate: what may not pass, what is accepted or known already, and what is left.

use std::collections::{BTreeMap, BTreeSet};

use super::baseline::{Baseline, Entry};
use crate::config::Threshold;
use crate::model::{Finding, ToolReport};
use crate::rules::Ruleset;
use crate::text::prose;

/// What can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Tool,
    Finding,
    Server,
}

impl Subject {
    fn noun(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Finding => "finding",
            Self::Server => "server",
        }
    }
}

/// Counts what may not pass as it goes by, so that a stream needs no list of it.
#[derive(Debug, Default)]
pub struct Gate {
    thresholds: Vec<Threshold>,
    /// Ignores that are no longer in force, by their place in the configuration.
    over: BTreeSet<usize>,
    known: Baseline,
    met: Baseline,
    failed: BTreeMap<(usize, Subject), usize>,
    empty: usize,
    accepted: usize,
    not_new: usize,
}

impl Gate {
    /// A gate that passes what is in `known`, and findings whose ignore is not among those that are `over`.
    pub fn new(thresholds: Vec<Threshold>, over: BTreeSet<usize>, known: Baseline) -> Self {
        Self { thresholds, over, known, ..Self::default() }
    }

    /// The first threshold that names a finding which no rule gives: such a gate would never fail.
    pub fn unknown_finding<'a>(thresholds: &'a [Threshold], ruleset: &Ruleset) -> Option<&'a str> {
        let known = |id: &str| ruleset.findings.iter().any(|rule| rule.entry.id == id);
        thresholds.iter().find_map(|threshold| match threshold {
            Threshold::Finding(id) if !known(id) => Some(id.as_str()),
            _ => None,
        })
    }

    /// Counts one tool of `server` with its findings, and marks those that are known.
    pub fn tool(&mut self, server: &str, tool: &mut ToolReport) {
        let verdict = &tool.assessment;
        if let Some(at) = self.thresholds.iter().position(|threshold| threshold.fails_tool(verdict)) {
            let what = format!("{} {}/5", verdict.category, verdict.score.value);
            self.problem(at, Subject::Tool, Entry::new(server, Some(&tool.tool.name), &what));
        }
        tool.findings.iter_mut().for_each(|finding| self.finding(server, finding));
    }

    /// Counts one finding on `server`, and marks it when it is known; those of tools are counted with their tools.
    pub fn finding(&mut self, server: &str, finding: &mut Finding) {
        let Some(at) = self.thresholds.iter().position(|threshold| threshold.fails_finding(finding)) else { return };
        if finding.ignored.as_ref().is_some_and(|ignored| !self.over.contains(&ignored.entry)) {
            self.accepted += 1;
            return;
        }
        finding.known = self.problem(at, Subject::Finding, Entry::new(server, finding.tool.as_deref(), &finding.id));
    }

    /// Counts one server by its grade.
    pub fn grade(&mut self, server: &str, grade: &str) {
        if let Some(at) = self.thresholds.iter().position(|threshold| threshold.fails_grade(grade)) {
            self.problem(at, Subject::Server, Entry::new(server, None, &format!("grade {grade}")));
        }
    }

    /// Counts one server without tools: what should have been judged was not seen, so nothing excuses it.
    pub fn empty_server(&mut self) {
        self.empty += 1;
    }

    /// True when the baseline knows it.
    fn problem(&mut self, threshold: usize, subject: Subject, entry: Entry) -> bool {
        let entry = self.met.add(entry);
        let known = self.known.holds(&entry);
        if known {
            self.not_new += 1;
        } else {
            *self.failed.entry((threshold, subject)).or_default() += 1;
        }
        known
    }

    /// True when there is nothing to fail at.
    pub fn is_open(&self) -> bool {
        self.thresholds.is_empty()
    }

    /// True when a grade decides, so that all tools of a server are needed at once.
    pub fn needs_grades(&self) -> bool {
        self.thresholds.iter().any(|threshold| matches!(threshold, Threshold::Grade(_)))
    }

    /// What failed, for people; nothing when all passes.
    pub fn failure(&self) -> Option<String> {
        if self.is_open() {
            return None;
        }
        let told = |(&(at, subject), &n): (&(usize, Subject), &usize)| {
            format!("{} {}", prose::count(n, subject.noun()), self.thresholds[at])
        };
        let empty = (self.empty > 0).then(|| format!("{} without tools", prose::count(self.empty, "server")));
        let reasons: Vec<String> = self.failed.iter().map(told).chain(empty).collect();
        (!reasons.is_empty()).then(|| prose::list(&reasons))
    }

    /// What would have failed and was let through, for people.
    pub fn let_through(&self) -> Option<String> {
        let accepted = (self.accepted > 0).then(|| format!("{} accepted", prose::count(self.accepted, "finding")));
        let known = (self.not_new > 0).then(|| format!("{} known from the baseline", self.not_new));
        let told: Vec<String> = accepted.into_iter().chain(known).collect();
        (!told.is_empty()).then(|| prose::list(&told))
    }

    /// How many entries of the baseline were not met.
    pub fn gone(&self) -> usize {
        self.known.without(&self.met)
    }

    /// Everything that was met and would fail: the next baseline.
    pub fn into_baseline(self) -> Baseline {
        self.met
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Tool;

    #[test]
    fn only_what_is_new_fails() {
        let rules = Ruleset::builtin().unwrap();
        let tool = |name: &str| crate::assess_tool(Tool { name: name.into(), ..Tool::default() }, &rules);
        let gate = |known: Baseline, names: &[&str]| {
            let mut gate = Gate::new(vec!["destructive".parse().unwrap(), "5".parse().unwrap()], [].into(), known);
            names.iter().for_each(|name| gate.tool("shop", &mut tool(name)));
            gate
        };
        let first = gate(Baseline::default(), &["delete_user", "list_users"]);
        assert_eq!(first.failure().as_deref(), Some("1 tool of category Destructive"));
        let known = first.into_baseline();
        let same = gate(known.clone(), &["list_users", "delete_user"]);
        assert_eq!((same.failure(), same.let_through().as_deref()), (None, Some("1 known from the baseline")));
        // A second tool of a known name, and another one, are new; what is gone is counted.
        assert!(gate(known.clone(), &["delete_user", "delete_user"]).failure().is_some());
        let other = gate(known, &["delete_order"]);
        assert_eq!((other.failure().is_some(), other.gone()), (true, 1));
    }
}
