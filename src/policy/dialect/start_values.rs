//! The values that a person must set in a policy file.

use super::stated::Stated;
use crate::model::{Check, Guard};
use crate::policy::{Policy, Rule};

/// A placeholder in the file that `dialect` writes, which a person must set.
#[derive(Debug, Clone, PartialEq)]
pub struct StartValue {
    /// The guard that uses it, the first of those that share it.
    pub guard: Guard,
    pub tools: Vec<String>,
}

impl StartValue {
    /// True if `guard` of another tool shares this value. Totals never do: each tool has its own counter and value.
    pub(crate) fn is_of(&self, guard: &Guard) -> bool {
        match (&self.guard.check, &guard.check) {
            (Check::Argument(mine), Check::Argument(other)) => self.guard.id == guard.id && mine.value == other.value,
            (Check::Argument(_) | Check::Refusal(_) | Check::Total(_) | Check::Unenforceable(_), _) => false,
        }
    }
}

/// The values that a person must set in the file of the format with rules `state`, in the order of its rules.
pub(crate) fn start_values(policy: &Policy, state: impl Fn(&Rule) -> Stated) -> Vec<StartValue> {
    let mut values: Vec<StartValue> = Vec::new();
    for rule in &policy.rules {
        let decision = state(rule).decision.filter(|decision| !decision.action.refuses());
        for guard in decision.into_iter().flat_map(|decision| decision.guards).filter(|guard| guard.fill_in) {
            match values.iter_mut().find(|value| value.is_of(&guard)) {
                Some(value) if value.tools.contains(&rule.tool) => {}
                Some(value) => value.tools.push(rule.tool.clone()),
                None => values.push(StartValue { guard, tools: vec![rule.tool.clone()] }),
            }
        }
    }
    values
}
