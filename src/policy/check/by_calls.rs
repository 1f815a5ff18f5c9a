//! Checks a policy that only its engine can decide, by calls that the default policy of the server holds back.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Problem, ProblemList};
use crate::model::{Decision, Guard, PolicyAction, ServerReport, ToolReport};
use crate::policy::dialect::stated_decision;
use crate::policy::engines::EnginePolicy;
use crate::policy::example_call::arguments;
use crate::policy::weakness::Comparison;
use crate::policy::{Call, Decisions, Outcome, Rule, evaluate};
use crate::rules::Ruleset;

/// A name that no server gives a tool.
const UNNAMED: &str = "a tool that no policy names";

/// The problems of `policy` for `server`: what it allows although the default policy holds it back.
pub(crate) fn check_by_calls(policy: &mut EnginePolicy, server: &ServerReport, ruleset: &Ruleset) -> Vec<Problem> {
    let dialect = policy.dialect();
    let mut found = ProblemList { places: BTreeMap::new(), entries: &ruleset.policy_problems, problems: Vec::new() };
    let mut allows = |tool: &str, arguments: Value| {
        policy.decide(&Call { tool: tool.into(), arguments, at: 0 }).outcome == Outcome::Allowed
    };
    if allows(UNNAMED, serde_json::json!({})) {
        found.add("open-default", "*", "The default allows every tool that the policy does not name.".into());
    }
    let comparison = Comparison::new(ruleset);
    for tool in &server.tools {
        let name = &tool.tool.name;
        let by_default = tool.decision.words();
        let stated = stated_decision(tool, tool.decision.clone(), dialect);
        // A format that looks into the elements of lists may allow what others ask about as a whole.
        let looks_inside = stated.action == PolicyAction::Allow && tool.decision.action != PolicyAction::Allow;
        let mut told = BTreeSet::new();
        for HeldCall { arguments, stopped_by } in held_back(tool, &comparison) {
            if looks_inside && stopped_by.is_none() {
                let is_open = Rule::new(tool).asks_about_extent() && told.is_empty() && allows(name, arguments);
                if is_open {
                    found.extent(tool, None, dialect);
                    told.insert(String::new());
                }
                continue;
            }
            let path = stopped_by.map(Guard::parameters).unwrap_or_default().join(", ");
            if told.contains(&path) || !allows(name, arguments.clone()) {
                continue;
            }
            let what = format!("{name} is {}: the policy allows the call {arguments}", tool.assessment.category);
            // A file as it is written lets the call pass too, and the run says so.
            if lets(&stated, name, &arguments) {
                if stopped_by.is_some_and(|guard| guard.extent) {
                    found.extent(tool, Some(&path), dialect);
                    told.insert(path);
                } else if stopped_by.is_some() {
                    let text = format!("{what}, since the format {} cannot look at {path}.", dialect.name());
                    found.add("unguarded-argument", name, text);
                    told.insert(path);
                }
                continue;
            }
            let text = format!("{what}, the default for the tool is \"{by_default}\".");
            found.add("weaker-than-default", name, text);
            if stopped_by.is_none() {
                break;
            }
            told.insert(path);
        }
    }
    found.problems.sort_by(|a, b| a.tool.cmp(&b.tool));
    found.problems
}

/// A call that the default decision does not allow.
struct HeldCall<'g> {
    arguments: Value,
    /// The guard that stops it; `None` if it is the tool itself.
    stopped_by: Option<&'g Guard>,
}

/// True if `decision` allows the call.
fn lets(decision: &Decision, tool: &str, arguments: &Value) -> bool {
    let decisions =
        Decisions { default: PolicyAction::Deny, tools: [(tool.to_owned(), decision.clone())].into(), every: None };
    let call = Call { tool: tool.to_owned(), arguments: arguments.clone(), at: 0 };
    evaluate(&decisions, &call).outcome == Outcome::Allowed
}

/// Calls of `tool` that its default decision does not allow: an ordinary one, one without arguments, and for each guard one
/// with each value that it stops.
fn held_back<'t>(tool: &'t ToolReport, comparison: &Comparison<'_>) -> Vec<HeldCall<'t>> {
    let ordinary = arguments(&tool.tool);
    let whole = [ordinary.clone(), serde_json::json!({})];
    let whole = whole.into_iter().map(|arguments| HeldCall { arguments, stopped_by: None });
    let stopped = tool.decision.guards.iter().flat_map(|guard| {
        let values = comparison.values_to_try(guard, &tool.tool.parameters);
        let path = guard.parameters().first().copied().unwrap_or_default();
        let call = |value| HeldCall { arguments: with(ordinary.clone(), path, value), stopped_by: Some(guard) };
        values.into_iter().map(call).collect::<Vec<_>>()
    });
    let is_held = |held: &HeldCall<'_>| !lets(&tool.decision, &tool.tool.name, &held.arguments);
    whole.chain(stopped).filter(is_held).collect()
}

/// `arguments` with `value` at the dotted `path`.
fn with(mut arguments: Value, path: &str, value: Value) -> Value {
    let mut place = &mut arguments;
    for key in path.split('.') {
        if !place.is_object() {
            *place = serde_json::json!({});
        }
        place = &mut place[key];
    }
    *place = value;
    arguments
}
