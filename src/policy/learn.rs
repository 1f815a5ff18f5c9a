//! Learns a policy from recorded calls: allows what was seen, with a margin. The guards of the profile hold beside what was
//! learnt, as far as all recorded calls pass them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::decide::decide;
use super::decider::compares;
use super::implication::without_superseded;
use super::{Call, LEARNT, Policy, Rule, re2};
use crate::classify::classify_alone;
use crate::model::{
    Category, Check, Condition, Decision, Guard, JsonTypes, Op, Parameter, PolicyAction, RateLimit, Tool,
};
use crate::rules::{GuardTemplate, Ruleset};
use crate::text::slug::slug;
use crate::text::{clean, prose};

/// Fewest calls per distinct value for the values to become a list.
const CALLS_PER_VALUE: usize = 3;
/// Most values in such a list.
const MAX_VALUES: usize = 10;
/// Deepest nesting of objects in the arguments that is read.
const MAX_DEPTH: usize = 5;
/// Most arguments of a tool that are read.
const MAX_ARGUMENTS: usize = 40;
/// Limits and maximums are the observed values times this factor.
const MARGIN: u32 = 2;

/// Longest argument path in a note, in characters.
const MAX_PATH: usize = 60;
/// The guard on a statement that only reads. What is written as such is held to it, whatever its argument is called.
const READ_ONLY: &str = "read-only-sql";

/// The policy for `server`, its name in clients, from `calls`.
pub(crate) fn learn(server: &str, calls: &[Call], ruleset: &Ruleset) -> Policy {
    let mut by_tool: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
    for call in calls {
        by_tool.entry(&call.tool).or_default().push(call);
    }
    Policy {
        server: server.to_owned(),
        key: slug(server),
        version: None,
        package: None,
        ruleset: "none: the policy was learnt from recorded calls".into(),
        profile: LEARNT.into(),
        all_tools: Vec::new(),
        default: PolicyAction::Deny,
        rules: by_tool.into_iter().map(|(tool, calls)| rule(tool, &calls, ruleset)).collect(),
    }
}

/// The arguments of `policy` that may have any value, as "to of send".
pub(crate) fn open_arguments(policy: &Policy) -> Vec<String> {
    let of_rule = |rule: &Rule| {
        let shown =
            |path: &str| format!("{} of {}", clean::excerpt(path, MAX_PATH), clean::excerpt(&rule.tool, MAX_PATH));
        open_paths(&rule.parameters, &rule.decision.guards).into_iter().map(shown).collect::<Vec<_>>()
    };
    policy.rules.iter().flat_map(of_rule).collect()
}

fn open_paths<'p>(parameters: &'p [Parameter], guards: &[Guard]) -> Vec<&'p str> {
    let is_open = |path: &&str| !guards.iter().any(|guard| guard.parameters().contains(path));
    parameters.iter().map(|parameter| parameter.path.as_str()).filter(is_open).collect()
}

fn rule(tool: &str, calls: &[&Call], ruleset: &Ruleset) -> Rule {
    let mut arguments: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for call in calls {
        collect(&call.arguments, "", 0, &mut arguments);
    }
    let arguments: Vec<(String, Vec<&Value>)> = arguments.into_iter().take(MAX_ARGUMENTS).collect();
    let is_required = |values: &[&Value]| values.len() == calls.len();
    let parameter = |(path, values): &(String, Vec<&Value>)| Parameter {
        required: is_required(values),
        types: JsonTypes::from_names(values.iter().map(|value| type_of(value)).collect::<BTreeSet<_>>()),
        ..Parameter::named("", path)
    };
    let parameters: Vec<Parameter> = arguments.iter().map(parameter).collect();
    let seen = arguments.iter().flat_map(|(path, values)| guards(path, values, is_required(values), ruleset));
    let by_default = by_default(tool, &parameters, &arguments, ruleset);
    let guards = without_superseded(seen.chain(by_default).collect());
    let open: Vec<String> =
        open_paths(&parameters, &guards).into_iter().map(|path| clean::excerpt(path, MAX_PATH)).collect();
    let note = format!("NOTE: any value passes, as the recorded ones have nothing in common: {}.", prose::list(&open));
    Rule {
        tool: tool.to_owned(),
        category: Category::Write,
        description: (!open.is_empty()).then_some(note),
        parameters,
        decision: Decision { rate_limit: limit(calls), guards, ..Decision::allow() },
        overridden: None,
        confirm: false,
        claims_to_read: false,
        listed: 1,
    }
}

