//! Simulates a policy: which calls pass, need approval or are denied, and by which rule.
//!
//! Windows are aligned to the clock, as in the engines. Only calls that pass are counted; a call that needs approval is
//! assumed to be approved.

use std::collections::HashMap;
use std::rc::Rc;

use regex::Regex;
use serde::Serialize;
use serde_json::Value;

use super::counters::{Counter, Counters};
use super::decisions::{Decisions, RuleNames};
use super::re2;
use super::sql::SqlGuards;
use crate::model::{Adds, Check, Condition, Decision, Guard, Op, PolicyAction, RateLimit, Total};
use crate::text::json::plain;

/// A call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The tool's name on its server.
    pub tool: String,
    /// The arguments; anything but an object counts as no arguments.
    pub arguments: Value,
    /// The time in seconds of the simulated clock, which starts at the start of a day.
    pub at: u64,
}

/// The outcome of a call, most permissive first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It passes.
    Allowed,
    /// It needs a person's approval.
    Approval,
    /// It is denied, because a limit is reached.
    Limited,
    /// It is denied.
    Denied,
}

impl Outcome {
    pub(crate) const ALL: [Self; 4] = [Self::Allowed, Self::Approval, Self::Limited, Self::Denied];

    /// The name in all outputs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Approval => "approval",
            Self::Limited => "limited",
            Self::Denied => "denied",
        }
    }
}

/// The outcome of a call, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The outcome.
    pub outcome: Outcome,
    /// What decided: the name of a rule if the file has names, a guard's id, `rate limit`, an action, or `default` for
    /// a tool that the policy does not name.
    pub rule: String,
    /// The message for the agent, if there is one.
    pub message: Option<String>,
}

/// A policy in use, with its counters and compiled patterns.
#[derive(Debug)]
pub struct Simulator<'p> {
    decisions: &'p Decisions,
    names: RuleNames,
    counters: Counters,
    patterns: HashMap<&'p str, Option<Rc<Regex>>>,
    /// Guards on SQL that a parser decides beside their patterns.
    sql: Option<&'p SqlGuards>,
}

/// The new count of a counter if the call passes.
struct Reservation {
    counter: Counter,
    to: u64,
}

/// The result of a decision's guards for a call that they do not deny.
struct Guarded<'p> {
    reservations: Vec<Reservation>,
    /// The first guard that asks for approval.
    asks: Option<&'p Guard>,
}

impl Verdict {
    fn new(outcome: Outcome, rule: &str, message: Option<&str>) -> Self {
        Self { outcome, rule: rule.to_owned(), message: message.map(str::to_owned) }
    }
}

impl<'p> Simulator<'p> {
    /// Starts with all counters at zero.
    pub fn new(decisions: &'p Decisions) -> Self {
        Self {
            decisions,
            names: RuleNames::default(),
            counters: Counters::default(),
            patterns: HashMap::new(),
            sql: None,
        }
    }

    /// Starts with these `counters`.
    pub(crate) fn with_counters(self, counters: Counters) -> Self {
        Self { counters, ..self }
    }

    /// The same, where a parser reads what the guards of `sql` are about.
    pub(crate) fn parsing(self, sql: &'p SqlGuards) -> Self {
        Self { sql: Some(sql), ..self }
    }

    /// What is used up.
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Reports rules by the `names` of the file.
    pub(crate) fn naming(self, names: RuleNames) -> Self {
        Self { names, ..self }
    }

    /// The verdict on `call`. A call that passes is counted.
    pub fn call(&mut self, call: &Call) -> Verdict {
        let decisions = self.decisions;
        // What is said of all tools is also what is said of a tool named so.
        if let Some(every) =
            decisions.every.as_ref().filter(|_| call.tool == "*" && decisions.default != PolicyAction::Hide)
        {
            return self.all(&[("*", Some(every))], call, every.action.name());
        }
        let Some(own) = decisions.tools.get(&call.tool) else {
            return match decisions.default.refuses() {
                true => Verdict::new(Outcome::Denied, "default", None),
                false => self.all(&[("*", decisions.every.as_ref())], call, "default"),
            };
        };
        self.all(&[(&call.tool, Some(own)), ("*", decisions.every.as_ref())], call, own.action.name())
    }

