//! Rules that can never have an effect, because another rule has refused whatever they would refuse.

use serde_json::{Value, json};

use crate::model::{Adds, Check, Condition, Decision, Guard, Op, PolicyAction, Total};
use crate::policy::{Call, Decisions, Outcome, evaluate};
use crate::text::clean;

/// Most rules of one tool that are compared with each other.
const MAX_RULES: usize = 200;
/// Characters of a rule's name in a sentence.
const MAX_NAME: usize = 60;

/// What is dead in the answer `decision` for the tool `name`, beside what `every` says of all tools; each a sentence.
pub fn problems(name: &str, decision: &Decision, every: Option<&Decision>) -> Vec<String> {
    if decision.action.refuses() {
        let dead = decision.rate_limit.is_some() || !decision.guards.is_empty();
        let text = format!("Every call of {name} is refused; its limits and conditions have no effect.");
        return dead.then_some(text).into_iter().collect();
    }
    if every.is_some_and(|every| every.action.refuses()) {
        return vec![format!("The rules for all tools refuse every call; those of {name} have no effect.")];
    }
    let guards = rules(decision);
    let mut found = Vec::new();
    for (at, guard) in guards.iter().enumerate() {
        let stands = |(other, by): &(usize, &Guard)| *other != at && outdoes(by, guard, *other < at);
        if let Some((_, by)) = guards.iter().enumerate().find(stands) {
            let [dead, by] = [guard, by].map(|guard| clean::excerpt(&guard.id, MAX_NAME));
            found.push(format!("The rule \"{dead}\" of {name} refuses nothing that \"{by}\" lets through."));
        }
    }
    found
}

/// The first guards of `decision`, its limit before all.
fn rules(decision: &Decision) -> Vec<Guard> {
    let limit = decision.rate_limit.map(|limit| Guard {
        id: format!("{} per {}", limit.max, limit.window_name()),
        check: Check::Total(limit.into()),
        cause: None,
        essential: false,
        fill_in: false,
        on_deny: None,
    });
    limit.into_iter().chain(decision.guards.iter().cloned()).take(MAX_RULES).collect()
}

/// True when whatever passes `by` passes `guard`; of two alike the `earlier` one outdoes the other.
fn outdoes(by: &Guard, guard: &Guard, earlier: bool) -> bool {
    match (&by.check, &guard.check) {
        (Check::Argument(by), Check::Argument(other)) => implies(by, other) && (earlier || !implies(other, by)),
        (Check::Total(by), Check::Total(other)) => is_within(by, other) && (earlier || !is_within(other, by)),
        (by, other) => by == other && earlier,
    }
}

/// True when what `by` lets through is never too much for `other`, which counts the same. A sum of arguments may fall
/// again, so that a longer window says nothing of a shorter one.
fn is_within(by: &Total, other: &Total) -> bool {
    let covers = match by.adds {
        Adds::Each(step) => step > 0 && by.window_seconds >= other.window_seconds,
        Adds::Argument(_) => by.window_seconds == other.window_seconds,
    };
    covers && by.adds == other.adds && by.max <= other.max
}

/// True when a value that meets `by` meets `other`. What must only be there is not held against it: it is asked for
/// the sake of its sentence.
fn implies(by: &Condition, other: &Condition) -> bool {
    let same = by.parameter == other.parameter && (other.absent_passes || !by.absent_passes);
    if !same || by.op == Op::Exists || other.op == Op::Exists {
        return false;
    }
    if by == other {
        return true;
    }
    let numbers = by.value.as_f64().zip(other.value.as_f64());
    match (by.op, other.op, numbers) {
        (Op::Lt | Op::Lte, Op::Lt | Op::Lte, Some((a, b))) => {
            a < b || (a <= b && (by.op == Op::Lt || other.op == Op::Lte))
        }
        (Op::Gt | Op::Gte, Op::Gt | Op::Gte, Some((a, b))) => {
            a > b || (a >= b && (by.op == Op::Gt || other.op == Op::Gte))
        }
        (Op::In, _, _) => {
            let values = by.value.as_array().map_or(&[][..], Vec::as_slice);
            !values.is_empty() && values.iter().all(|value| meets(&[other], value))
        }
        (Op::Eq, _, _) => meets(&[other], &by.value),
        _ => false,
    }
}

/// True when an argument that is `value` meets all `conditions`, which are about it.
pub fn meets(conditions: &[&Condition], value: &Value) -> bool {
    let check =
        |condition: &&Condition| Check::Argument(Condition { parameter: "value".into(), ..(*condition).clone() });
    let guard =
        |check| Guard { id: String::new(), check, cause: None, essential: false, fill_in: false, on_deny: None };
    let decision = Decision { guards: conditions.iter().map(check).map(guard).collect(), ..Decision::allow() };
    let tools = [(String::new(), decision)].into();
    let decisions = Decisions { default: PolicyAction::Deny, tools, every: None };
    let call = Call { tool: String::new(), arguments: json!({"value": value}), at: 0 };
    evaluate(&decisions, &call).outcome == Outcome::Allowed
}