/// The guards of the profile on a tool of this name with these parameters that all recorded values pass.
fn by_default(
    tool: &str,
    parameters: &[Parameter],
    arguments: &[(String, Vec<&Value>)],
    ruleset: &Ruleset,
) -> Vec<Guard> {
    let tool = Tool { name: tool.to_owned(), parameters: parameters.to_vec(), ..Tool::default() };
    let guards = decide(&tool, &classify_alone(&tool, ruleset), ruleset, &ruleset.settings).guards;
    let values = |path: &str| arguments.iter().find(|(known, _)| known == path).map(|(_, values)| values.as_slice());
    let holds = |guard: &Guard| match &guard.check {
        Check::Argument(condition) => {
            let values = values(&condition.parameter).unwrap_or_default();
            !guard.fill_in && !values.is_empty() && values.iter().all(|value| passes(condition, value))
        }
        Check::Refusal(_) | Check::Total(_) | Check::Unenforceable(_) => false,
    };
    guards
        .into_iter()
        .filter(holds)
        .map(|guard| Guard { essential: false, skip_if_uninspected: true, ..guard })
        .collect()
}

fn passes(condition: &Condition, value: &Value) -> bool {
    match condition.op {
        Op::Exists => condition.value == true,
        Op::Regex => {
            let pattern = condition.value.as_str().and_then(|pattern| re2::compile(pattern).ok());
            pattern.zip(value.as_str()).is_some_and(|(pattern, text)| pattern.is_match(text))
        }
        op => compares(op, value, &condition.value),
    }
}

/// Collects the scalar arguments below `value` by dotted path.
fn collect<'c>(value: &'c Value, path: &str, depth: usize, found: &mut BTreeMap<String, Vec<&'c Value>>) {
    match value {
        Value::Object(members) if depth < MAX_DEPTH => {
            for (name, member) in members.iter().filter(|(name, _)| !name.contains('.') && !name.is_empty()) {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(member, &path, depth + 1, found);
            }
        }
        Value::Object(_) | Value::Array(_) | Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) => found.entry(path.to_owned()).or_default().push(value),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Null => "null",
    }
}

/// Guards for what all values of an argument have in common; none for free text.
fn guards(path: &str, values: &[&Value], required: bool, ruleset: &Ruleset) -> Vec<Guard> {
    let texts: Option<Vec<&str>> = values.iter().map(|value| value.as_str()).collect();
    let found = if let Some(hosts) = texts.as_ref().and_then(|texts| hosts(texts)) {
        vec![("seen-hosts", Op::Regex, hosts.into())]
    } else if let Some(root) = texts.as_ref().and_then(|texts| folder(texts)) {
        vec![("seen-folder", Op::Regex, root.into())]
    } else if let Some(pattern) = texts.as_ref().and_then(|texts| reading(texts, ruleset)) {
        vec![(READ_ONLY, Op::Regex, pattern.into())]
    } else if let Some((least, most)) = bounds(values) {
        vec![("seen-maximum", Op::Lte, number(most)), ("seen-minimum", Op::Gte, number(least))]
    } else {
        listed(values).map(|values| ("seen-values", Op::In, values)).into_iter().collect()
    };
    let guard = |(id, op, value): (&str, Op, Value)| {
        let condition = Condition { parameter: path.to_owned(), op, value, absent_passes: !required };
        let on_deny = Some(format!("No recorded call gives {path} such a value."));
        // Where a format cannot look at what some calls leave out, the calls that gave it were fine.
        Guard { on_deny, skip_if_uninspected: !required, ..Guard::new(id, Check::Argument(condition)) }
    };
    found.into_iter().map(guard).collect()
}

/// The pattern of statements that only read, if all `texts` match it.
fn reading(texts: &[&str], ruleset: &Ruleset) -> Option<String> {
    let rule = ruleset.guards.iter().find(|rule| rule.entry.id == READ_ONLY)?;
    let GuardTemplate::Pattern { value, .. } = &rule.entry.check else { return None };
    let pattern = re2::compile(value).ok()?;
    texts.iter().all(|text| pattern.is_match(text)).then(|| value.clone())
}

/// A pattern for the hosts of URLs; `None` if a text is not a URL.
fn hosts(texts: &[&str]) -> Option<String> {
    let host = |text: &&str| {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        (!host.is_empty() && !host.contains(['@', '\\'])).then(|| regex::escape(&host.to_lowercase()))
    };
    let hosts = texts.iter().map(host).collect::<Option<BTreeSet<String>>>()?;
    let hosts: Vec<String> = hosts.into_iter().collect();
    (!hosts.is_empty()).then(|| format!(r"^(?i:https?://(?:{}))(?:[/?#]\S*)?$", hosts.join("|")))
}

