//! Overlays: policies laid over another one. A call passes only if it passes all of them, so an overlay tightens and never
//! loosens.

use super::decisions::{Decisions, RuleNames};
use crate::model::{Check, Decision, Guard, PolicyAction, RateLimit};

/// The policy that lets a call pass if and only if `base` and `overlay` do. What an overlay should leave alone, its
/// default must allow.
pub(crate) fn tightened(base: &Decisions, overlay: &Decisions) -> Decisions {
    let names = base.tools.keys().chain(overlay.tools.keys());
    let tools = names.map(|name| (name.clone(), both(base.for_tool(name), overlay.for_tool(name)))).collect();
    let every = match (base.every.clone(), overlay.every.clone()) {
        (Some(base), Some(overlay)) => Some(both(base, overlay)),
        (base, overlay) => base.or(overlay),
    };
    Decisions { default: base.default.max(overlay.default), tools, every }
}

/// The names of the rules of both; a name of `base` is kept.
pub(crate) fn named_by_both(base: RuleNames, overlay: RuleNames) -> RuleNames {
    let mut tools = overlay.tools;
    for (tool, names) in base.tools {
        let both = tools.entry(tool).or_default();
        both.refusal = names.refusal.or(both.refusal.take());
        both.limit = names.limit.or(both.limit.take());
    }
    RuleNames { tools }
}

/// The stricter action, with the guards and the limits of both.
fn both(base: Decision, overlay: Decision) -> Decision {
    let (strict, other) = if overlay.action > base.action { (overlay, base) } else { (base, overlay) };
    let action = strict.action;
    let limits = [strict.rate_limit, other.rate_limit].map(|limit| limit.filter(|_| !action.refuses()));
    let (rate_limit, second) = match limits {
        [Some(first), Some(second)] if first != second => (Some(first), Some(second)),
        [first, second] => (first.or(second), None),
    };
    let reason = strict.reason.or(other.reason.filter(|_| action == PolicyAction::Approve));
    let mut guards = strict.guards;
    let more: Vec<Guard> = other.guards.into_iter().filter(|guard| !guards.contains(guard)).collect();
    guards.extend(more);
    guards.extend(second.map(counted));
    Decision { action, rate_limit, reason, guards, extent: false }
}

/// A second limit on the same calls.
fn counted(limit: RateLimit) -> Guard {
    Guard::new(format!("rate limit per {}", limit.window_name()), Check::Total(limit.into()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::policy::{Call, Dialect, Outcome, evaluate, read};

    fn policy(text: &str) -> Decisions {
        read(&format!("version: '1'\n{text}"), Dialect::INTERCEPT).unwrap()
    }

    #[test]
    fn an_overlay_tightens_what_it_names_and_leaves_the_rest() {
        let base = policy(
            "default: deny\ntools:\n  look: {rules: []}\n  pay:\n    rules: [{name: cap, conditions: [{path: \
             args.amount, op: lte, value: 100}]}]\n  drop: {rules: [{name: no, action: deny}]}\n",
        );
        let overlay = policy(
            "default: allow\nhide: [look]\ntools:\n  pay:\n    rules: [{name: prod cap, conditions: [{path: args.amount, \
             op: lte, value: 10}]}]\n  drop: {rules: []}\n",
        );
        let merged = tightened(&base, &overlay);
        let outcome = |tool: &str, amount: u32| {
            let call = Call { tool: tool.into(), arguments: json!({"amount": amount}), at: 0 };
            evaluate(&merged, &call).outcome == Outcome::Allowed
        };
        assert!(outcome("pay", 10) && !outcome("pay", 50) && !outcome("drop", 1) && !outcome("other", 1));
        assert_eq!(merged.tools["look"].action, PolicyAction::Hide);
    }

    fn policies() -> impl Strategy<Value = Decisions> {
        let rule = prop::sample::select(vec![
            "rules: []",
            "rules: [{name: n, action: deny}]",
            "rules: [{name: few, rate_limit: 1/hour}]",
            "rules: [{name: some, rate_limit: 2/minute}]",
            "rules: [{name: 'approve a', conditions: [{path: args.a, op: lte, value: 5}]}]",
            "rules: [{name: g, conditions: [{path: args.a, op: gte, value: 3}]}]",
        ]);
        let tools = prop::collection::btree_map(prop::sample::select(vec!["x", "y", "'*'"]), rule, 0..3);
        (prop::sample::select(vec!["allow", "deny"]), tools, any::<bool>()).prop_map(|(default, tools, hides)| {
            let hide = if hides { "hide: [z]\n" } else { "" };
            let tools: Vec<String> = tools.into_iter().map(|(name, rule)| format!("{name}: {{{rule}}}")).collect();
            policy(&format!("default: {default}\n{hide}tools: {{{}}}\n", tools.join(", ")))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn a_call_passes_if_and_only_if_both_let_it_pass(base in policies(), overlay in policies(), tool in prop::sample::select(vec!["x", "y", "z", "w"]), a in 0..9_u32) {
            let call = Call { tool: tool.into(), arguments: json!({"a": a}), at: 0 };
            let outcome = |policy: &Decisions| evaluate(policy, &call).outcome;
            let strictest = outcome(&base).max(outcome(&overlay));
            prop_assert_eq!(outcome(&tightened(&base, &overlay)), strictest);
        }
    }
}
