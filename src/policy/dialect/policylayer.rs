//! PolicyLayer's `policy.json`. It has no room for comments: `{}` allows a tool, a limit keeps a counter per grant, what is
//! required must hold, and a denial without conditions always holds.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::{Check, Condition, Decision, Guard, Op, PolicyAction, RateLimit};
use crate::policy::Rule;
use crate::text::quote;

use super::{Decisions, Plain, Stated};

/// What this format says for `rule`.
pub fn state(rule: &Rule) -> Stated {
    Stated::unless_wildcard(rule).with_guards(said)
}

/// The guard, if this format can say it: a condition that must hold fails for an argument that is not given, one that
/// denies does not, and neither can negate a pattern.
fn said(guard: &Guard) -> Option<Guard> {
    let Check::Argument(condition) = &guard.check else { return None };
    let can = !condition.absent_passes || condition.op == Op::Exists || condition.op.opposite().is_some();
    can.then(|| guard.clone())
}

/// The whole file for `rules`.
pub fn file(rules: &[Rule], default: PolicyAction) -> Result<String, String> {
    let mut counters = HashMap::new();
    let mut tools = Map::new();
    let mut hide = Vec::new();
    for rule in rules {
        if let Some(decision) = state(rule).decision {
            if decision.action == PolicyAction::Hide {
                hide.push(rule.tool.clone());
                continue;
            }
            let tool = Tool::of(decision, || counter(&rule.tool, &mut counters));
            tools.insert(rule.tool.clone(), serde_json::to_value(tool).map_err(|e| e.to_string())?);
        }
    }
    let file = File { version: "1".into(), default: default.into(), hide, tools };
    let text = serde_json::to_string_pretty(&file).map_err(|e| e.to_string())?;
    Ok(quote::json(&text) + "\n")
}

