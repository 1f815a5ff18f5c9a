//! PolicyLayer's `policy.json`. It has no room for comments: `{}` allows a tool, a limit keeps a counter per grant, and a
//! denial without conditions always holds.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::{Decision, PolicyAction, RateLimit};
use crate::policy::Rule;
use crate::text::quote;

use super::{Decisions, Plain, Stated};

/// What this format says for `rule`.
pub fn state(rule: &Rule) -> Stated {
    Stated::unless_wildcard(rule)
}

/// The whole file for `rules`.
pub fn file(rules: &[Rule], default: PolicyAction) -> Result<String, String> {
    let mut counters = HashMap::new();
    let mut tools = Map::new();
    for rule in rules {
        if let Some(decision) = state(rule).decision {
            let tool = Tool::of(decision, || counter(&rule.tool, &mut counters));
            tools.insert(rule.tool.clone(), serde_json::to_value(tool).map_err(|e| e.to_string())?);
        }
    }
    let file = File { version: "1".into(), default: default.into(), tools };
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
    if problems.is_empty() { Ok(Decisions { default: file.default.into(), tools, every: None }) } else { Err(problems) }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File<T = Map<String, Value>> {
    version: String,
    default: Plain,
    tools: T,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tool {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    deny_if: Vec<Denial>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    limits: Vec<Limit>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Denial {
    conditions: Vec<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on_deny: Option<String>,
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
        match (decision.action, decision.rate_limit) {
            (PolicyAction::Approve | PolicyAction::Deny | PolicyAction::Hide, _) => {
                let denial = Denial { conditions: Vec::new(), on_deny: decision.reason };
                Self { deny_if: vec![denial], ..Self::default() }
            }
            (PolicyAction::Allow, None) => Self::default(),
            (PolicyAction::Allow, Some(limit)) => {
                let window = limit.window_name().into();
                let limit = Limit { counter: counter(), window, max: limit.max, scope: Scope::Grant };
                Self { limits: vec![limit], ..Self::default() }
            }
        }
    }

    fn decision(self) -> Result<Decision, String> {
        let limit = match self.limits.as_slice() {
            [] => None,
            [limit] => Some(limit.rate_limit()?),
            _ => return Err("several limits are more than one answer".into()),
        };
        match (self.deny_if.into_iter().next(), limit) {
            (Some(denial), _) if !denial.conditions.is_empty() => {
                Err("conditions make its answer depend on the call".into())
            }
            (Some(denial), _) => Ok(Decision::deny(denial.on_deny)),
            (None, rate_limit) => Ok(Decision { rate_limit, ..Decision::allow() }),
        }
    }
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
            (r#"{"deny_if": [{"conditions": [{"path": "args.a"}]}]}"#.into(), "depend on the call"),
            (r#"{"deny": true}"#.into(), "unknown field"),
        ] {
            let text = format!(r#"{{"version": "1", "default": "deny", "tools": {{"t": {tool}}}}}"#);
            let problems = read(&text).err().unwrap_or_default();
            assert!(problems.len() == 1 && problems[0].contains(want), "{tool}: {problems:?}");
        }
        assert!(read(r#"{"version": "2", "default": "deny", "tools": {}}"#).unwrap_err()[0].contains("version"));
    }
}
