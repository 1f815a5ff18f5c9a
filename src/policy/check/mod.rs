//! A policy held against the server that it is for: what it forgets, what it speaks of in vain, what it lets through.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use serde_json::Value;

use super::calls_per_day;
use super::decisions::Decisions;
use super::dialect::Dialect;
use super::document::Document;
use super::implication::{lets_through, refused_values};
use crate::model::{Decision, Guard, PolicyAction, Position, ServerReport, Severity, Tool, ToolReport};
use crate::rules::{PolicyProblem, Ruleset};

mod conditions;
mod renames;
mod schema;
mod unreachable;

/// One thing that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Problem {
    /// The entry of `policy-problems.yaml`.
    pub(crate) id: String,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// The tool it concerns, as the policy or the server names it; `*` for every tool.
    pub(crate) tool: String,
    /// What is wrong, in one sentence.
    pub(crate) text: String,
    /// Where in the policy file: the tool's entry, where it has one.
    #[serde(flatten)]
    pub(crate) place: Option<Position>,
}

/// Everything that is wrong with the policy `document`, whose text is `text`, for `server`: in the order of the file, what
/// has no place in it first.
pub(crate) fn check(text: &str, document: &Document, server: &ServerReport, ruleset: &Ruleset) -> Vec<Problem> {
    let decisions = &document.decisions;
    let mut found = Found { places: document.places(), entries: &ruleset.policy_problems, problems: Vec::new() };
    let listed: HashMap<&str, &ToolReport> = server.tools.iter().map(|tool| (tool.tool.name.as_str(), tool)).collect();
    for name in server.tools.iter().map(|tool| tool.tool.name.as_str()) {
        if !decisions.tools.contains_key(name) {
            found.unnamed(name, decisions);
        }
    }
    if !decisions.default.refuses() {
        found.add("open-default", "*", "The default allows every tool that the policy does not name.".into());
    }
    let renamed = renames::likely(text, &found.places, decisions, server);
    if let Some(every) = &decisions.every {
        found.unreachable("*", every, None);
        found.conditions("*", None, every);
    }
    for (name, decision) in &decisions.tools {
        found.unreachable(name, decision, decisions.every.as_ref());
        match listed.get(name.as_str()) {
            None => found.unknown(name, renamed.get(name.as_str()).copied()),
            Some(tool) => {
                found.weaker(tool, decision);
                if document.dialect == Dialect::INTERCEPT {
                    found.missing_guards(tool, decision);
                }
            }
        }
        found.conditions(name, listed.get(name.as_str()).map(|tool| &tool.tool), decision);
    }
    found.problems.sort_by(|a, b| a.place.cmp(&b.place).then_with(|| a.tool.cmp(&b.tool)));
    found.problems
}

/// What has been found so far.
struct Found<'r> {
    places: BTreeMap<String, Position>,
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
        let (who, refuses) = (format!("No rule names the tool {tool}"), decisions.default.refuses());
        match (tool, refuses) {
            // `*` means every tool in all formats, so that no rule can name a tool of that name: the default must do.
            ("*", true) => {}
            ("*", false) => {
                let text = "No rule can name the tool \"*\", since that means every tool; the default allows it.";
                self.add("unnamed-tool-allowed", tool, text.into());
            }
            (_, true) => self.add("unnamed-tool", tool, format!("{who}; the default refuses it.")),
            (_, false) => self.add("unnamed-tool-allowed", tool, format!("{who}; the default allows it.")),
        }
    }

    fn unknown(&mut self, tool: &str, renamed: Option<&str>) {
        let renamed = renamed.map_or_else(String::new, |name| format!("; it may now be called {name}"));
        self.add("unknown-tool", tool, format!("The server has no tool {tool}{renamed}."));
    }

    fn weaker(&mut self, tool: &ToolReport, decision: &Decision) {
        let (by_default, category) = (&tool.decision, tool.assessment.category);
        let name = &tool.tool.name;
        if let Some((path, value)) = let_through(decision, tool) {
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

    /// Arguments that the default guards and `decision`, which allows the tool, does not. Only a format that can say every
    /// guard lacks one because a person took it out.
    fn missing_guards(&mut self, tool: &ToolReport, decision: &Decision) {
        if decision.action != PolicyAction::Allow || tool.decision.action != PolicyAction::Allow {
            return;
        }
        let guarded: BTreeSet<&str> = decision.guards.iter().flat_map(Guard::parameters).collect();
        let wanted = tool.decision.guards.iter().filter(|guard| !guard.conditions().is_empty());
        let missing: BTreeSet<&str> =
            wanted.flat_map(Guard::parameters).filter(|path| !guarded.contains(path)).collect();
        let name = &tool.tool.name;
        for path in missing {
            self.add("missing-guard", name, format!("{name} is allowed, and nothing guards {path}."));
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

/// An argument and a value that `decision` lets through, though the default allows `tool` only because it refuses it.
fn let_through(decision: &Decision, tool: &ToolReport) -> Option<(String, Value)> {
    let by_default = &tool.decision;
    if decision.action != PolicyAction::Allow || by_default.action != PolicyAction::Allow {
        return None;
    }
    let essential = by_default.guards.iter().filter(|guard| guard.essential).flat_map(Guard::conditions);
    let mut values = essential.flat_map(|condition| {
        let refused = refused_values(condition, &tool.tool.parameters);
        refused.into_iter().map(|value| (condition.parameter.clone(), value))
    });
    values.find(|(path, value)| lets_through(&decision.guards, path, value))
}
