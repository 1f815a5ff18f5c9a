//! Learns a policy from recorded calls: allows what was seen, with a margin, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Call, LEARNT, Policy, Rule};
use crate::model::{Category, Check, Condition, Decision, Guard, JsonTypes, Op, Parameter, PolicyAction, RateLimit};
use crate::text::slug::slug;

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

/// The policy for `server`, its name in clients, from `calls`.
pub(crate) fn learn(server: &str, calls: &[Call]) -> Policy {
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
        rules: by_tool.into_iter().map(|(tool, calls)| rule(tool, &calls)).collect(),
    }
}

fn rule(tool: &str, calls: &[&Call]) -> Rule {
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
    let guards = arguments.iter().filter_map(|(path, values)| guard(path, values, is_required(values)));
    Rule {
        tool: tool.to_owned(),
        category: Category::Write,
        description: None,
        parameters: arguments.iter().map(parameter).collect(),
        decision: Decision { rate_limit: limit(calls), guards: guards.collect(), ..Decision::allow() },
        overridden: None,
        confirm: false,
        claims_to_read: false,
        listed: 1,
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

/// A guard for what all values of an argument have in common; `None` for free text.
fn guard(path: &str, values: &[&Value], required: bool) -> Option<Guard> {
    let texts: Vec<&str> = values.iter().filter_map(|value| value.as_str()).collect();
    let is_text = texts.len() == values.len();
    let (id, op, value) = if let Some(hosts) = Some(&texts).filter(|_| is_text).and_then(|texts| hosts(texts)) {
        ("seen-hosts", Op::Regex, hosts.into())
    } else if let Some(root) = Some(&texts).filter(|_| is_text).and_then(|texts| folder(texts)) {
        ("seen-folder", Op::Regex, root.into())
    } else if let Some(most) = maximum(values) {
        ("seen-maximum", Op::Lte, number(most))
    } else {
        ("seen-values", Op::In, listed(values)?)
    };
    let condition = Condition { parameter: path.to_owned(), op, value, absent_passes: !required };
    let on_deny = format!("No recorded call gives {path} such a value.");
    Some(Guard { on_deny: Some(on_deny), ..Guard::new(id, Check::Argument(condition)) })
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

/// A pattern for paths in the common folder of all absolute paths, hidden ones only if one was seen; `None` if a text is not one, or they share no
/// folder.
fn folder(texts: &[&str]) -> Option<String> {
    let parts = |text: &&str| text.starts_with('/').then(|| text.split('/').skip(1).map(str::to_owned).collect());
    let paths: Vec<Vec<String>> = texts.iter().map(parts).collect::<Option<_>>()?;
    let (first, rest) = paths.split_first()?;
    let shared =
        (0..first.len().saturating_sub(1)).take_while(|at| rest.iter().all(|path| path.get(*at) == first.get(*at)));
    let root: Vec<String> = first.iter().take(shared.count()).map(|part| regex::escape(part)).collect();
    let is_plain = paths.iter().flatten().all(|part| part != "..");
    // Hidden files hold keys and settings.
    let below = || paths.iter().flat_map(|path| path.iter().skip(root.len()));
    let name = if below().any(|part| part.starts_with('.')) { r"(?:[^/.]|\.[^/.]|\.\.[^/])" } else { "[^/.]" };
    (is_plain && !root.is_empty()).then(|| format!("^/{}(?:/+{name}[^/]*)*/?$", root.join("/")))
}

/// The maximum with a margin; `None` if a value is not a number.
fn maximum(values: &[&Value]) -> Option<f64> {
    let numbers: Vec<f64> = values.iter().map(|value| value.as_f64()).collect::<Option<_>>()?;
    numbers.into_iter().reduce(f64::max).map(|most| if most > 0.0 { most * f64::from(MARGIN) } else { most })
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
    fn paths_that_share_no_folder_are_not_guarded() {
        assert_eq!(folder(&["/etc/a", "/srv/b"]), None);
        assert_eq!(folder(&["/srv/../etc/a"]), None);
        assert!(folder(&["/srv/a/.github/x.yml", "/srv/a/b"]).unwrap().contains(r"\.[^/.]"));
        assert_eq!(hosts(&["https://user@evil.example/"]), None);
    }
}
