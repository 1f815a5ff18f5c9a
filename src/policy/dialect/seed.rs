//! The YAML rule shape printed on public tool pages: one rule per tool with an action, a limit in seconds, and a reason.
//! An allowed Execute tool must also get its required arguments.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::{Category, Check, Decision, Guard, Op, PolicyAction, RateLimit};
use crate::policy::Rule;

use super::{Decisions, Plain, Stated, yaml};

/// How this format says a rule.
pub const SHAPE: yaml::Shape = yaml::Shape { template: "seed.yaml", remark: None, state };

/// What this format says for `rule`.
pub fn state(rule: &Rule) -> Stated {
    let mut stated = Stated::unless_wildcard(rule).with_guards(|_| None);
    if let Some(decision) = stated.decision.as_mut().filter(|decision| decision.action == PolicyAction::Hide) {
        decision.action = PolicyAction::Deny;
        stated.note = Some("This format cannot hide a tool, so it is denied.".into());
    }
    // All that this format can ask of the arguments is that they are there; its template says so for Execute tools.
    if rule.category == Category::Execute && only_required(rule) {
        stated.unsaid = None;
    }
    stated
}

/// True when the guards ask no more than that what is required is given.
fn only_required(rule: &Rule) -> bool {
    let exists = |guard: &Guard| matches!(&guard.check, Check::Argument(condition) if condition.op == Op::Exists && condition.value == true);
    rule.decision.guards.iter().all(exists)
}

/// What the file answers for each tool, or everything that is wrong with it.
pub fn read(text: &str) -> Result<Decisions, Vec<String>> {
    let file: File = yaml::parse(text)?;
    let mut problems = Vec::new();
    if file.version.as_deref().is_some_and(|version| version != "1") {
        problems.push(format!("version must be \"1\", got {:?}", file.version.unwrap_or_default()));
    }
    let mut tools = BTreeMap::new();
    for (name, tool) in file.tools {
        if name == "*" {
            problems.push("\"*\" speaks of every tool and is no answer for one".into());
        }
        match decision(tool) {
            Ok(decision) => {
                tools.insert(name, decision);
            }
            Err(problem) => problems.push(format!("tools.{name}: {problem}")),
        }
    }
    let default = file.default.map_or(PolicyAction::Allow, PolicyAction::from);
    if problems.is_empty() { Ok(Decisions { default, tools, every: None }) } else { Err(problems) }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: Option<String>,
    #[serde(rename = "description")]
    _description: Option<String>,
    default: Option<Plain>,
    tools: BTreeMap<String, Tool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tool {
    rules: [ToolRule; 1],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToolRule {
    action: Plain,
    rate_limit: Option<Limit>,
    #[serde(rename = "validate")]
    _validate: Option<Validate>,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    max: u32,
    /// Seconds.
    window: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Validate {
    #[serde(rename = "required_args")]
    _required_args: bool,
}

fn decision(tool: Tool) -> Result<Decision, String> {
    let [ToolRule { action, rate_limit, reason, .. }] = tool.rules;
    match (action, &rate_limit, &reason) {
        (Plain::Deny, Some(_), _) => Err("a denied tool has no rate_limit".into()),
        (Plain::Allow, _, Some(_)) => Err("an allowed tool has no reason".into()),
        _ => {
            let rate_limit = rate_limit.map(|limit| RateLimit::new(limit.max, limit.window)).transpose()?;
            Ok(Decision { action: action.into(), rate_limit, reason, guards: Vec::new() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_rules_reads_as_it_says() {
        let text = "
tools:
  create_note: {rules: [{action: allow, rate_limit: {max: 30, window: 60}}]}
  drop_note: {rules: [{action: deny, reason: Ask first.}]}
";
        let read = read(text).unwrap();
        assert_eq!(read.of("create_note").rate_limit, RateLimit::per(30, "minute"));
        assert_eq!(read.of("drop_note").reason.as_deref(), Some("Ask first."));
        assert_eq!(read.of("other").action, PolicyAction::Allow);
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        for (rules, want) in [
            ("[]", "rules"),
            ("[{action: allow}, {action: deny}]", "rules"),
            ("[{name: n, action: allow}]", "name"),
            ("[{action: allow, rate_limit: 30/minute}]", "rate_limit"),
            ("[{action: deny, rate_limit: {max: 1, window: 60}}]", "no rate_limit"),
            ("[{action: allow, reason: r}]", "no reason"),
            ("[{action: allow, rate_limit: {max: 0, window: 60}}]", "from 1"),
            ("[{action: allow, rate_limit: {max: 5, window: 90}}]", "got 90"),
        ] {
            let problems = read(&format!("tools:\n  t:\n    rules: {rules}\n")).unwrap_err();
            assert!(problems.len() == 1 && problems[0].contains(want), "{rules}: {problems:?}");
        }
    }
}
