//! Decides calls by a policy: everything but the counts, which the caller keeps.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use regex::Regex;
use serde_json::Value;

use super::call::{Call, Outcome, Verdict};
use super::decisions::{Decisions, RuleNames};
use super::limit::{CounterKey, HUNDREDTHS, Limit};
use super::re2;
use super::spellings::{PathParts, as_read};
use super::sql::SqlGuards;
use crate::model::{Adds, Check, Condition, Decision, Guard, Op, PolicyAction, Total};
use crate::text::json::plain;

/// Decides calls by one policy. Patterns are compiled when they are first used.
#[derive(Debug)]
pub(crate) struct Decider {
    names: RuleNames,
    patterns: HashMap<String, OnceLock<Option<Regex>>>,
    /// Guards on SQL that a parser decides beside their patterns. With them, paths and addresses are also compared as a server
    /// reads them.
    sql: Option<Arc<SqlGuards>>,
}

/// As what an argument is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compared {
    /// The comparison must hold for it as it is written and as a server reads it.
    Always,
    /// It must hold for one of them.
    Ever,
}

/// A decision that still depends on the limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decided {
    /// The verdict if no limit is reached.
    pub(crate) verdict: Verdict,
    /// What the call counts against, unless it is denied.
    pub(crate) limits: Vec<Limit>,
}

/// The result of a decision's guards for a call that they do not deny.
struct Guarded<'p> {
    limits: Vec<Limit>,
    /// The first guard that asks for approval.
    asks: Option<&'p Guard>,
}

impl Decided {
    fn denied(verdict: Verdict) -> Self {
        Self { verdict, limits: Vec::new() }
    }

    /// The stricter of two verdicts, with the limits of both.
    pub(super) fn and(mut self, mut other: Self) -> Self {
        if other.verdict.outcome > self.verdict.outcome {
            std::mem::swap(&mut self.verdict, &mut other.verdict);
        }
        if self.verdict.outcome == Outcome::Denied {
            return Self::denied(self.verdict);
        }
        self.limits.extend(other.limits);
        self
    }
}

impl Decider {
    /// For the calls that `decisions` decide.
    pub(crate) fn new(decisions: &Decisions) -> Self {
        let guards = decisions.tools.values().chain(&decisions.every).flat_map(|decision| &decision.guards);
        let conditions = guards.flat_map(|guard| match &guard.check {
            Check::Argument(condition) => std::slice::from_ref(condition),
            Check::Refusal(refusal) => refusal.refused_when.as_slice(),
            Check::Total(_) | Check::Unenforceable(_) => &[],
        });
        let patterns = conditions.filter(|condition| condition.op == Op::Regex).filter_map(|c| c.value.as_str());
        let patterns = patterns.map(|pattern| (pattern.to_owned(), OnceLock::new())).collect();
        Self { names: RuleNames::default(), patterns, sql: None }
    }

    /// The same, where a parser reads what the guards of `sql` are about, and paths and addresses are compared as a server reads
    /// them, too.
    pub(crate) fn parsing(self, sql: Arc<SqlGuards>) -> Self {
        Self { sql: Some(sql), ..self }
    }

    /// Reports rules by the `names` of the file.
    pub(crate) fn naming(self, names: RuleNames) -> Self {
        Self { names, ..self }
    }

    /// The decision on `call` by `decisions`, the same that this was made for.
    pub(crate) fn decide(&self, decisions: &Decisions, call: &Call) -> Decided {
        // What is said of all tools is also what is said of a tool named so.
        if let Some(every) =
            decisions.every.as_ref().filter(|_| call.tool == "*" && decisions.default != PolicyAction::Hide)
        {
            return self.all(&[("*", Some(every))], call, every.action.name());
        }
        let Some(own) = decisions.tools.get(&call.tool) else {
            return match decisions.default.refuses() {
                true => Decided::denied(Verdict::new(Outcome::Denied, "default", None)),
                false => self.all(&[("*", decisions.every.as_ref())], call, "default"),
            };
        };
        self.all(&[(&call.tool, Some(own)), ("*", decisions.every.as_ref())], call, own.action.name())
    }

    /// The combined verdict of `decisions`, each with the scope of its counters. `default` is the reported rule if all
    /// allow.
    fn all(&self, decisions: &[(&str, Option<&Decision>)], call: &Call, default: &str) -> Decided {
        let mut rule = default.to_owned();
        let mut limits = Vec::new();
        let mut outcome = Outcome::Allowed;
        let mut reason = None;
        for (scope, decision) in decisions.iter().filter_map(|(scope, decision)| Some((scope, (*decision)?))) {
            match decision.action {
                PolicyAction::Deny | PolicyAction::Hide => {
                    let named = self.names.tools.get(*scope).and_then(|names| names.refusal.as_deref());
                    let named = named.filter(|_| decision.action == PolicyAction::Deny);
                    let rule = named.unwrap_or(decision.action.name());
                    return Decided::denied(Verdict::new(Outcome::Denied, rule, decision.reason.as_deref()));
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
                    limits.extend(guarded.limits);
                    if let Some(guard) = guarded.asks.filter(|_| outcome == Outcome::Allowed) {
                        (outcome, rule, reason) = (Outcome::Approval, guard.id.clone(), guard.on_deny.as_deref());
                    }
                }
                Err(refusal) => return Decided::denied(refusal),
            }
        }
        Decided { verdict: Verdict::new(outcome, &rule, reason), limits }
    }

