//! Rules that can never have an effect, because another rule has refused whatever they would refuse.

use crate::model::{Check, Decision, Guard, Op};
use crate::policy::implication::implies;
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
        asks: false,
        fill_in: false,
        on_deny: None,
    });
    limit.into_iter().chain(decision.guards.iter().cloned()).take(MAX_RULES).collect()
}

/// True when whatever passes `by` passes `guard`; of two alike the `earlier` one outdoes the other. What must only be
/// there is not held against it: it is asked for the sake of its sentence.
fn outdoes(by: &Guard, guard: &Guard, earlier: bool) -> bool {
    let asks_presence = |guard: &Guard| guard.conditions().iter().any(|condition| condition.op == Op::Exists);
    !asks_presence(by)
        && !asks_presence(guard)
        && implies(&by.check, &guard.check)
        && (earlier || !implies(&guard.check, &by.check))
}
