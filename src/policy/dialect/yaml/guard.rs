//! A guard as a rule of a YAML file: its conditions, the counter it keeps, and the one place where a person sets a value.

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
    /// What in the definition caused it.
    cause: Option<String>,
    conditions: Vec<Comparison>,
    on_deny: Option<String>,
    state: Option<State>,
}

#[derive(Debug, Serialize)]
struct Comparison {
    path: String,
    op: &'static str,
    /// YAML on one line, with the anchor or the alias of a shared value; none for a list.
    value: Option<String>,
    /// The items of a list, each as YAML on one line.
    items: Vec<String>,
    /// True where a person sets the value.
    set_this: bool,
}

#[derive(Debug, Serialize)]
struct State {
    counter: String,
    window: &'static str,
    increment: Option<u32>,
    increment_from: Option<String>,
}

/// The values that guards of one kind share: all but the first refer to it, and where a person must set it, that is marked
/// once.
#[derive(Debug, Default)]
pub(crate) struct Marks<'g> {
    uses: HashMap<Shared<'g>, usize>,
    names: HashMap<Shared<'g>, String>,
    named: HashMap<&'g str, usize>,
}

/// A guard's id, and its value.
type Shared<'g> = (&'g str, &'g Value);

impl<'g> Marks<'g> {
    /// The values of `guards`, which stand in one file.
    pub(crate) fn of(guards: impl Iterator<Item = &'g Guard>) -> Self {
        let mut marks = Self::default();
        guards.filter_map(shared_value).for_each(|value| *marks.uses.entry(value).or_default() += 1);
        marks
    }

    /// How `value` is written for `guard`, and whether this is the place to set it.
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

/// Shortest text that guards share though nobody sets it: a pattern that would fill the file.
const LONG: usize = 120;

/// What `guard` may share with others: a value to be set or a long one, under an id that can be the name of an anchor.
pub(crate) fn shared_value(guard: &Guard) -> Option<Shared<'_>> {
    let Check::Argument(condition) = &guard.check else { return None };
    let plain = guard.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_long = condition.value.as_str().is_some_and(|text| text.len() >= LONG);
    let shares = (guard.fill_in || is_long) && plain && !condition.value.is_array();
    shares.then_some((guard.id.as_str(), &condition.value))
}

/// `guards` of the tool of `rule` as rules, those with one name and one answer together.
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
                let comparison = Comparison { path, op: condition.op.name(), value, items, set_this };
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
            // The shapes leave out what their files cannot say.
            Check::Refusal(_) | Check::Unenforceable(_) => {}
            Check::Total(total) => {
                let state = State::of(guard, total, place);
                let comparison = Comparison {
                    path: format!("state.{}.{}", rule.tool, state.counter),
                    op: Op::Lte.name(),
                    value: Some(total.max.to_string()),
                    items: Vec::new(),
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
    /// The name under which an agent is refused.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// True where the file marks a value that a person must set.
    pub(crate) fn is_to_be_set(&self) -> bool {
        self.conditions.iter().any(|condition| condition.set_this)
    }

    /// True when `guard` can stand beside the conditions that are there.
    fn joins(&self, guard: &Guard) -> bool {
        let compares_itself = |condition: &Comparison| ![Op::Exists.name(), Op::Neq.name()].contains(&condition.op);
        !self.conditions.iter().any(compares_itself)
            && self.state.is_none()
            && self.name == guard.id
            && self.on_deny == guard.on_deny
    }
}

impl State {
    fn of(guard: &Guard, total: &Total, place: usize) -> Self {
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

/// A value that is no list, as YAML on one line.
pub(crate) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => quote::yaml(text),
        other => other.to_string(),
    }
}