/// What the file answers for each tool, or everything that is wrong with it. Read is the part of the format that is
/// written here.
pub fn read(text: &str) -> Result<Decisions, Vec<String>> {
    let file: File<BTreeMap<String, Tool>> = serde_json::from_str(text).map_err(|e| vec![e.to_string()])?;
    let mut problems = Vec::new();
    if file.version != "1" {
        problems.push(format!("version must be \"1\", got {:?}", file.version));
    }
    let mut tools = BTreeMap::new();
    for (name, tool) in file.tools {
        match tool.decision() {
            Ok(decision) => {
                tools.insert(name, decision);
            }
            Err(problem) => problems.push(format!("tools.{name}: {problem}")),
        }
    }
    if file.hide.iter().any(|name| name == "*") {
        problems.push("\"*\" under hide leaves no tool".into());
    }
    tools.extend(file.hide.into_iter().map(|name| (name, Decision::hide())));
    if problems.is_empty() { Ok(Decisions { default: file.default.into(), tools, every: None }) } else { Err(problems) }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File<T = Map<String, Value>> {
    version: String,
    default: Plain,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hide: Vec<String>,
    tools: T,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tool {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    require: Vec<Comparison>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    deny_if: Vec<Denial>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    limits: Vec<Limit>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Denial {
    conditions: Vec<Comparison>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on_deny: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Comparison {
    path: String,
    op: Op,
    value: Value,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    counter: String,
    window: String,
    max: u32,
    scope: Scope,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scope {
    Grant,
}

impl Tool {
    fn of(decision: Decision, counter: impl FnOnce() -> String) -> Self {
        if decision.action != PolicyAction::Allow {
            let denial = Denial { conditions: Vec::new(), on_deny: decision.reason };
            return Self { deny_if: vec![denial], ..Self::default() };
        }
        let limit = decision.rate_limit.map(|limit| {
            let window = limit.window_name().into();
            Limit { counter: counter(), window, max: limit.max, scope: Scope::Grant }
        });
        let mut tool = Self { limits: limit.into_iter().collect(), ..Self::default() };
        for guard in decision.guards {
            if let Check::Argument(condition) = guard.check {
                let path = format!("args.{}", condition.parameter);
                let comparison = |op| Comparison { path, op, value: condition.value };
                match condition.op.opposite().filter(|_| condition.absent_passes) {
                    Some(op) => tool.deny_if.push(Denial { conditions: vec![comparison(op)], on_deny: guard.on_deny }),
                    None => tool.require.push(comparison(condition.op)),
                }
            }
        }
        tool
    }

    fn decision(self) -> Result<Decision, String> {
        let rate_limit = match self.limits.as_slice() {
            [] => None,
            [limit] => Some(limit.rate_limit()?),
            _ => return Err("several limits are more than one answer".into()),
        };
        if let Some(denial) = self.deny_if.iter().find(|denial| denial.conditions.is_empty()) {
            return Ok(Decision::deny(denial.on_deny.clone()));
        }
        let required = self.require.into_iter().enumerate().map(|(at, comparison)| {
            let condition = comparison.condition(false)?;
            Ok(guard(format!("require {}", at + 1), condition, None))
        });
        let denied = self.deny_if.into_iter().enumerate().map(|(at, denial)| {
            let [comparison] = denial.conditions.as_slice() else {
                return Err("a denial with several conditions cannot be turned into one that must hold".to_owned());
            };
            let turned = comparison.op.opposite().map(|op| Comparison { op, ..comparison.clone() });
            let turned = turned.ok_or_else(|| format!("a denial by {} cannot be turned", comparison.op.name()))?;
            Ok(guard(format!("deny_if {}", at + 1), turned.condition(true)?, denial.on_deny))
        });
        let guards = required.chain(denied).collect::<Result<_, String>>()?;
        Ok(Decision { rate_limit, guards, ..Decision::allow() })
    }
}

impl Comparison {
    fn condition(&self, absent_passes: bool) -> Result<Condition, String> {
        let parameter = self.path.strip_prefix("args.");
        let parameter = parameter.ok_or_else(|| format!("a path must start with \"args.\", got {:?}", self.path))?;
        Ok(Condition { parameter: parameter.to_owned(), op: self.op, value: self.value.clone(), absent_passes })
    }
}

/// A guard whose place in the file names it, since nothing else does.
fn guard(id: String, condition: Condition, on_deny: Option<String>) -> Guard {
    Guard { id, check: Check::Argument(condition), cause: None, essential: false, fill_in: false, on_deny }
}

impl Limit {
    fn rate_limit(&self) -> Result<RateLimit, String> {
        let limit = RateLimit::per(self.max, &self.window);
        limit.ok_or_else(|| format!("a limit is at least 1 per minute, hour or day, got {}/{}", self.max, self.window))
    }
}

/// The tool's lower-cased name and `_rate`, numbered where names differ only in case: two tools never share a counter,
/// since what is numbered no longer ends in `_rate`.
fn counter(tool: &str, taken: &mut HashMap<String, usize>) -> String {
    let base = format!("{}_rate", tool.to_lowercase());
    let count = taken.entry(base.clone()).or_default();
    *count += 1;
    if *count == 1 { base } else { format!("{base}_{count}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_never_shared() {
        let mut taken = HashMap::new();
        let mut next = |tool: &str| counter(tool, &mut taken);
        assert_eq!(next("runQuery"), "runquery_rate");
        assert_eq!(next("RunQuery"), "runquery_rate_2");
        assert_eq!(next("webhook-send"), "webhook-send_rate");
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        let limit = |max: u32, window: &str| {
            format!(r#"{{"limits": [{{"counter": "c", "window": "{window}", "max": {max}, "scope": "grant"}}]}}"#)
        };
        for (tool, want) in [
            (limit(0, "minute"), "at least 1"),
            (limit(5, "week"), "5/week"),
            (
                r#"{"deny_if": [{"conditions": [{"path": "args.a", "op": "regex", "value": "x"}]}]}"#.into(),
                "cannot be turned",
            ),
            (r#"{"require": [{"path": "a", "op": "eq", "value": 1}]}"#.into(), "must start with"),
            (r#"{"deny": true}"#.into(), "unknown field"),
        ] {
            let text = format!(r#"{{"version": "1", "default": "deny", "tools": {{"t": {tool}}}}}"#);
            let problems = read(&text).err().unwrap_or_default();
            assert!(problems.len() == 1 && problems[0].contains(want), "{tool}: {problems:?}");
        }
        assert!(read(r#"{"version": "2", "default": "deny", "tools": {}}"#).unwrap_err()[0].contains("version"));
    }
}
