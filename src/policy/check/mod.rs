//! Checks a policy against its server: missing rules, rules without effect, and rules that are too weak.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use serde_json::Value;

use super::calls_per_day;
use super::decisions::Decisions;
use super::dialect::Dialect;
use super::document::Document;
use super::implication::{lets_through, refused_values};
use super::merge::unset_values;
use crate::model::{Decision, Guard, PolicyAction, Position, ServerReport, Severity, Tool, ToolReport};
use crate::rules::{PolicyProblem, Ruleset};

mod by_calls;
mod conditions;
mod renames;
mod schema;
mod unreachable;

pub(crate) use by_calls::check_by_calls;

/// A problem of a policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Problem {
    /// The id of the entry in `policy-problems.yaml`.
    pub(crate) id: String,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// The tool, as named by the policy or the server; `*` for all tools.
    pub(crate) tool: String,
    /// What is wrong, in one sentence.
    pub(crate) text: String,
    /// The position of the tool's entry in the policy file, if it has one.
    #[serde(flatten)]
    pub(crate) place: Option<Position>,
}

/// All problems of the policy `document` (with content `text`) for `server`, in file order. Problems without a position
/// come first.
pub(crate) fn check(text: &str, document: &Document, server: &ServerReport, ruleset: &Ruleset) -> Vec<Problem> {
    let decisions = &document.decisions;
    let mut found = ProblemList { places: document.places(), entries: &ruleset.policy_problems, problems: Vec::new() };
    let listed: HashMap<&str, &ToolReport> = server.tools.iter().map(|tool| (tool.tool.name.as_str(), tool)).collect();
    for name in server.tools.iter().map(|tool| tool.tool.name.as_str()) {
        if !decisions.tools.contains_key(name) {
            found.unnamed(name, decisions);
        }
    }
    if !decisions.default.refuses() {
        found.add("open-default", "*", "The default allows every tool that the policy does not name.".into());
    }
    if document.dialect == Dialect::INTERCEPT {
        for (rule, tool) in unset_values(text, &document.root) {
            found.add("unset-value", &tool, format!("The value of {rule} for {tool} is not set."));
        }
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
                    found.unguarded_arguments(tool, decision);
                }
            }
        }
        found.conditions(name, listed.get(name.as_str()).map(|tool| &tool.tool), decision);
    }
    found.problems.sort_by(|a, b| a.place.cmp(&b.place).then_with(|| a.tool.cmp(&b.tool)));
    found.problems
}

/// The problems found so far.
struct ProblemList<'r> {
    places: BTreeMap<String, Position>,
    entries: &'r [PolicyProblem],
    problems: Vec<Problem>,
}

impl ProblemList<'_> {
    fn add(&mut self, id: &str, tool: &str, text: String) {
        let severity =
            self.entries.iter().find(|entry| entry.id == id).map_or(Severity::Medium, |entry| entry.severity);
        let place = self.places.get(tool).copied();
        self.problems.push(Problem { id: id.to_owned(), severity, tool: tool.to_owned(), text, place });
    }

    fn unnamed(&mut self, tool: &str, decisions: &Decisions) {
        let (who, refuses) = (format!("No rule names the tool {tool}"), decisions.default.refuses());
        match (tool, refuses) {
            // `*` means every tool in all formats, so no rule can name a tool called `*`: only the default applies to
            // it.
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

    /// Reports guarded arguments of the default policy that `decision`, which allows the tool, leaves unguarded. Only
    /// for formats that can express all guards: there, a missing guard was removed by a person.
    fn missing_guards(&mut self, tool: &ToolReport, decision: &Decision) {
        if decision.action != PolicyAction::Allow || tool.decision.action != PolicyAction::Allow {
            return;
        }
        let guarded: BTreeSet<&str> = decision.guards.iter().flat_map(Guard::parameters).collect();
        // The writer leaves some guards out where a format cannot inspect the argument, and says so in the file.
        let is_written = |guard: &&Guard| !guard.skip_if_uninspected && !guard.conditions().is_empty();
        let wanted = tool.decision.guards.iter().filter(is_written);
        let missing: BTreeSet<&str> =
            wanted.flat_map(Guard::parameters).filter(|path| !guarded.contains(path)).collect();
        let name = &tool.tool.name;
        for path in missing {
            self.add("missing-guard", name, format!("{name} is allowed, and nothing guards {path}."));
        }
    }

    /// Reports arguments of an allowed tool that should be guarded and that this format cannot inspect: those that may be
    /// left out, and elements of lists.
    fn unguarded_arguments(&mut self, tool: &ToolReport, decision: &Decision) {
        if decision.action != PolicyAction::Allow || tool.decision.action != PolicyAction::Allow {
            return;
        }
        let guarded: BTreeSet<&str> = decision.guards.iter().flat_map(Guard::parameters).collect();
        let is_around = |outer: &str, path: &str| {
            path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let is_guarded = |path: &&str| guarded.iter().any(|outer| is_around(outer, path));
        let left_open = tool.decision.guards.iter().filter(|guard| guard.skip_if_uninspected);
        let open: BTreeSet<&str> = left_open.flat_map(Guard::parameters).filter(|path| !is_guarded(path)).collect();
        let name = &tool.tool.name;
        for path in open {
            self.add("unguarded-argument", name, format!("{name} is allowed, and no rule can look at {path}."));
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

/// True if `decision` allows more than `by_default`. Requiring approval counts as strict as denying, since approval is
/// what the starter policy's denials are meant for.
fn is_weaker(decision: &Decision, by_default: &Decision) -> bool {
    match (decision.action, by_default.action) {
        (PolicyAction::Approve | PolicyAction::Deny | PolicyAction::Hide, _) => false,
        (PolicyAction::Allow, PolicyAction::Allow) => {
            calls_per_day(decision).cmp(&calls_per_day(by_default)) == Ordering::Greater
        }
        (PolicyAction::Allow, _) => true,
    }
}

/// An argument and a value that `decision` lets through although the default policy's guards reject it.
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