/// A pattern for paths in the common folder of all paths, absolute or relative ones, hidden ones only if one was seen; `None`
/// if a text is not one, or they share no folder.
fn folder(texts: &[&str]) -> Option<String> {
    let is_absolute = texts.first()?.starts_with('/');
    let parts = |text: &&str| {
        let relative = text.strip_prefix("./").unwrap_or(text);
        let rest =
            if is_absolute { text.strip_prefix('/') } else { Some(relative).filter(|text| !text.starts_with('/')) };
        let is_path = text.contains('/') && !text.contains(['\n', '\\']) && !text.contains("://");
        rest.filter(|_| is_path).map(|rest| rest.split('/').map(str::to_owned).collect())
    };
    let paths: Vec<Vec<String>> = texts.iter().map(parts).collect::<Option<_>>()?;
    let (first, rest) = paths.split_first()?;
    let shared =
        (0..first.len().saturating_sub(1)).take_while(|at| rest.iter().all(|path| path.get(*at) == first.get(*at)));
    let root: Vec<String> = first.iter().take(shared.count()).map(|part| regex::escape(part)).collect();
    let is_plain = paths.iter().flatten().all(|part| part != "..");
    // Hidden files hold keys and settings.
    let below = || paths.iter().flat_map(|path| path.iter().skip(root.len()));
    let name = if below().any(|part| part.starts_with('.')) { r"(?:[^/.]|\.[^/.]|\.\.[^/])" } else { "[^/.]" };
    let start = if is_absolute { "/" } else { r"(?:\./)?" };
    (is_plain && !root.is_empty()).then(|| format!("^{start}{}(?:/+{name}[^/]*)*/?$", root.join("/")))
}

/// The minimum and the maximum with a margin, which does not change their signs; `None` if a value is not a number.
fn bounds(values: &[&Value]) -> Option<(f64, f64)> {
    let numbers: Vec<f64> = values.iter().map(|value| value.as_f64()).collect::<Option<_>>()?;
    let (margin, all) = (f64::from(MARGIN), || numbers.iter().copied());
    let least = all().reduce(f64::min)?;
    let most = all().reduce(f64::max)?;
    let least = if least > 0.0 { least / margin } else { least * margin };
    Some((least, if most > 0.0 { most * margin } else { most / margin }))
}

/// A number without a decimal point if it is whole.
fn number(number: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "whole numbers of this size are exact")]
    let whole = (number.fract() == 0.0 && number.abs() < 1e15).then(|| json!(number as i64));
    whole.unwrap_or_else(|| json!(number))
}

/// The values as a list, if each was seen often enough for the list to be complete.
fn listed(values: &[&Value]) -> Option<Value> {
    let distinct: BTreeMap<String, &Value> = values.iter().map(|value| (value.to_string(), *value)).collect();
    let is_whole = distinct.len() <= MAX_VALUES && values.len() >= distinct.len() * CALLS_PER_VALUE;
    is_whole.then(|| Value::Array(distinct.into_values().cloned().collect()))
}

