//! Compares two policies by their decisions, not by their text.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Decisions;
use super::implication::implies;
use crate::model::{Check, Decision, Guard};

/// How a decision compares to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Change {
    /// More calls pass.
    Looser,
    /// Fewer calls pass, or denied tools are now hidden.
    Stricter,
    /// Some calls newly pass and others no longer do; or it is unknown, as for two patterns.
    Different,
    /// Only messages changed.
    Wording,
}

impl Change {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Looser => "looser",
            Self::Stricter => "stricter",
            Self::Different => "different",
            Self::Wording => "wording",
        }
    }
}

/// A tool on which two policies differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Difference {
    /// The tool; `*` for every tool, and "(default)" for tools that are not named.
    pub(crate) tool: String,
    /// How the second policy compares to the first.
    pub(crate) change: Change,
    /// The decision of the first policy.
    pub(crate) before: String,
    /// The decision of the second policy.
    pub(crate) after: String,
    /// Guards that are only in the first policy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) guards_gone: Vec<Guard>,
    /// Guards that are only in the second policy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) guards_new: Vec<Guard>,
}

/// The differences of `b` from `a`, by tool.
pub(crate) fn diff(a: &Decisions, b: &Decisions) -> Vec<Difference> {
    let unnamed = |decisions: &Decisions| Decision { action: decisions.default, ..Decision::allow() };
    let mut differences = Vec::new();
    differences.extend(difference("(default)", &unnamed(a), &unnamed(b)));
    let every = |decisions: &Decisions| decisions.every.clone().unwrap_or_else(Decision::allow);
    differences.extend(difference("*", &every(a), &every(b)));
    let names: BTreeSet<&String> = a.tools.keys().chain(b.tools.keys()).collect();
    differences.extend(names.into_iter().filter_map(|name| difference(name, &a.for_tool(name), &b.for_tool(name))));
    differences
}

fn difference(tool: &str, before: &Decision, after: &Decision) -> Option<Difference> {
    if is_same(before, after) {
        return None;
    }
    let lacking = |of: &Decision, other: &Decision| {
        let missing = held(of).iter().filter(|guard| !held(other).iter().any(|o| is_alike(&o.check, &guard.check)));
        missing.cloned().collect::<Vec<_>>()
    };
    Some(Difference {
        tool: tool.to_owned(),
        change: change(before, after),
        before: before.words(),
        after: after.words(),
        guards_gone: lacking(before, after),
        guards_new: lacking(after, before),
    })
}

/// True if decision and messages are the same. The order of values in a set does not matter.
fn is_same(before: &Decision, after: &Decision) -> bool {
    let says = |decision: &Decision| (decision.action, decision.rate_limit, decision.reason.clone());
    let is_same = |(a, b): (&Guard, &Guard)| a.id == b.id && a.on_deny == b.on_deny && is_alike(&a.check, &b.check);
    let (a, b) = (&before.guards, &after.guards);
    says(before) == says(after) && a.len() == b.len() && a.iter().zip(b).all(is_same)
}

/// True if both let the same calls pass.
fn is_alike(a: &Check, b: &Check) -> bool {
    implies(a, b) && implies(b, a)
}

/// The guards in effect; a denial has none.
fn held(decision: &Decision) -> &[Guard] {
    if decision.action.refuses() { &[] } else { &decision.guards }
}

/// All conditions for calls that are not denied.
fn demands(decision: &Decision) -> Vec<Check> {
    let limit = decision.rate_limit.map(|limit| Check::Total(limit.into()));
    limit.into_iter().chain(decision.guards.iter().map(|guard| guard.check.clone())).collect()
}

