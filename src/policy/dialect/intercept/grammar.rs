//! The rules of the version 1 grammar, restated: what its loader and its validator refuse is refused here, and keys that
//! it would pass over without a word are refused too.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::model::{self, Adds, Check, Guard, Op, RateLimit, Total};
use crate::policy::dialect::Plain;

/// A policy file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// `"1"`, a string.
    pub version: String,
    /// For people.
    #[serde(rename = "description")]
    pub _description: Option<String>,
    /// Allow when it is not given.
    pub default: Option<Plain>,
    /// Tools that the client does not see and cannot call.
    #[serde(default)]
    pub hide: Vec<String>,
    /// The rules of each tool, and of every tool under `*`.
    pub tools: BTreeMap<String, Tool>,
}

/// The rules of one tool; all of them must let a call pass.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// None means that every call passes.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Required; checked by [`problems`], which can tell where it is missing.
    pub name: Option<String>,
    /// Evaluate when it is not given.
    pub action: Option<Action>,
    /// `5/hour`: short for a condition and a state.
    pub rate_limit: Option<String>,
    /// All must hold.
    #[serde(default)]
    pub conditions: Vec<Condition>,
    /// The sentence an agent gets back.
    pub on_deny: Option<String>,
    /// A counter.
    pub state: Option<State>,
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Denies unless every condition holds.
    Evaluate,
    /// Denies.
    Deny,
}

/// One comparison.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    path: String,
    op: String,
    value: Value,
}

/// A counter that a rule keeps.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    counter: String,
    window: String,
    increment: Option<i64>,
    increment_from: Option<String>,
}

/// Everything that is wrong with `file`, each with its place, in the order of the tools' names.
pub fn problems(file: &File) -> Vec<String> {
    let mut problems = Vec::new();
    if file.version != "1" {
        problems.push(format!("version must be \"1\", got {:?}", file.version));
    }
    problems.extend(hide_problems(&file.hide));
    for (name, tool) in &file.tools {
        let mut counters = BTreeSet::new();
        for (i, rule) in tool.rules.iter().enumerate() {
            let at = format!("tools.{name}.rules[{i}]");
            if let Some(counter) = rule.counter()
                && !counters.insert(counter.clone())
            {
                problems.push(format!("{at}: an earlier rule of this tool has the counter {counter:?} too"));
            }
            let found = rule_problems(name, rule).into_iter().chain(reference_problems(file, rule));
            problems.extend(found.map(|problem| format!("{at}: {problem}")));
        }
    }
    problems
}

fn hide_problems(hide: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    for (i, name) in hide.iter().enumerate() {
        if name.trim().is_empty() {
            problems.push(format!("hide[{i}]: an entry must not be empty"));
        } else if !seen.insert(name) {
            problems.push(format!("hide[{i}]: {name:?} stands twice"));
        }
    }
    problems
}

/// `5/hour` as a limit, or why it is none.
pub fn rate_limit(text: &str) -> Result<RateLimit, String> {
    let (count, window) = text.split_once('/').ok_or("rate_limit must be COUNT/WINDOW, like 5/hour")?;
    let digits = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
    let max = count.parse().ok().filter(|max| digits && *max > 0);
    let max = max.ok_or_else(|| format!("rate_limit must count from 1, got {count:?}"))?;
    RateLimit::per(max, window).ok_or_else(|| format!("rate_limit must be per minute, hour or day, got {window:?}"))
}

impl Rule {
    /// The name of the counter it keeps, its own or that of its rate limit.
    fn counter(&self) -> Option<String> {
        let window = self.rate_limit.as_deref().and_then(|limit| limit.split_once('/'));
        self.state.as_ref().map(|s| s.counter.clone()).or_else(|| window.map(|(_, window)| format!("_rate_{window}")))
    }
}

impl Rule {
    /// What it asks, as a guard of that name.
    pub fn guard(&self, check: Check) -> Guard {
        Guard {
            id: self.name.clone().unwrap_or_default(),
            check,
            cause: None,
            essential: false,
            fill_in: false,
            on_deny: self.on_deny.clone(),
        }
    }

    /// Its conditions as guards; `scope` is its tool's part of the path of a counter.
    pub fn guards(&self, scope: &str) -> Result<Vec<Guard>, String> {
        self.conditions.iter().map(|condition| Ok(self.guard(self.check(condition, scope)?))).collect()
    }

