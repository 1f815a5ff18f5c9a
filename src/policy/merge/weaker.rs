//! Finds entries that let calls pass that a new policy denies, although their comments show no change.

use serde_json::Value;

use crate::model::{Check, Condition, Decision, Guard, Op};
use crate::policy::Rule;
use crate::policy::decisions::Decisions;
use crate::policy::implication::{lets_through, refused_values};
use crate::text::json::plain;
use crate::text::{clean, prose};

/// Most values in a message.
const MAX_VALUES: usize = 5;
/// Longest value or argument path in a message, in characters.
const MAX_VALUE: usize = 60;

/// A sentence for each way in which the entry of `tool` in `own` is weaker than in `fresh`; empty if it denies the
/// tool. What a person set is not weaker: an argument with any condition in the entry is theirs. But an operation that
/// a new policy denies must not pass.
pub(crate) fn passes(rule: &Rule, own: &Decisions, fresh: &Decisions) -> Vec<String> {
    let tool = rule.tool.as_str();
    let (entry, Some(wanted)) = (own.for_tool(tool), fresh.tools.get(tool)) else { return Vec::new() };
    if entry.action.refuses() || wanted.action.refuses() {
        return Vec::new();
    }
    let mut sentences = Vec::new();
    let mut lacking: Vec<String> = Vec::new();
    for guard in &wanted.guards {
        match &guard.check {
            Check::Argument(condition) if guard.essential && matches!(condition.op, Op::In | Op::NotIn) => {
                sentences.extend(operations(rule, condition, own));
            }
            Check::Argument(_) | Check::Refusal(_) | Check::Total(_) | Check::Unenforceable(_) => {
                if !is_asked(guard, &entry, wanted) {
                    lacking.push(named(guard));
                }
            }
        }
    }
    if !lacking.is_empty() {
        lacking.dedup();
        sentences.push(format!("does not ask what a new policy asks: {}.", prose::list(&lacking)));
    }
    sentences
}

/// The operations that a new policy denies and the entry lets pass.
fn operations(rule: &Rule, refused: &Condition, own: &Decisions) -> Option<String> {
    let (entry, every) = (own.for_tool(&rule.tool), own.every.as_ref());
    if every.is_some_and(|every| every.action.refuses()) {
        return None;
    }
    let guards = || entry.guards.iter().chain(every.iter().flat_map(|every| &every.guards));
    let is_open = |value: &&Value| lets_through(guards(), &refused.parameter, value);
    let values = refused_values(refused, &rule.parameters);
    let open: Vec<&Value> = values.iter().filter(is_open).collect();
    let shown = open.iter().take(MAX_VALUES).map(|value| clean::excerpt(&plain(value), MAX_VALUE));
    let mut shown: Vec<String> = shown.collect();
    let more = open.len().saturating_sub(MAX_VALUES);
    shown.extend((more > 0).then(|| format!("{} more", prose::thousands(more))));
    let parameter = clean::excerpt(&refused.parameter, MAX_VALUE);
    (!open.is_empty()).then(|| format!("lets {parameter} be {}, which a new policy refuses.", prose::list(&shown)))
}

/// True if the entry has a rule on the same argument with the guard's name, or with a name that a new policy does not
/// use.
fn is_asked(guard: &Guard, entry: &Decision, wanted: &Decision) -> bool {
    let is_own = |id: &str| !wanted.guards.iter().any(|guard| guard.id == id);
    let mut others = entry.guards.iter().filter(|other| other.id == guard.id || is_own(&other.id));
    others.any(|other| guard.parameters().iter().all(|path| other.parameters().contains(path)))
}

/// A guard for messages: "no-parent-path (path)".
fn named(guard: &Guard) -> String {
    let paths: Vec<String> = guard.parameters().iter().map(|path| clean::excerpt(path, MAX_VALUE)).collect();
    if paths.is_empty() { guard.id.clone() } else { format!("{} ({})", guard.id, prose::list(&paths)) }
}
