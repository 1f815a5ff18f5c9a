//! Checks a policy that only its engine can decide, by calls that the default policy of the server holds back.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Problem, ProblemList};
use crate::model::{Guard, PolicyAction, ServerReport, ToolReport};
use crate::policy::engines::EnginePolicy;
use crate::policy::example_call::arguments;
use crate::policy::implication::refused_values;
use crate::policy::{Call, Decisions, Outcome, evaluate};
use crate::rules::Ruleset;

/// A name that no server gives a tool.
const UNNAMED: &str = "a tool that no policy names";

/// The problems of `policy` for `server`: what it allows although the default policy holds it back.
pub(crate) fn check_by_calls(policy: &mut EnginePolicy, server: &ServerReport, ruleset: &Ruleset) -> Vec<Problem> {
    let mut found = ProblemList { places: BTreeMap::new(), entries: &ruleset.policy_problems, problems: Vec::new() };
    let mut allows = |tool: &str, arguments: Value| {
        policy.decide(&Call { tool: tool.into(), arguments, at: 0 }).outcome == Outcome::Allowed
    };
    if allows(UNNAMED, serde_json::json!({})) {
        found.add("open-default", "*", "The default allows every tool that the policy does not name.".into());
    }
    for tool in &server.tools {
        let name = &tool.tool.name;
        let Some(call) = held_back(tool).into_iter().find(|arguments| allows(name, arguments.clone())) else {
            continue;
        };
        let text = format!(
            "{name} is {}: the policy allows the call {call}, the default for the tool is \"{}\".",
            tool.assessment.category,
            tool.decision.words()
        );
        found.add("weaker-than-default", name, text);
    }
    found.problems.sort_by(|a, b| a.tool.cmp(&b.tool));
    found.problems
}

/// Calls of `tool` that its default decision does not allow.
fn held_back(tool: &ToolReport) -> Vec<Value> {
    let ordinary = arguments(&tool.tool);
    let essential = tool.decision.guards.iter().filter(|guard| guard.essential).flat_map(Guard::conditions);
    let refused = essential.flat_map(|condition| {
        let values = refused_values(condition, &tool.tool.parameters);
        values.into_iter().map(|value| with(ordinary.clone(), &condition.parameter, value))
    });
    let calls: Vec<Value> = [ordinary.clone(), serde_json::json!({})].into_iter().chain(refused).collect();
    let decisions = Decisions {
        default: PolicyAction::Deny,
        tools: [(tool.tool.name.clone(), tool.decision.clone())].into(),
        every: None,
    };
    let is_held = |arguments: &Value| {
        let call = Call { tool: tool.tool.name.clone(), arguments: arguments.clone(), at: 0 };
        evaluate(&decisions, &call).outcome != Outcome::Allowed
    };
    calls.into_iter().filter(is_held).collect()
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
