//! Limits on the calls of all tools together.

use crate::model::{Check, Decision, Guard, RateLimit};

/// What holds for every call: the first limit as such, the others as totals, as a format's reader has them.
pub(crate) fn all_tools(limits: &[RateLimit]) -> Option<Decision> {
    let (first, more) = limits.split_first()?;
    let total = |limit: &RateLimit| Guard::new(name(*limit), Check::Total((*limit).into()));
    Some(Decision { guards: more.iter().map(total).collect(), ..Decision::limited(*first) })
}

/// What a rule with the limit is called.
pub(crate) fn name(limit: RateLimit) -> String {
    format!("limit calls of all tools per {}", limit.window_name())
}