    fn check(&self, condition: &Condition, scope: &str) -> Result<Check, String> {
        let Condition { path, op, value } = condition;
        let op = Op::from_name(op).ok_or_else(|| format!("unknown operator {op:?}"))?;
        if let Some(parameter) = path.strip_prefix("args.") {
            let (parameter, value) = (parameter.to_owned(), value.clone());
            return Ok(Check::Argument(model::Condition { parameter, op, value, absent_passes: false }));
        }
        let state = self.state.as_ref().filter(|state| *path == format!("state.{scope}.{}", state.counter));
        let state = state.ok_or_else(|| format!("{path} is the counter of another rule"))?;
        let limit = value.as_f64().filter(|value| *value >= 0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut as the engine cuts it")]
        let max = match (op, limit) {
            (Op::Lt, Some(limit)) => (limit as u64).saturating_sub(1),
            (Op::Lte, Some(limit)) => limit as u64,
            _ => return Err(format!("a counter is held by lt or lte, got {} {value}", op.name())),
        };
        let window_seconds = RateLimit::per(1, &state.window).map_or(60, |limit| limit.window_seconds);
        let adds = match state.increment_from.as_deref().and_then(|from| from.strip_prefix("args.")) {
            Some(path) => Adds::Argument(path.to_owned()),
            None => Adds::Each(state.increment.map_or(1, |step| u32::try_from(step).unwrap_or(1))),
        };
        Ok(Check::Total(Total { adds, window_seconds, max }))
    }
}

fn rule_problems(tool: &str, rule: &Rule) -> Vec<String> {
    let mut problems = Vec::new();
    if rule.name.as_deref().is_none_or(str::is_empty) {
        problems.push("a rule must have a name".to_owned());
    }
    let denies = rule.action == Some(Action::Deny);
    if denies && !rule.conditions.is_empty() {
        problems.push("a deny rule must not have conditions".into());
    }
    match &rule.rate_limit {
        Some(limit) => problems.extend(rate_limit_problems(tool, rule, limit, denies)),
        None if !denies && rule.conditions.is_empty() => {
            problems.push("an evaluate rule must have at least one condition".into());
        }
        None => {}
    }
    problems.extend(rule.conditions.iter().flat_map(condition_problems));
    problems.extend(rule.state.iter().flat_map(state_problems));
    problems
}

fn rate_limit_problems(tool: &str, rule: &Rule, limit: &str, denies: bool) -> Vec<String> {
    let mut problems: Vec<String> = rate_limit(limit).err().into_iter().collect();
    if denies {
        problems.push("rate_limit cannot stand in a deny rule".into());
    }
    if !rule.conditions.is_empty() || rule.state.is_some() {
        problems.push("rate_limit cannot stand beside conditions or state".into());
    }
    if tool.contains('.') {
        problems.push("rate_limit cannot count calls of a tool with a dot in its name".into());
    }
    problems
}

fn condition_problems(condition: &Condition) -> Vec<String> {
    let Condition { path, op, value } = condition;
    let mut problems = Vec::new();
    if !path.starts_with("args.") && !path.starts_with("state.") {
        problems.push(format!("a path must start with \"args.\" or \"state.\", got {path:?}"));
    }
    let fits = match Op::from_name(op) {
        Some(Op::Eq | Op::Neq | Op::Contains) => Ok(()),
        Some(Op::In | Op::NotIn) => value.is_array().then_some(()).ok_or("a list"),
        Some(Op::Lt | Op::Lte | Op::Gt | Op::Gte) => value.is_number().then_some(()).ok_or("a number"),
        Some(Op::Regex) => value.is_string().then_some(()).ok_or("a string"),
        Some(Op::Exists) => value.is_boolean().then_some(()).ok_or("true or false"),
        None => {
            problems.push(format!("unknown operator {op:?}"));
            Ok(())
        }
    };
    if let Err(wanted) = fits {
        problems.push(format!("the operator {op:?} needs {wanted}, got {value}"));
    }
    problems
}

fn state_problems(state: &State) -> Vec<String> {
    let mut problems = Vec::new();
    if state.counter.is_empty() {
        problems.push("a counter must have a name".to_owned());
    }
    if RateLimit::per(1, &state.window).is_none() {
        problems.push(format!("a window must be minute, hour or day, got {:?}", state.window));
    }
    if let Some(from) = state.increment_from.as_ref().filter(|from| !from.starts_with("args.")) {
        problems.push(format!("increment_from must start with \"args.\", got {from:?}"));
    }
    problems
}

/// A condition on a counter needs a rule that keeps it. The tool's part of the path ends at the second dot.
fn reference_problems(file: &File, rule: &Rule) -> Vec<String> {
    let is_kept = |tool: &str, counter: &str| {
        let tool = file.tools.get(tool).or_else(|| file.tools.get("*").filter(|_| tool == "_global"));
        tool.is_some_and(|tool| tool.rules.iter().any(|rule| rule.counter().as_deref() == Some(counter)))
    };
    let read = rule.conditions.iter().filter_map(|c| c.path.strip_prefix("state.")?.split_once('.'));
    let missing = read.filter(|(tool, counter)| !is_kept(tool, counter));
    missing.map(|(tool, counter)| format!("no rule keeps the counter state.{tool}.{counter}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(rules: &str) -> Vec<String> {
        let text = format!("version: \"1\"\ntools:\n  t:\n    rules: {rules}\n");
        problems(&serde_saphyr::from_str(&text).unwrap())
    }

    #[test]
    fn what_the_grammar_allows_has_no_problems() {
        for rules in [
            "[]",
            "[{name: n, rate_limit: 5/hour, on_deny: Wait.}]",
            "[{name: a, rate_limit: 5/hour}, {name: b, rate_limit: 20/day}]",
            "[{name: n, action: deny, on_deny: No.}]",
            "[{name: n, conditions: [{path: args.a.b, op: in, value: [x, y]}, {path: args.c, op: exists, value: false}]}]",
            "[{name: n, conditions: [{path: state.t.spent, op: lte, value: 100}], state: {counter: spent, window: day, \
             increment_from: args.amount}}]",
        ] {
            assert_eq!(problems_of(rules), [""; 0], "{rules}");
        }
    }

    #[test]
    fn what_the_engine_refuses_is_told() {
        for (rules, want) in [
            ("[{rate_limit: 30/hour}]", "must have a name"),
            ("[{name: '', action: deny}]", "must have a name"),
            ("[{name: n}]", "at least one condition"),
            ("[{name: n, action: evaluate}]", "at least one condition"),
            ("[{name: n, action: deny, conditions: [{path: args.a, op: eq, value: 1}]}]", "must not have conditions"),
            ("[{name: n, rate_limit: thirty/hour}]", "must count from 1"),
            ("[{name: n, rate_limit: 0/hour}]", "must count from 1"),
            ("[{name: n, rate_limit: +5/hour}]", "must count from 1"),
            ("[{name: n, rate_limit: 5/week}]", "minute, hour or day"),
            ("[{name: n, rate_limit: '5'}]", "COUNT/WINDOW"),
            ("[{name: n, action: deny, rate_limit: 5/hour}]", "in a deny rule"),
            ("[{name: n, rate_limit: 5/hour, state: {counter: c, window: day}}]", "beside conditions or state"),
            ("[{name: a, rate_limit: 5/hour}, {name: b, rate_limit: 9/hour}]", "an earlier rule"),
            ("[{name: n, conditions: [{path: amount, op: eq, value: 1}]}]", "must start with"),
            ("[{name: n, conditions: [{path: args.a, op: like, value: 1}]}]", "unknown operator"),
            ("[{name: n, conditions: [{path: args.a, op: in, value: 1}]}]", "needs a list"),
            ("[{name: n, conditions: [{path: args.a, op: lte, value: many}]}]", "needs a number"),
            ("[{name: n, conditions: [{path: args.a, op: exists, value: 1}]}]", "needs true or false"),
            ("[{name: n, conditions: [{path: args.a, op: regex, value: 1}]}]", "needs a string"),
            ("[{name: n, conditions: [{path: state.t.c, op: lte, value: 1}]}]", "no rule keeps"),
            ("[{name: n, action: deny, state: {counter: '', window: day}}]", "a counter must have a name"),
            ("[{name: n, action: deny, state: {counter: c, window: week}}]", "a window must be"),
            ("[{name: n, action: deny, state: {counter: c, window: day, increment_from: amount}}]", "increment_from"),
        ] {
            let problems = problems_of(rules);
            assert!(problems.len() == 1 && problems[0].contains(want), "{rules}: {problems:?}");
            assert!(problems[0].starts_with("tools.t.rules["), "{problems:?}");
        }
    }

    #[test]
    fn a_limit_on_a_dotted_name_is_refused() {
        let text = "version: '1'\ntools:\n  issues.list:\n    rules: [{name: n, rate_limit: 5/hour}]\n";
        let problems = problems(&serde_saphyr::from_str(text).unwrap());
        assert!(problems.len() == 1 && problems[0].contains("dot in its name"), "{problems:?}");
    }

    #[test]
    fn unknown_keys_and_wrong_types_do_not_load() {
        for (text, want) in [
            ("version: '1'\ntools: {t: {rules: [{name: n, action: deny, reason: No.}]}}", "reason"),
            ("version: '1'\ntools: {t: {rules: [{name: n, action: allow}]}}", "allow"),
            ("version: '1'\ntools: {t: {rules: [{name: n, rate_limit: {max: 5, window: 60}}]}}", "rate_limit"),
            ("version: '1'\ntools: {}\ntols: {}", "tols"),
            ("version: '1'\ndefault: block\ntools: {}", "block"),
            ("version: '1'\ntools: {t: {rules: []}, t: {rules: []}}", "duplicate"),
            ("tools: {}", "version"),
        ] {
            let error = serde_saphyr::from_str::<File>(text).unwrap_err().to_string();
            assert!(error.contains(want), "{text}: {error}");
        }
    }
}
