//! Two policies compared by what they decide, not by how they are written.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Decisions, calls_per_day};
use crate::model::{Decision, Guard, PolicyAction};

/// How one decision stands to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// More calls pass.
    Looser,
    /// Fewer calls pass.
    Stricter,
    /// Other calls pass: some more, some fewer.
    Different,
    /// Only the sentences changed.
    Wording,
}

impl Change {
    /// The word for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Looser => "looser",
            Self::Stricter => "stricter",
            Self::Different => "different",
            Self::Wording => "wording",
        }
    }
}

/// One tool on which two policies differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The tool; `*` for every tool, and "(default)" for those that are not named.
    pub tool: String,
    /// How the second policy stands to the first.
    pub change: Change,
    /// What the first says.
    pub before: String,
    /// What the second says.
    pub after: String,
    /// The guards that only the first has, by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guards_gone: Vec<String>,
    /// The guards that only the second has, by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guards_new: Vec<String>,
}

/// Where `b` decides otherwise than `a`, by name.
pub fn diff(a: &Decisions, b: &Decisions) -> Vec<Difference> {
    let unnamed = |decisions: &Decisions| Decision { action: decisions.default, ..Decision::allow() };
    let mut differences = Vec::new();
    differences.extend(difference("(default)", &unnamed(a), &unnamed(b)));
    let every = |decisions: &Decisions| decisions.every.clone().unwrap_or_else(Decision::allow);
    differences.extend(difference("*", &every(a), &every(b)));
    let names: BTreeSet<&String> = a.tools.keys().chain(b.tools.keys()).collect();
    differences.extend(names.into_iter().filter_map(|name| difference(name, &a.of(name), &b.of(name))));
    differences
}

fn difference(tool: &str, before: &Decision, after: &Decision) -> Option<Difference> {
    if before == after {
        return None;
    }
    let lacking = |of: &Decision, other: &Decision| {
        let missing = held(of).iter().filter(|guard| !held(other).iter().any(|o| o.check == guard.check));
        missing.map(described).collect::<Vec<_>>()
    };
    let (guards_gone, guards_new) = (lacking(before, after), lacking(after, before));
    let change = change(before, after, !guards_gone.is_empty(), !guards_new.is_empty());
    Some(Difference {
        tool: tool.to_owned(),
        change,
        before: before.words(),
        after: after.words(),
        guards_gone,
        guards_new,
    })
}

/// The guards that hold; behind a refusal none does.
fn held(decision: &Decision) -> &[Guard] {
    if decision.action.refuses() { &[] } else { &decision.guards }
}

/// A decision that refuses is stricter than any other, whatever stands behind it.
fn change(before: &Decision, after: &Decision, gone: bool, new: bool) -> Change {
    let strictness = |decision: &Decision| match decision.action {
        PolicyAction::Allow => 0,
        PolicyAction::Approve => 1,
        PolicyAction::Deny | PolicyAction::Hide => 2,
    };
    let (from, to) = (strictness(before), strictness(after));
    if from == 2 && to == 2 {
        return if before.action == after.action { Change::Wording } else { Change::Different };
    }
    if to == 2 || from == 2 {
        return if to == 2 { Change::Stricter } else { Change::Looser };
    }
    let (calls_before, calls_after) = (calls_per_day(before), calls_per_day(after));
    let looser = to < from || calls_after > calls_before || gone;
    let stricter = to > from || calls_after < calls_before || new;
    match (looser, stricter) {
        (true, true) => Change::Different,
        (true, false) => Change::Looser,
        (false, true) => Change::Stricter,
        (false, false) if before.rate_limit != after.rate_limit => Change::Different,
        (false, false) => Change::Wording,
    }
}

fn described(guard: &Guard) -> String {
    let parameters = guard.parameters();
    if parameters.is_empty() { guard.id.clone() } else { format!("{} ({})", guard.id, parameters.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RateLimit;

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
            (deny("No."), Decision::hide(), Some(Change::Different)),
            (limit(5), limit(5), None),
        ] {
            let differences = diff(&one(before.clone()), &one(after.clone()));
            assert_eq!(differences.first().map(|d| d.change), want, "{} to {}", before.words(), after.words());
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
