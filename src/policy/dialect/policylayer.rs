//! PolicyLayer's `policy.json`. It has no comments. `{}` allows a tool, a limit has a counter per grant, all of
//! `require` must hold, and a denial without conditions always applies.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::{Check, Condition, Decision, Guard, JsonTypes, Op, PolicyAction, RateLimit, Refusal};
use crate::policy::Rule;
use crate::policy::decisions::{Contents, RuleNames};
use crate::text::quote;

use super::allow_or_deny::AllowOrDeny;
use super::error::WriteError;
use super::proxy::Proxy;
use super::stated::Stated;

mod reader;

/// The reader accepts what is written here, and limits on all tools together.
pub(crate) const FORMAT: Proxy = Proxy {
    name: "policylayer",
    title: "PolicyLayer",
    reader: "PolicyLayer",
    tab: "policy.json",
    note: "JSON for PolicyLayer's hosted proxy.",
    file: "`policy.json`",
    download: "json",
    extension: "json",
    can: ["no: denied", "yes", "minute, hour, day", "all but optional patterns and totals"],
    checked: "documented",
    hides_refused: false,
    state,
    fits: None,
    write: |policy| file(&policy.rules, policy.default, policy.limits_on_all_tools()),
    fragment: |rule| file(std::slice::from_ref(rule), PolicyAction::Deny, &[]),
    remarks: |_| Vec::new(),
    read: Some(|validator, root| Contents { decisions: reader::file(validator, root), names: RuleNames::default() }),
};

/// What this format states for `rule`.
pub(crate) fn state(rule: &Rule) -> Stated {
    let mut stated = Stated::unless_wildcard(rule).with_guards(rule, |guard| expressible(rule, guard));
    let must_be_left_out = |guard: &Guard| matches!(&guard.check, Check::Refusal(refusal) if refusal.refused_when.iter().any(|c| c.op == Op::Exists));
    let decision = stated.decision.iter().filter(|decision| !decision.action.refuses());
    if decision.flat_map(|decision| &decision.guards).any(must_be_left_out) {
        stated.note.get_or_insert_with(|| OPTIONAL.into());
    }
    if !rule.decision.action.refuses() && rule.decision.guards.iter().any(|guard| guard.asks) {
        stated.note.get_or_insert_with(|| ASKS.into());
    }
    stated
}

/// A comparison that cannot be inverted has no form for optional arguments.
const OPTIONAL: &str =
    "This format cannot look at the value of an argument that may be left out, so a call that gives it is refused.";
/// Other formats require approval here.
const ASKS: &str = "This format cannot ask a person, so the calls about which one would be asked are refused.";

/// The guard as this format can express it. A condition that must hold fails for an absent argument, and one that
/// denies does not hold for it. Neither can negate a pattern.
fn expressible(rule: &Rule, guard: &Guard) -> Option<Guard> {
    let plain = |condition: &Condition| !condition.absent_passes || condition.op == Op::Exists;
    let check = match &guard.check {
        Check::Argument(condition) if !plain(condition) => {
            let opposite = condition.op.opposite();
            // A denial by order (`lt`, `gt`, ...) lets strings pass, so the schema must allow only numbers.
            let op = opposite.filter(|op| !op.is_order() || is_number(rule, &condition.parameter));
            // An argument that cannot be inspected must be absent.
            let given = || Condition { op: Op::Exists, value: true.into(), absent_passes: false, ..condition.clone() };
            let denied = op.map_or_else(given, |op| Condition { op, absent_passes: false, ..condition.clone() });
            Check::Refusal(Refusal { refused_when: vec![denied] })
        }
        Check::Refusal(refusal) if !refusal.refused_when.iter().all(plain) => return None,
        Check::Total(_) | Check::Unenforceable(_) => return None,
        check => check.clone(),
    };
    Some(Guard { check, asks: false, ..guard.clone() })
}

/// True if the schema allows only numbers at `path`.
fn is_number(rule: &Rule, path: &str) -> bool {
    let parameter = rule.parameters.iter().find(|parameter| parameter.path == path);
    let numbers = JsonTypes::from_names(["number", "integer", "null"]);
    parameter.is_some_and(|parameter| !parameter.types.is_empty() && parameter.types.are_in(numbers))
}

/// The whole file for `rules`.
pub fn file(rules: &[Rule], default: PolicyAction, all_tools: &[RateLimit]) -> Result<String, WriteError> {
    let mut counters = HashMap::new();
    let mut tools = Map::new();
    let mut hide = Vec::new();
    for rule in rules {
        if let Some(decision) = state(rule).decision {
            if decision.action == PolicyAction::Hide {
                hide.push(rule.tool.clone());
                continue;
            }
            let tool = Tool::new(decision, || counter(&rule.tool, &mut counters));
            tools.insert(rule.tool.clone(), serde_json::to_value(tool)?);
        }
    }
    let limit = |limit: &RateLimit| Limit::new(*limit, format!("all_tools_per_{}", limit.window_name()));
    let all_tools = (!all_tools.is_empty()).then(|| AllTools { limits: all_tools.iter().map(limit).collect() });
    let file = File { version: "1".into(), default: default.into(), hide, all_tools, tools };
    let text = serde_json::to_string_pretty(&file)?;
    Ok(quote::json(&text) + "\n")
}

#[derive(Serialize)]
struct File {
    version: String,
    default: AllowOrDeny,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hide: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    all_tools: Option<AllTools>,
    tools: Map<String, Value>,
}

/// What holds for all tools together.
#[derive(Serialize)]
struct AllTools {
    limits: Vec<Limit>,
}

#[derive(Default, Serialize)]
struct Tool {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    require: Vec<Comparison>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deny_if: Vec<Denial>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    limits: Vec<Limit>,
}

#[derive(Serialize)]
struct Denial {
    conditions: Vec<Comparison>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_deny: Option<String>,
}

#[derive(Serialize)]
struct Comparison {
    path: String,
    op: Op,
    value: Value,
}

#[derive(Serialize)]
struct Limit {
    counter: String,
    window: String,
    max: u32,
    scope: Scope,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Scope {
    Grant,
}

impl Limit {
    fn new(limit: RateLimit, counter: String) -> Self {
        Self { counter, window: limit.window_name().into(), max: limit.max, scope: Scope::Grant }
    }
}

impl Tool {
    fn new(decision: Decision, counter: impl FnOnce() -> String) -> Self {
        if decision.action != PolicyAction::Allow {
            let denial = Denial { conditions: Vec::new(), on_deny: decision.reason };
            return Self { deny_if: vec![denial], ..Self::default() };
        }
        let limit = decision.rate_limit.map(|limit| Limit::new(limit, counter()));
        let mut tool = Self { limits: limit.into_iter().collect(), ..Self::default() };
        for guard in decision.guards {
            match guard.check {
                Check::Argument(condition) => tool.require.push(condition.into()),
                Check::Refusal(refusal) => {
                    let conditions = refusal.refused_when.into_iter().map(Comparison::from).collect();
                    tool.deny_if.push(Denial { conditions, on_deny: guard.on_deny });
                }
                Check::Total(_) | Check::Unenforceable(_) => {}
            }
        }
        tool
    }
}

impl From<Condition> for Comparison {
    fn from(condition: Condition) -> Self {
        Self { path: format!("args.{}", condition.parameter), op: condition.op, value: condition.value }
    }
}

/// The lower-case name of the tool with the suffix `_rate`, numbered if names differ only in case. Two tools never
/// share a counter, since a numbered name no longer ends in `_rate`.
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
}