    /// The combined verdict of `decisions`, each with the scope of its counters. `default` is the reported rule if all
    /// allow.
    fn all(&mut self, decisions: &[(&str, Option<&'p Decision>)], call: &Call, default: &str) -> Verdict {
        let mut rule = default.to_owned();
        let mut reservations = Vec::new();
        let mut outcome = Outcome::Allowed;
        let mut reason = None;
        for (scope, decision) in decisions.iter().filter_map(|(scope, decision)| Some((scope, (*decision)?))) {
            match decision.action {
                PolicyAction::Deny | PolicyAction::Hide => {
                    let named = self.names.tools.get(*scope).and_then(|names| names.refusal.as_deref());
                    let named = named.filter(|_| decision.action == PolicyAction::Deny);
                    let rule = named.unwrap_or(decision.action.name());
                    return Verdict::new(Outcome::Denied, rule, decision.reason.as_deref());
                }
                PolicyAction::Approve => {
                    outcome = Outcome::Approval;
                    reason = decision.reason.as_deref();
                    let named = self.names.tools.get(*scope).and_then(|names| names.refusal.clone());
                    rule = named.unwrap_or(rule);
                }
                PolicyAction::Allow => {}
            }
            match self.guarded(scope, decision, call) {
                Ok(guarded) => {
                    reservations.extend(guarded.reservations);
                    if let Some(guard) = guarded.asks.filter(|_| outcome == Outcome::Allowed) {
                        (outcome, rule, reason) = (Outcome::Approval, guard.id.clone(), guard.on_deny.as_deref());
                    }
                }
                Err(refusal) => return refusal,
            }
        }
        let verdict = Verdict::new(outcome, &rule, reason);
        reservations.into_iter().for_each(|reservation| self.counters.set(reservation.counter, reservation.to));
        verdict
    }

    /// What `call` adds to the counters of `decision`, or why it is denied.
    fn guarded(&mut self, scope: &str, decision: &'p Decision, call: &Call) -> Result<Guarded<'p>, Verdict> {
        let mut asks = None;
        for guard in &decision.guards {
            let passes = match &guard.check {
                Check::Argument(condition) => {
                    self.holds(condition, &call.arguments) && self.parses(guard, condition, &call.arguments)
                }
                Check::Refusal(refusal) => !refusal.refused_when.iter().all(|c| self.holds(c, &call.arguments)),
                Check::Total(_) | Check::Unenforceable(_) => true,
            };
            match passes {
                true => {}
                false if guard.asks => asks = asks.or(Some(guard)),
                false => return Err(refused_by(Outcome::Denied, guard)),
            }
        }
        let mut reservations = Vec::new();
        for (place, guard) in decision.guards.iter().enumerate() {
            if let Check::Total(total) = &guard.check {
                let added = added(total, &call.arguments).ok_or_else(|| refused_by(Outcome::Denied, guard))?;
                let max = total.max.saturating_mul(HUNDREDTHS);
                let reserved = self.reserve(scope, place, total.window_seconds, call.at, added, max);
                reservations.push(reserved.ok_or_else(|| refused_by(Outcome::Limited, guard))?);
            }
        }
        if let Some(RateLimit { max, window_seconds }) = decision.rate_limit {
            let place = decision.guards.len();
            let reserved = self.reserve(scope, place, window_seconds, call.at, 1, max.into());
            let named = self.names.tools.get(scope).and_then(|names| names.limit.as_deref());
            let limited = || Verdict::new(Outcome::Limited, named.unwrap_or("rate limit"), None);
            reservations.push(reserved.ok_or_else(limited)?);
        }
        Ok(Guarded { reservations, asks })
    }

    /// The counter increased by `added`; `None` if it would exceed `max`.
    fn reserve(&self, scope: &str, place: usize, window: u32, at: u64, added: i64, max: u64) -> Option<Reservation> {
        let counter = Counter::new(scope, place, window, at);
        let to = self.counters.get(&counter).saturating_add_signed(added);
        (to <= max).then_some(Reservation { counter, to })
    }

    /// False when a parser finds that the statement does more than the guard lets pass.
    fn parses(&self, guard: &Guard, condition: &Condition, arguments: &Value) -> bool {
        let text = argument(arguments, &condition.parameter).and_then(Value::as_str);
        let text = text.filter(|_| condition.op == Op::Regex);
        let lets = |text| self.sql.and_then(|sql| sql.lets(&guard.id, text));
        text.and_then(lets).unwrap_or(true)
    }

    fn holds(&mut self, condition: &'p Condition, arguments: &Value) -> bool {
        let given = argument(arguments, &condition.parameter);
        if condition.op == Op::Exists {
            return condition.value == Value::Bool(given.is_some());
        }
        let Some(given) = given else { return condition.absent_passes };
        if condition.op != Op::Regex {
            return compares(condition.op, given, &condition.value);
        }
        let (Some(text), Some(pattern)) = (given.as_str(), condition.value.as_str()) else { return false };
        let compiled = self.patterns.entry(pattern).or_insert_with(|| re2::compile(pattern).ok().map(Rc::new));
        compiled.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

/// The verdict on a single call, with all counters at zero.
pub fn evaluate(decisions: &Decisions, call: &Call) -> Verdict {
    Simulator::new(decisions).call(call)
}

fn refused_by(outcome: Outcome, guard: &Guard) -> Verdict {
    Verdict::new(outcome, &guard.id, guard.on_deny.as_deref())
}

/// The value at the dotted path; `null` counts as absent.
fn argument<'a>(arguments: &'a Value, path: &str) -> Option<&'a Value> {
    let found = path.split('.').try_fold(arguments, |value, part| value.as_object()?.get(part));
    found.filter(|value| !value.is_null())
}

/// Totals count hundredths, so that many small amounts add up. The engines cut each amount to a whole number.
const HUNDREDTHS: u64 = 100;

/// What a call adds to a total, in hundredths; `None` when the argument that says it is no number.
fn added(total: &Total, arguments: &Value) -> Option<i64> {
    match &total.adds {
        Adds::Each(step) => Some(i64::from(*step).saturating_mul(HUNDREDTHS.cast_signed())),
        #[expect(clippy::cast_possible_truncation, reason = "a number that is too large becomes the largest")]
        Adds::Argument(path) => argument(arguments, path)?.as_f64().map(|number| (number * 100.0).round() as i64),
    }
}

/// Compares `given` with `value` as the engines do: numbers as numbers, everything else as text.
pub(crate) fn compares(op: Op, given: &Value, value: &Value) -> bool {
    let order = |holds: fn(&f64, &f64) -> bool| match (given.as_f64(), value.as_f64()) {
        (Some(given), Some(value)) => holds(&given, &value),
        _ => false,
    };
    let listed = || value.as_array().is_some_and(|list| list.iter().any(|one| equal(given, one)));
    match op {
        Op::Eq => equal(given, value),
        Op::Neq => !equal(given, value),
        Op::In => listed(),
        Op::NotIn => !listed(),
        Op::Lt => order(f64::lt),
        Op::Lte => order(f64::le),
        Op::Gt => order(f64::gt),
        Op::Gte => order(f64::ge),
        Op::Contains => match given {
            Value::String(text) => value.as_str().is_some_and(|part| text.contains(part)),
            Value::Array(list) => list.iter().any(|one| equal(one, value)),
            _ => false,
        },
        Op::Regex | Op::Exists => false,
    }
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
        _ => plain(a) == plain(b),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Refusal;

    fn guard(check: Check) -> Guard {
        Guard { on_deny: Some("No.".into()), ..Guard::new("g", check) }
    }

    fn decisions(decision: Decision) -> Decisions {
        Decisions { default: PolicyAction::Deny, tools: [("t".to_owned(), decision)].into(), every: None }
    }

    fn call(at: u64, arguments: Value) -> Call {
        Call { tool: "t".into(), arguments, at }
    }

    #[test]
    fn each_comparison_means_what_it_says() {
        let cases = [
            (Op::Eq, json!("5"), json!("5"), true),
            (Op::Eq, json!(5), json!(5.0), true),
            (Op::Eq, json!(5), json!("6"), false),
            (Op::Neq, json!(true), json!(false), true),
            (Op::In, json!(["usd", "eur"]), json!("eur"), true),
            (Op::In, json!(["usd"]), json!("gbp"), false),
            (Op::NotIn, json!(["delete"]), json!("list"), true),
            (Op::NotIn, json!(["delete"]), json!("delete"), false),
            (Op::Lte, json!(10), json!(10), true),
            (Op::Lt, json!(10), json!(10), false),
            (Op::Gte, json!(0), json!(-1), false),
            (Op::Gt, json!(0), json!(1), true),
            (Op::Lte, json!(10), json!("5"), false),
            (Op::Regex, json!("^a+$"), json!("aaa"), true),
            (Op::Regex, json!("^a+$"), json!("b"), false),
            (Op::Regex, json!("("), json!("("), false),
            (Op::Contains, json!("b"), json!("abc"), true),
            (Op::Contains, json!("b"), json!(["a", "b"]), true),
            (Op::Contains, json!("b"), json!(5), false),
            (Op::Exists, json!(true), json!(0), true),
            (Op::Exists, json!(false), json!(0), false),
            (Op::Exists, json!(true), json!(null), false),
        ];
        for (op, value, given, passes) in cases {
            let condition = Condition { parameter: "a.b".into(), op, value: value.clone(), absent_passes: false };
            let decisions =
                decisions(Decision { guards: vec![guard(Check::Argument(condition))], ..Decision::allow() });
            let verdict = evaluate(&decisions, &call(0, json!({"a": {"b": given}})));
            let wanted = if passes { Outcome::Allowed } else { Outcome::Denied };
            assert_eq!(verdict.outcome, wanted, "{given} {} {value}", op.name());
        }
    }

    #[test]
    fn what_is_not_given_passes_where_the_guard_says_so() {
        for absent_passes in [true, false] {
            let condition = Condition { parameter: "a".into(), op: Op::Eq, value: json!(1), absent_passes };
            let decisions =
                decisions(Decision { guards: vec![guard(Check::Argument(condition))], ..Decision::allow() });
            for arguments in [json!({}), json!({"a": null}), json!(7)] {
                let passes = evaluate(&decisions, &call(0, arguments)).outcome == Outcome::Allowed;
                assert_eq!(passes, absent_passes);
            }
        }
    }

    #[test]
    fn a_refusal_needs_all_its_conditions() {
        let condition =
            |parameter: &str, op, value| Condition { parameter: parameter.into(), op, value, absent_passes: false };
        let refused_when = vec![condition("a", Op::Gt, json!(9)), condition("b", Op::Regex, json!("^x"))];
        let check = Check::Refusal(Refusal { refused_when });
        let decisions = decisions(Decision { guards: vec![guard(check)], ..Decision::allow() });
        for (arguments, passes) in [
            (json!({"a": 10, "b": "xy"}), false),
            (json!({"a": 9, "b": "xy"}), true),
            (json!({"a": 10, "b": "y"}), true),
            (json!({"a": 10}), true),
            (json!({}), true),
        ] {
            let verdict = evaluate(&decisions, &call(0, arguments.clone()));
            assert_eq!(verdict.outcome == Outcome::Allowed, passes, "{arguments}");
        }
    }

    #[test]
    fn a_limit_counts_the_calls_of_its_window_and_only_those_that_pass() {
        let limited = Decision::limited(RateLimit::per(2, "minute").unwrap());
        let condition = Condition { parameter: "a".into(), op: Op::Eq, value: json!(1), absent_passes: false };
        let decisions = decisions(Decision { guards: vec![guard(Check::Argument(condition))], ..limited });
        let mut simulator = Simulator::new(&decisions);
        let mut outcome = |at, a: i32| simulator.call(&call(at, json!({"a": a}))).outcome;
        assert_eq!(outcome(0, 1), Outcome::Allowed);
        assert_eq!(outcome(1, 2), Outcome::Denied);
        assert_eq!(outcome(58, 1), Outcome::Allowed);
        assert_eq!(outcome(59, 1), Outcome::Limited);
        assert_eq!(outcome(60, 1), Outcome::Allowed);
    }

    #[test]
    fn a_total_adds_up_what_the_calls_say() {
        let total = Total { adds: Adds::Argument("amount".into()), window_seconds: 86_400, max: 100 };
        let decisions = decisions(Decision { guards: vec![guard(Check::Total(total))], ..Decision::approve(None) });
        let mut simulator = Simulator::new(&decisions);
        let mut outcome = |at, amount: Value| simulator.call(&call(at, json!({"amount": amount}))).outcome;
        assert_eq!(outcome(0, json!(60.9)), Outcome::Approval);
        assert_eq!(outcome(9, json!(41)), Outcome::Limited);
        assert_eq!(outcome(9, json!(39.1)), Outcome::Approval);
        assert_eq!(outcome(9, json!(0.01)), Outcome::Limited);
        assert_eq!(outcome(9, json!("1")), Outcome::Denied);
        assert_eq!(outcome(86_400, json!(100)), Outcome::Approval);
    }

    #[test]
    fn a_tool_that_is_not_named_gets_the_default_and_every_tool_what_is_said_of_all() {
        let limit = RateLimit::per(1, "day").unwrap();
        let mut decisions = decisions(Decision::allow());
        let other = Call { tool: "u".into(), ..call(0, json!({})) };
        let verdict = evaluate(&decisions, &other);
        assert_eq!((verdict.outcome, verdict.rule.as_str()), (Outcome::Denied, "default"));
        (decisions.default, decisions.every) = (PolicyAction::Allow, Some(Decision::limited(limit)));
        let mut simulator = Simulator::new(&decisions);
        assert_eq!(simulator.call(&other).outcome, Outcome::Allowed);
        assert_eq!(simulator.call(&call(0, json!({}))).outcome, Outcome::Limited, "all tools share the counter");
        decisions.default = PolicyAction::Deny;
        let named_so = Call { tool: "*".into(), ..call(0, json!({})) };
        assert_eq!(
            evaluate(&decisions, &named_so).outcome,
            Outcome::Allowed,
            "it is named under the default that denies"
        );
        decisions.tools.insert("t".into(), Decision::deny(Some("Never.".into())));
        let verdict = evaluate(&decisions, &call(0, json!({})));
        assert_eq!((verdict.rule.as_str(), verdict.message.as_deref()), ("deny", Some("Never.")));
    }
}
