//! Limits on the calls of all tools together.

use crate::model::{Check, Decision, Guard, RateLimit};
use crate::policy::Policy;

/// What holds for every call: the first limit as such, the others as totals, as a format's reader has them.
///
/// In the formats that can say it, all tools are called `*`. Where a server has a tool of that name, saying it would name
/// that tool under a default that denies, so nothing is said.
pub(crate) fn all_tools(policy: &Policy) -> Option<Decision> {
    let (first, more) = limits(policy).split_first()?;
    let total = |limit: &RateLimit| Guard::new(name(*limit), Check::Total((*limit).into()));
    Some(Decision { guards: more.iter().map(total).collect(), ..Decision::limited(*first) })
}

/// The limits that a file says.
pub(crate) fn limits(policy: &Policy) -> &[RateLimit] {
    let is_named_so = policy.rules.iter().any(|rule| rule.tool == "*");
    if is_named_so { &[] } else { &policy.all_tools }
}

/// What a rule with the limit is called.
pub(crate) fn name(limit: RateLimit) -> String {
    format!("limit calls of all tools per {}", limit.window_name())
}
