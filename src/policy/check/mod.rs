//! A policy held against the server that it is for: what it forgets, what it speaks of in vain, what it lets through.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::Value;

use super::places::{self, Place};
use super::{Decisions, calls_per_day};
use crate::model::{Check, Condition, Decision, Guard, Op, PolicyAction, ServerReport, Severity, Tool, ToolReport};
use crate::rules::{PolicyProblem, Ruleset};

mod conditions;
mod patterns;
mod unreachable;

/// How alike two names must be (0 to 1, Jaro-Winkler) for one to be taken for the other's new name.
const LIKENESS: f64 = 0.85;

/// One thing that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Problem {
    /// The entry of `policy-problems.yaml`.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// The tool it concerns, as the policy or the server names it; `*` for every tool.
    pub tool: String,
    /// What is wrong, in one sentence.
    pub text: String,
    /// Where in the policy file: the tool's entry, where it has one.
    #[serde(flatten)]
    pub place: Option<Place>,
}

/// Everything that is wrong with the policy `text`, which answers `decisions`, for `server`: in the order of the file,
/// what has no place in it first.
pub fn check(text: &str, decisions: &Decisions, server: &ServerReport, ruleset: &Ruleset) -> Vec<Problem> {
    let mut found = Found { places: places::of_tools(text), entries: &ruleset.policy_problems, problems: Vec::new() };
    let listed: HashMap<&str, &ToolReport> = server.tools.iter().map(|tool| (tool.tool.name.as_str(), tool)).collect();
    let unnamed: Vec<&str> =
        server.tools.iter().map(|t| t.tool.name.as_str()).filter(|name| !decisions.tools.contains_key(*name)).collect();
    for name in &unnamed {
        found.unnamed(name, decisions);
    }
    if let Some(every) = &decisions.every {
        found.unreachable("*", every, None);
        found.conditions("*", None, every);
    }
    for (name, decision) in &decisions.tools {
        found.unreachable(name, decision, decisions.every.as_ref());
        match listed.get(name.as_str()) {
            None => found.unknown(name, &unnamed),
            Some(tool) => found.weaker(tool, decision),
        }
        found.conditions(name, listed.get(name.as_str()).map(|tool| &tool.tool), decision);
    }
    found.problems.sort_by(|a, b| a.place.cmp(&b.place).then_with(|| a.tool.cmp(&b.tool)));
    found.problems
}

/// What has been found so far.
struct Found<'r> {
    places: BTreeMap<String, Place>,
    entries: &'r [PolicyProblem],
    problems: Vec<Problem>,
}

impl Found<'_> {
    fn add(&mut self, id: &str, tool: &str, text: String) {
        let severity =
            self.entries.iter().find(|entry| entry.id == id).map_or(Severity::Medium, |entry| entry.severity);
        let place = self.places.get(tool).copied();
        self.problems.push(Problem { id: id.to_owned(), severity, tool: tool.to_owned(), text, place });
    }

    fn unnamed(&mut self, tool: &str, decisions: &Decisions) {
        if decisions.default.refuses() {
            self.add("unnamed-tool", tool, format!("No rule names the tool {tool}; the default refuses it."));
        } else {
            self.add("unnamed-tool-allowed", tool, format!("No rule names the tool {tool}; the default allows it."));
        }
    }

    fn unknown(&mut self, tool: &str, unnamed: &[&str]) {
        let likeness = |name: &str| strsim::jaro_winkler(&name.to_lowercase(), &tool.to_lowercase());
        let likely = unnamed.iter().map(|name| (likeness(name), *name)).filter(|(likeness, _)| *likeness >= LIKENESS);
        let best = likely.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
        let renamed = best.map_or_else(String::new, |(_, name)| format!("; it may now be called {name}"));
        self.add("unknown-tool", tool, format!("The server has no tool {tool}{renamed}."));
    }

    fn weaker(&mut self, tool: &ToolReport, decision: &Decision) {
        let (by_default, category) = (&tool.decision, tool.assessment.category);
        let name = &tool.tool.name;
        if let Some((path, value)) = let_through(decision, by_default) {
            let text = format!("{name} is {category}: the policy lets {path} be {value}, which the default refuses.");
            self.add("weaker-than-default", name, text);
        } else if is_weaker(decision, by_default) {
            let text = format!(
                "{name} is {category}: the policy says \"{}\", the default for that is \"{}\".",
                decision.words(),
                by_default.words()
            );
            self.add("weaker-than-default", name, text);
        }
    }

    fn unreachable(&mut self, tool: &str, decision: &Decision, every: Option<&Decision>) {
        for text in unreachable::problems(tool, decision, every) {
            self.add("unreachable-rule", tool, text);
        }
    }

    fn conditions(&mut self, name: &str, tool: Option<&Tool>, decision: &Decision) {
        for (id, text) in conditions::problems(name, tool, &decision.guards) {
            self.add(id, name, text);
        }
    }
}

/// True when `decision` lets more through than `by_default`. Asking a person each time is no less than refusing: that
/// is what the starter policy's refusals are for.
fn is_weaker(decision: &Decision, by_default: &Decision) -> bool {
    match (decision.action, by_default.action) {
        (PolicyAction::Approve | PolicyAction::Deny | PolicyAction::Hide, _) => false,
        (PolicyAction::Allow, PolicyAction::Allow) => {
            calls_per_day(decision).cmp(&calls_per_day(by_default)) == Ordering::Greater
        }
        (PolicyAction::Allow, _) => true,
    }
}

/// An argument and a value that `decision` lets through, though `by_default` allows the tool only because it refuses it.
fn let_through<'d>(decision: &Decision, by_default: &'d Decision) -> Option<(&'d str, &'d Value)> {
    if decision.action != PolicyAction::Allow || by_default.action != PolicyAction::Allow {
        return None;
    }
    let essential = by_default.guards.iter().filter(|guard| guard.essential).flat_map(Guard::conditions);
    let refused = essential.filter(|condition| condition.op == Op::NotIn);
    let values =
        refused.flat_map(|c| c.value.as_array().into_iter().flatten().map(|value| (c.parameter.as_str(), value)));
    let mut open = values.filter(|(path, value)| {
        let refuses = |guard: &Guard| {
            let on_it: Vec<&Condition> = guard.conditions().iter().filter(|c| c.parameter == *path).collect();
            match guard.check {
                Check::Argument(_) => !unreachable::meets(&on_it, value),
                Check::Refusal(_) => on_it.len() == guard.conditions().len() && unreachable::meets(&on_it, value),
                Check::Total(_) | Check::Unheld(_) => false,
            }
        };
        !decision.guards.iter().any(refuses)
    });
    open.next()
}
