//! The values that a person must set in a policy file.

use super::stated::Stated;
use crate::model::{Check, Guard};
use crate::policy::{Policy, Rule};

/// A value with which the file that `dialect` writes starts, and which a person must set.
#[derive(Debug, Clone, PartialEq)]
pub struct StartValue {
    /// The guard that asks for it, the first of those that share it.
    pub guard: Guard,
    pub tools: Vec<String>,
}

impl StartValue {
    /// True when `guard` of another tool asks for the same: a total has a counter, and a value, for each tool.
    pub(crate) fn is_of(&self, guard: &Guard) -> bool {
        match (&self.guard.check, &guard.check) {
            (Check::Argument(mine), Check::Argument(other)) => self.guard.id == guard.id && mine.value == other.value,
            _ => false,
        }
    }
}

/// The values that a person must set in the file of the format whose rules are `state`, in the order of its rules.
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
