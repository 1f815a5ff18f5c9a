//! Rules that can never have an effect, because another rule has refused whatever they would refuse.

use crate::model::{Check, Decision, Guard};
use crate::policy::implication::superseding;
use crate::text::clean;

/// Most rules of one tool that are compared with each other.
const MAX_RULES: usize = 200;
/// Characters of a rule's name in a sentence.
const MAX_NAME: usize = 60;

/// What is dead in the answer `decision` for the tool `name`, beside what `every` says of all tools; each a sentence.
pub(crate) fn problems(name: &str, decision: &Decision, every: Option<&Decision>) -> Vec<String> {
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
    for (index, guard) in guards.iter().enumerate() {
        if let Some(by) = superseding(&guards, index) {
            let [dead, by] = [guard, by].map(|guard| clean::excerpt(&guard.id, MAX_NAME));
            found.push(format!("The rule \"{dead}\" of {name} refuses nothing that \"{by}\" lets through."));
        }
    }
    found
}

/// The first guards of `decision`, its limit before all.
fn rules(decision: &Decision) -> Vec<Guard> {
    let limit = decision
        .rate_limit
        .map(|limit| Guard::new(format!("{} per {}", limit.max, limit.window_name()), Check::Total(limit.into())));
    limit.into_iter().chain(decision.guards.iter().cloned()).take(MAX_RULES).collect()
}