    /// What `call` counts against under `decision`, or why it is denied.
    fn guarded<'p>(&self, scope: &str, decision: &'p Decision, call: &Call) -> Result<Guarded<'p>, Verdict> {
        let mut asks = None;
        for guard in &decision.guards {
            let passes = match &guard.check {
                Check::Argument(condition) => {
                    self.holds(condition, &call.arguments, Compared::Always)
                        && self.parses(guard, condition, &call.arguments)
                }
                Check::Refusal(refusal) => {
                    !refusal.refused_when.iter().all(|c| self.holds(c, &call.arguments, Compared::Ever))
                }
                Check::Total(_) | Check::Unenforceable(_) => true,
            };
            match passes {
                true => {}
                false if guard.asks => asks = asks.or(Some(guard)),
                false => return Err(refused_by(Outcome::Denied, guard)),
            }
        }
        let mut limits = Vec::new();
        for guard in &decision.guards {
            if let Check::Total(total) = &guard.check {
                let amount = amount(total, &call.arguments).ok_or_else(|| refused_by(Outcome::Denied, guard))?;
                let counter = CounterKey::new(scope, counts(&total.adds), total.window_seconds);
                let max = total.max.saturating_mul(HUNDREDTHS);
                limits.push(Limit::new(counter, max, amount, refused_by(Outcome::Limited, guard)));
            }
        }
        if let Some(limit) = decision.rate_limit {
            let counter = CounterKey::new(scope, "calls".into(), limit.window_seconds);
            let named = self.names.tools.get(scope).and_then(|names| names.limit.as_deref());
            let refusal = Verdict::new(Outcome::Limited, named.unwrap_or("rate limit"), None);
            limits.push(Limit::new(counter, u64::from(limit.max) * HUNDREDTHS, HUNDREDTHS, refusal));
        }
        Ok(Guarded { limits, asks })
    }

    /// False when a parser finds that the statement does more than the guard lets pass.
    fn parses(&self, guard: &Guard, condition: &Condition, arguments: &Value) -> bool {
        let text = argument(arguments, &condition.parameter).and_then(Value::as_str);
        let text = text.filter(|_| condition.op == Op::Regex);
        let lets = |text| self.sql.as_ref().and_then(|sql| sql.lets(guard, text));
        text.and_then(lets).unwrap_or(true)
    }

    fn holds(&self, condition: &Condition, arguments: &Value, compared: Compared) -> bool {
        let given = argument(arguments, &condition.parameter);
        if condition.op == Op::Exists {
            return condition.value == Value::Bool(given.is_some());
        }
        let Some(given) = given else { return condition.absent_passes };
        let written = self.holds_for(condition, given);
        if written != (compared == Compared::Always) {
            return written;
        }
        let parts = match condition.op {
            Op::Neq | Op::NotIn => PathParts::All,
            _ if compared == Compared::Ever => PathParts::All,
            Op::Eq | Op::In | Op::Lt | Op::Lte | Op::Gt | Op::Gte | Op::Regex | Op::Contains | Op::Exists => {
                PathParts::Upward
            }
        };
        let text = given.as_str().filter(|_| self.sql.is_some());
        let read = text.and_then(|text| as_read(text, parts));
        read.map_or(written, |read| self.holds_for(condition, &Value::String(read)))
    }

    fn holds_for(&self, condition: &Condition, given: &Value) -> bool {
        if condition.op != Op::Regex {
            return compares(condition.op, given, &condition.value);
        }
        let (Some(text), Some(pattern)) = (given.as_str(), condition.value.as_str()) else { return false };
        let Some(compiled) = self.patterns.get(pattern) else { return false };
        compiled.get_or_init(|| re2::compile(pattern).ok()).as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

fn refused_by(outcome: Outcome, guard: &Guard) -> Verdict {
    Verdict::new(outcome, &guard.id, guard.on_deny.as_deref())
}

/// The value at the dotted path; `null` counts as absent.
fn argument<'a>(arguments: &'a Value, path: &str) -> Option<&'a Value> {
    let found = path.split('.').try_fold(arguments, |value, part| value.as_object()?.get(part));
    found.filter(|value| !value.is_null())
}

/// The name of what is added up.
fn counts(adds: &Adds) -> String {
    match adds {
        Adds::Each(step) => format!("each {step}"),
        Adds::Argument(path) => format!("args.{path}"),
    }
}

/// What a call adds to a total, in hundredths; `None` when the argument that says it is no number. A number below zero
/// adds nothing: otherwise a call could make room for others.
fn amount(total: &Total, arguments: &Value) -> Option<u64> {
    match &total.adds {
        Adds::Each(step) => Some(u64::from(*step).saturating_mul(HUNDREDTHS)),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast stops at both ends")]
        Adds::Argument(path) => argument(arguments, path)?.as_f64().map(|number| (number * 100.0).round() as u64),
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