/// Twice the calls of the busiest minute; `None` if all calls have the same time.
fn limit(calls: &[&Call]) -> Option<RateLimit> {
    let times: BTreeSet<u64> = calls.iter().map(|call| call.at).collect();
    let mut by_minute: BTreeMap<u64, u32> = BTreeMap::new();
    calls.iter().for_each(|call| *by_minute.entry(call.at / 60).or_default() += 1);
    let most = by_minute.into_values().max().filter(|_| times.len() > 1)?;
    RateLimit::per(most.saturating_mul(MARGIN), "minute")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::replay::replay;
    use crate::policy::{Dialect, Outcome, Simulator, read, write};

    fn learn(server: &str, calls: &[Call]) -> Policy {
        super::learn(server, calls, &Ruleset::builtin().unwrap())
    }

    fn calls() -> Vec<Call> {
        let call = |at: u64| Call {
            tool: "fetch".into(),
            arguments: json!({
                "url": format!("https://docs.example.com/{at}"), "path": format!("/srv/project/a{at}.txt"),
                "limit": 10 + at, "format": "text", "note": format!("free text {at}"),
            }),
            at,
        };
        (0..6).map(call).collect()
    }

    #[test]
    fn what_was_seen_passes_and_what_is_far_from_it_does_not() {
        let policy = learn("My server", &calls());
        let decisions = read(&write(&policy, Dialect::INTERCEPT).unwrap(), Dialect::INTERCEPT).unwrap();
        let seen = replay(Simulator::new(&decisions), &calls());
        assert!(seen.held.is_empty(), "{:?}", seen.held);
        let outcome = |name: &str, value: Value| {
            let mut call = calls().remove(0);
            call.arguments[name] = value;
            Simulator::new(&decisions).call(&call).outcome
        };
        for (name, value, wanted) in [
            ("url", json!("https://docs.example.com/other?x=1"), Outcome::Allowed),
            ("url", json!("https://docs.example.com.evil.example/"), Outcome::Denied),
            ("url", json!("http://169.254.169.254/"), Outcome::Denied),
            ("path", json!("/srv/project/src/b.txt"), Outcome::Allowed),
            ("path", json!("/srv/project/../../etc/passwd"), Outcome::Denied),
            ("path", json!("/etc/passwd"), Outcome::Denied),
            ("path", json!("/srv/project/.git/hooks/pre-push"), Outcome::Denied),
            ("path", json!("/srv/project/.env"), Outcome::Denied),
            ("limit", json!(30), Outcome::Allowed),
            ("limit", json!(31), Outcome::Denied),
            ("limit", json!(-5), Outcome::Denied),
            ("limit", json!(4), Outcome::Denied),
            ("format", json!("html"), Outcome::Denied),
            ("note", json!("anything"), Outcome::Allowed),
        ] {
            assert_eq!(outcome(name, value.clone()), wanted, "{name} {value}");
        }
        let other = Call { tool: "delete".into(), arguments: json!({}), at: 0 };
        assert_eq!(Simulator::new(&decisions).call(&other).outcome, Outcome::Denied);
        assert_eq!(decisions.for_tool("fetch").rate_limit, RateLimit::per(12, "minute"));
    }

    #[test]
    fn the_default_guards_hold_beside_what_was_learnt() {
        let call = |tool: &str, arguments: Value| Call { tool: tool.into(), arguments, at: 0 };
        let mut calls = vec![
            call("manage_labels", json!({"action": "list", "to": "acme"})),
            call("get_note", json!({"id": "n1", "format": "text"})),
            call("get_note", json!({"id": "n2"})),
        ];
        for at in 10..40 {
            calls.push(call("query", json!({"sql": format!("SELECT name FROM t WHERE id = {at}")})));
            calls.push(call("read", json!({"path": format!("src/f{at}.rs")})));
            calls.push(call("pay_invoice", json!({"amount": at, "to": "acme"})));
        }
        let policy = learn("s", &calls);
        let decisions = read(&write(&policy, Dialect::INTERCEPT).unwrap(), Dialect::INTERCEPT).unwrap();
        let seen = replay(Simulator::new(&decisions), &calls);
        assert!(seen.held.is_empty(), "{:?}", seen.held);
        for (tool, arguments) in [
            ("query", json!({"sql": "DROP TABLE t"})),
            ("read", json!({"path": "/etc/shadow"})),
            ("read", json!({"path": "../../.ssh/id_rsa"})),
            ("read", json!({"path": "lib/a.rs"})),
            ("pay_invoice", json!({"amount": -30, "to": "acme"})),
            ("pay_invoice", json!({"amount": 10, "to": "evil"})),
            ("manage_labels", json!({"action": "delete", "to": "acme"})),
        ] {
            let outcome = Simulator::new(&decisions).call(&call(tool, arguments.clone())).outcome;
            assert_ne!(outcome, Outcome::Allowed, "{tool} {arguments}");
        }
        let open = open_arguments(&policy);
        assert!(open.contains(&"to of manage_labels".to_owned()), "{open:?}");
        assert!(!open.contains(&"to of pay_invoice".to_owned()), "{open:?}");
        let labels = policy.rules.iter().find(|rule| rule.tool == "manage_labels").unwrap();
        assert!(labels.description.as_ref().is_some_and(|note| note.starts_with("NOTE: any value passes")));
    }

    #[test]
    fn paths_that_share_no_folder_are_not_guarded() {
        assert_eq!(folder(&["/etc/a", "/srv/b"]), None);
        assert_eq!(folder(&["/srv/../etc/a"]), None);
        assert!(folder(&["/srv/a/.github/x.yml", "/srv/a/b"]).unwrap().contains(r"\.[^/.]"));
        assert_eq!(hosts(&["https://user@evil.example/"]), None);
    }
}
