//! Tools that are allowed only with listed values of one argument, for the clients that can compare an argument.

use crate::model::{Check, Guard, Op, PolicyAction};
use crate::policy::Rule;

/// The values of an argument with which a tool may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedValues {
    /// The argument, at the top of the arguments; every call must give it.
    pub(crate) argument: String,
    /// Words without a character that has a meaning in patterns.
    pub(crate) values: Vec<String>,
    pub(crate) guard: Guard,
    /// True if the policy asks nothing more of a call with such a value.
    pub(crate) suffices: bool,
}

impl ListedValues {
    /// `None` unless the tool is allowed only because one guard lists the values of an argument.
    pub(crate) fn for_rule(rule: &Rule) -> Option<Self> {
        let decision = &rule.decision;
        let mut essential = decision.guards.iter().filter(|guard| guard.essential);
        let (guard, None) = (essential.next()?, essential.next()) else { return None };
        let Check::Argument(condition) = &guard.check else { return None };
        let values = condition.value.as_array().filter(|_| condition.op == Op::In && !condition.absent_passes)?;
        let values: Vec<String> =
            values.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<_>>()?;
        let is_sayable = !values.is_empty() && values.iter().chain([&condition.parameter]).all(|text| is_word(text));
        let suffices = decision.rate_limit.is_none() && decision.guards.len() == 1 && !rule.confirm;
        (is_sayable && decision.action == PolicyAction::Allow).then(|| Self {
            argument: condition.parameter.clone(),
            values,
            guard: guard.clone(),
            suffices,
        })
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}
