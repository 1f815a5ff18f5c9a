//! The YAML that version 1 of the Intercept proxy loads.
//!
//! Under `default: deny` a tool with `rules: []` is allowed. A limit is written in the short form, which the engine turns
//! into a counter `state.TOOL._rate_WINDOW` and then reads up to the second dot: a limit on a tool whose name holds a
//! dot makes it refuse the whole file, so such a tool is denied instead.

use std::collections::BTreeMap;

use crate::model::{Decision, PolicyAction};
use crate::policy::Rule;

use super::{Decisions, Stated, yaml};

mod grammar;

/// How this format says a rule.
pub const SHAPE: yaml::Shape = yaml::Shape { template: "intercept.yaml", state };

/// What this format says for `rule`.
pub fn state(rule: &Rule) -> Stated {
    let limited = rule.decision.action == PolicyAction::Allow && rule.decision.rate_limit.is_some();
    if !(limited && rule.tool.contains('.')) {
        return Stated::unless_wildcard(rule);
    }
    let reason = "Calls of a tool with a dot in its name cannot be counted, so it may not be called without a limit.";
    let note =
        "This format cannot limit a tool with a dot in its name, so it is denied; `rules: []` allows it unlimited.";
    let decision = Decision::deny(Some(reason.into()));
    Stated { decision: Some(decision), note: Some(note.into()) }
}

/// What the file answers for each tool, or everything that is wrong with it.
pub fn read(text: &str) -> Result<Decisions, Vec<String>> {
    let file: grammar::File = yaml::parse(text)?;
    let mut problems = grammar::problems(&file);
    let mut tools = BTreeMap::new();
    for (name, tool) in &file.tools {
        match decision(&tool.rules) {
            Ok(decision) => {
                tools.insert(name.clone(), decision);
            }
            Err(problem) => problems.push(format!("tools.{name}: {problem}")),
        }
    }
    tools.extend(file.hide.iter().map(|name| (name.clone(), Decision::hide())));
    if file.tools.contains_key("*") || file.hide.iter().any(|name| name == "*") {
        problems.push("\"*\" speaks of every tool and is no answer for one".into());
    }
    let default = file.default.map_or(PolicyAction::Allow, PolicyAction::from);
    if problems.is_empty() { Ok(Decisions { default, tools, every: None }) } else { Err(problems) }
}

/// The one answer that a tool's rules amount to.
fn decision(rules: &[grammar::Rule]) -> Result<Decision, &'static str> {
    if let Some(deny) = rules.iter().find(|rule| rule.action == Some(grammar::Action::Deny)) {
        return Ok(Decision::deny(deny.on_deny.clone()));
    }
    let rate_limit = match rules {
        [] => None,
        [rule] if rule.conditions.is_empty() => rule.rate_limit.as_deref().and_then(|l| grammar::rate_limit(l).ok()),
        [_] => return Err("conditions make its answer depend on the call"),
        _ => return Err("several rules are more than one answer"),
    };
    Ok(Decision { rate_limit, ..Decision::allow() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RateLimit;

    #[test]
    fn a_file_reads_as_what_the_engine_does() {
        let text = "
version: '1'
default: deny
hide: [secret]
tools:
  look: {rules: []}
  change: {rules: [{name: limit, rate_limit: 5/hour, on_deny: Wait.}]}
  drop: {rules: [{name: never, action: deny, on_deny: No.}]}
";
        let read = read(text).unwrap();
        let limit = RateLimit::per(5, "hour");
        let of = |tool: &str| (read.of(tool).action, read.of(tool).rate_limit, read.of(tool).reason);
        assert_eq!(of("look"), (PolicyAction::Allow, None, None));
        assert_eq!(of("change"), (PolicyAction::Allow, limit, None));
        assert_eq!(of("drop"), (PolicyAction::Deny, None, Some("No.".into())));
        assert_eq!(of("secret"), (PolicyAction::Hide, None, None));
        assert_eq!(of("unnamed"), (PolicyAction::Deny, None, None));
    }

    #[test]
    fn without_a_default_everything_else_is_allowed() {
        assert_eq!(read("version: \"1\"\ntools: {}\n").unwrap().of("any").action, PolicyAction::Allow);
    }

    #[test]
    fn what_is_no_single_answer_is_told() {
        let conditions = "rules: [{name: n, conditions: [{path: args.a, op: eq, value: 1}]}]";
        let two = "rules: [{name: a, rate_limit: 1/day}, {name: b, rate_limit: 1/hour}]";
        for (tool, want) in [(conditions, "depend on the call"), (two, "more than one answer")] {
            let problems = read(&format!("version: '1'\ntools: {{t: {{{tool}}}}}")).unwrap_err();
            assert!(problems.len() == 1 && problems[0].contains(want), "{problems:?}");
        }
        assert!(read("version: '1'\ntools: {'*': {rules: []}}").unwrap_err()[0].contains("every tool"));
    }
}