/// A decision that denies is stricter than any other, whatever its guards. Otherwise the stricter one is the one whose
/// conditions imply those of the other.
fn change(before: &Decision, after: &Decision) -> Change {
    let (from, to) = (before.action, after.action);
    let (no_looser, no_stricter) = if from.refuses() || to.refuses() {
        (to >= from, to <= from)
    } else {
        let (had, has) = (demands(before), demands(after));
        let cover = |by: &[Check], all: &[Check]| all.iter().all(|one| by.iter().any(|by| implies(by, one)));
        (to >= from && cover(&has, &had), to <= from && cover(&had, &has))
    };
    match (no_looser, no_stricter) {
        (true, true) => Change::Wording,
        (true, false) => Change::Stricter,
        (false, true) => Change::Looser,
        (false, false) => Change::Different,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::{Condition, Op, PolicyAction, RateLimit};

    fn one(decision: Decision) -> Decisions {
        Decisions { default: PolicyAction::Deny, tools: [("t".to_owned(), decision)].into(), every: None }
    }

    #[test]
    fn each_change_is_told_by_what_it_lets_through() {
        let limit = |max| Decision::limited(RateLimit::per(max, "minute").unwrap());
        let deny = |why: &str| Decision::deny(Some(why.into()));
        for (before, after, want) in [
            (Decision::allow(), limit(5), Some(Change::Stricter)),
            (limit(5), limit(6), Some(Change::Looser)),
            (limit(5), deny("No."), Some(Change::Stricter)),
            (deny("No."), Decision::approve(None), Some(Change::Looser)),
            (Decision::allow(), Decision::approve(None), Some(Change::Stricter)),
            (deny("No."), deny("Never."), Some(Change::Wording)),
            (deny("No."), Decision::hide(), Some(Change::Stricter)),
            (Decision::hide(), deny("No."), Some(Change::Looser)),
            (limit(5), limit(5), None),
            (limit(5), Decision::limited(RateLimit::per(100, "day").unwrap()), Some(Change::Different)),
            (limit(5), Decision::limited(RateLimit::per(300, "hour").unwrap()), Some(Change::Looser)),
            (limit(5), Decision { rate_limit: None, ..Decision::approve(None) }, Some(Change::Different)),
        ] {
            let differences = diff(&one(before.clone()), &one(after.clone()));
            assert_eq!(differences.first().map(|d| d.change), want, "{} to {}", before.words(), after.words());
        }
    }

    #[test]
    fn conditions_are_told_by_what_they_let_through() {
        use Change::{Different, Looser, Stricter, Wording};
        let on = |conditions: &[(Op, Value)]| {
            let guard = |(op, value): &(Op, Value)| {
                let condition =
                    Condition { parameter: "a".into(), op: *op, value: value.clone(), absent_passes: false };
                let check = Check::Argument(condition);
                Guard::new("g", check)
            };
            Decision { guards: conditions.iter().map(guard).collect(), ..Decision::allow() }
        };
        for (before, after, want) in [
            (on(&[(Op::Lte, json!(100))]), on(&[(Op::Lte, json!(1_000_000))]), Some(Looser)),
            (on(&[(Op::Gte, json!(1))]), on(&[(Op::Gte, json!(2))]), Some(Stricter)),
            (on(&[(Op::In, json!(["x"]))]), on(&[(Op::In, json!(["x", "y"]))]), Some(Looser)),
            (on(&[(Op::NotIn, json!(["x"]))]), on(&[(Op::NotIn, json!(["x", "y"]))]), Some(Stricter)),
            (on(&[(Op::In, json!(["x", "y"]))]), on(&[(Op::In, json!(["y", "z"]))]), Some(Different)),
            (on(&[(Op::In, json!(["x", "y"]))]), on(&[(Op::In, json!(["y", "x"]))]), None),
            (on(&[(Op::Eq, json!("x"))]), on(&[(Op::In, json!(["x"]))]), None),
            (on(&[(Op::Exists, json!(true))]), on(&[]), Some(Looser)),
            (on(&[(Op::Regex, json!("^x"))]), on(&[(Op::Regex, json!("^y"))]), Some(Different)),
            (
                on(&[(Op::Lt, json!(5)), (Op::Neq, json!(2))]),
                on(&[(Op::Neq, json!(2)), (Op::Lt, json!(5))]),
                Some(Wording),
            ),
            (on(&[(Op::Lt, json!(5))]), on(&[(Op::Lt, json!(5)), (Op::Neq, json!(2))]), Some(Stricter)),
            (
                on(&[(Op::Lt, json!(5))]),
                Decision { action: PolicyAction::Approve, ..on(&[(Op::Lt, json!(9))]) },
                Some(Different),
            ),
        ] {
            let differences = diff(&one(before.clone()), &one(after.clone()));
            let words = |decision: &Decision| decision.guards.iter().map(|g| g.check.words()).collect::<Vec<_>>();
            assert_eq!(differences.first().map(|d| d.change), want, "{:?} to {:?}", words(&before), words(&after));
        }
    }

    #[test]
    fn a_tool_that_only_one_names_has_the_defaults_answer_in_the_other() {
        let empty = Decisions { default: PolicyAction::Deny, tools: [].into(), every: None };
        let differences = diff(&empty, &one(Decision::allow()));
        assert_eq!((differences.len(), differences[0].change), (1, Change::Looser));
        assert_eq!((differences[0].before.as_str(), differences[0].after.as_str()), ("deny", "allow"));
        assert!(diff(&empty, &one(Decision::deny(None))).is_empty(), "denied by default and denied by name");
        let open = Decisions { default: PolicyAction::Allow, ..empty.clone() };
        assert_eq!(diff(&empty, &open)[0].tool, "(default)");
    }
}
