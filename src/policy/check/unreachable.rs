//! Finds rules without effect, because another rule already denies the same calls.

use crate::model::{Check, Decision, Guard};
use crate::policy::implication::superseding;
use crate::text::clean;

/// Most rules of a tool that are compared.
const MAX_RULES: usize = 200;
/// Longest rule name in a message, in characters.
const MAX_NAME: usize = 60;

/// The rules without effect in `decision` for the tool `name`, given `every`, which applies to all tools; one sentence
/// each.
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

/// The first guards of `decision`, with the rate limit in front.
fn rules(decision: &Decision) -> Vec<Guard> {
    let limit = decision
        .rate_limit
        .map(|limit| Guard::new(format!("{} per {}", limit.max, limit.window_name()), Check::Total(limit.into())));
    limit.into_iter().chain(decision.guards.iter().cloned()).take(MAX_RULES).collect()
}
