//! A guard as a rule in a YAML file: its conditions, its counter, and the place where a person sets a value.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use crate::model::{Adds, Check, Guard, Op, RateLimit, Total};
use crate::policy::Rule;
use crate::text::{clean, quote};

/// A rule with conditions.
#[derive(Debug, Serialize)]
pub(crate) struct GuardRule {
    name: String,
    /// The part of the definition that caused it.
    cause: Option<String>,
    conditions: Vec<Comparison>,
    on_deny: Option<String>,
    state: Option<State>,
}

#[derive(Debug, Serialize)]
struct Comparison {
    path: String,
    op: &'static str,
    /// YAML on one line, with the anchor or alias of a shared value; `None` for a list.
    value: Option<String>,
    /// The items of a list, each as YAML on one line.
    items: Vec<String>,
    /// The rule that says what a long value passes and refuses, where the value is written out.
    explained_by: Option<String>,
    /// True if a person must set the value.
    set_this: bool,
}

#[derive(Debug, Serialize)]
struct State {
    counter: String,
    window: &'static str,
    increment: Option<u32>,
    increment_from: Option<String>,
}

/// Values that guards of one kind share: all but the first refer to it by a YAML alias, and a value that a person must
/// set is marked once.
#[derive(Debug, Default)]
pub(crate) struct Marks<'g> {
    uses: HashMap<Shared<'g>, usize>,
    names: HashMap<Shared<'g>, String>,
    named: HashMap<&'g str, usize>,
}

/// The id of a guard, and its value.
type Shared<'g> = (&'g str, &'g Value);

impl<'g> Marks<'g> {
    /// Collects the shared values of `guards`, which are in one file.
    pub(crate) fn new(guards: impl Iterator<Item = &'g Guard>) -> Self {
        let mut marks = Self::default();
        guards.filter_map(shared_value).for_each(|value| *marks.uses.entry(value).or_default() += 1);
        marks
    }

    /// How `value` is written for `guard`, and whether it is to be set here.
    fn mark(&mut self, guard: &'g Guard, value: String) -> (String, bool) {
        let Some(key) = shared_value(guard).filter(|key| self.uses.get(key).is_some_and(|uses| *uses > 1)) else {
            return (value, guard.fill_in);
        };
        if let Some(name) = self.names.get(&key) {
            return (format!("*{name}"), false);
        }
        let count = self.named.entry(key.0).or_default();
        *count += 1;
        let name = if *count == 1 { key.0.to_owned() } else { format!("{}_{count}", key.0) };
        let marked = format!("&{name} {value}");
        self.names.insert(key, name);
        (marked, guard.fill_in)
    }
}

/// Shortest text that guards share even if nobody sets it, such as a long pattern.
const LONG: usize = 120;

/// The value that `guard` can share: one that is to be set or long, under the id of its entry, which is valid as an anchor.
pub(crate) fn shared_value(guard: &Guard) -> Option<Shared<'_>> {
    let Check::Argument(condition) = &guard.check else { return None };
    let id = guard.entry_id();
    let plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_long = condition.value.as_str().is_some_and(|text| text.len() >= LONG);
    let shares = (guard.fill_in || is_long) && plain && !condition.value.is_array();
    shares.then_some((id, &condition.value))
}

/// The `guards` of a tool as rules. Guards with the same name and message become one rule.
pub(crate) fn rules<'g>(rule: &Rule, guards: &'g [Guard], marks: &mut Marks<'g>) -> Vec<GuardRule> {
    let mut rules: Vec<GuardRule> = Vec::new();
    for (place, guard) in guards.iter().enumerate() {
        let on_deny = guard.on_deny.clone();
        match &guard.check {
            Check::Argument(condition) => {
                let (value, items, set_this) = match &condition.value {
                    Value::Array(list) if !list.is_empty() => (None, list.iter().map(scalar).collect(), guard.fill_in),
                    value => {
                        let (value, set_this) = marks.mark(guard, scalar(value));
                        (Some(value), Vec::new(), set_this)
                    }
                };
                let path = format!("args.{}", condition.parameter);
                let explained_by = value.as_ref().filter(|value| value.len() >= LONG && guard.cause.is_some());
                let explained_by = explained_by.map(|_| clean::one_line(guard.entry_id()));
                let comparison = Comparison { path, op: condition.op.name(), value, items, explained_by, set_this };
                match rules.last_mut().filter(|last| matches!(condition.op, Op::Exists | Op::Neq) && last.joins(guard))
                {
                    Some(last) => last.conditions.push(comparison),
                    None => rules.push(GuardRule {
                        name: guard.id.clone(),
                        cause: cause(guard),
                        conditions: vec![comparison],
                        on_deny,
                        state: None,
                    }),
                }
            }
            // Formats leave out what they cannot express.
            Check::Refusal(_) | Check::Unenforceable(_) => {}
            Check::Total(total) => {
                let state = State::new(guard, total, place);
                let comparison = Comparison {
                    path: format!("state.{}.{}", rule.tool, state.counter),
                    op: Op::Lte.name(),
                    value: Some(total.max.to_string()),
                    items: Vec::new(),
                    explained_by: None,
                    set_this: guard.fill_in,
                };
                rules.push(GuardRule {
                    name: guard.id.clone(),
                    cause: cause(guard),
                    conditions: vec![comparison],
                    on_deny,
                    state: Some(state),
                });
            }
        }
    }
    rules
}

impl GuardRule {
    /// The rule's name, which the agent sees in a denial.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// True if the rule contains a value that a person must set.
    pub(crate) fn is_to_be_set(&self) -> bool {
        self.conditions.iter().any(|condition| condition.set_this)
    }

    /// True if `guard` can be added to the conditions of this rule.
    fn joins(&self, guard: &Guard) -> bool {
        let compares_itself = |condition: &Comparison| ![Op::Exists.name(), Op::Neq.name()].contains(&condition.op);
        !self.conditions.iter().any(compares_itself)
            && self.state.is_none()
            && self.name == guard.id
            && self.on_deny == guard.on_deny
    }
}

impl State {
    fn new(guard: &Guard, total: &Total, place: usize) -> Self {
        let (increment, increment_from) = match &total.adds {
            Adds::Each(step) => (Some(*step), None),
            Adds::Argument(path) => (None, Some(format!("args.{path}"))),
        };
        let window = RateLimit::window_of(total.window_seconds);
        Self { counter: format!("{}_{place}", guard.id), window, increment, increment_from }
    }
}

fn cause(guard: &Guard) -> Option<String> {
    guard.cause.as_ref().map(|cause| clean::one_line(&cause.text))
}

/// A value that is not a list, as YAML on one line.
pub(crate) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => quote::yaml(text),
        other => other.to_string(),
    }
}
