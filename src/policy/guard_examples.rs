//! Tests the examples of `guards.yaml`.

use serde_json::{Value, json};

use super::call::{Call, Outcome};
use super::decide::by_profile;
use super::decisions::Decisions;
use super::guards::{Checks, guard};
use super::simulate::evaluate;
use crate::model::{Cause, Decision, Parameter, PolicyAction};
use crate::rules::{Example, GuardEntry, Ruleset, Settings};

/// Reports every example in `guards.yaml` with another result than its entry says: the tools it applies to, and the
/// values that pass its check.
pub(crate) fn example_failures(ruleset: &Ruleset) -> Vec<String> {
    ruleset
        .guards
        .iter()
        .flat_map(|rule| tool_failures(&rule.entry, ruleset).chain(value_failures(&rule.entry)))
        .collect()
}

fn tool_failures<'r>(entry: &'r GuardEntry, ruleset: &'r Ruleset) -> impl Iterator<Item = String> + 'r {
    let is_asked = move |example: &Example| {
        let tool = example.tool();
        let assessment = crate::classify::classify_alone(&tool, ruleset);
        let profile = entry.profiles.first().and_then(|id| ruleset.profiles.iter().find(|profile| profile.id == *id));
        let profile = profile.unwrap_or(&ruleset.profile);
        let decision = by_profile(&tool, &assessment, profile, ruleset, &ruleset.settings);
        let asked_about = decision.reason.as_ref().is_some_and(|reason| reason_is_of(entry, reason));
        let limited = entry.check.limit().is_some_and(|limit| decision.rate_limit == Some(limit));
        asked_about || limited || decision.guards.iter().any(|guard| guard.id == entry.id)
    };
    let lists = [(&entry.examples.matches, "should"), (&entry.examples.reject, "should not")];
    lists.into_iter().flat_map(move |(examples, should)| {
        let wrong = move |example: &&Example| is_asked(example) != (should == "should");
        let told = move |e: &Example| format!("{} {should} be asked of {}: {}", entry.id, e.name, e.because);
        examples.iter().filter(wrong).map(told).collect::<Vec<_>>()
    })
}

/// True if `reason` is the message of `entry` for some parameter.
fn reason_is_of(entry: &GuardEntry, reason: &str) -> bool {
    let (start, end) = entry.on_deny.split_once("{parameter}").unwrap_or((&entry.on_deny, ""));
    reason.starts_with(start) && reason.ends_with(end)
}

fn value_failures(entry: &GuardEntry) -> impl Iterator<Item = String> + '_ {
    let passes = |value: &Value| {
        let parameter = Parameter::named("", "value");
        let cause = Cause { id: String::new(), text: String::new() };
        let checks = Checks { is_dispatch: false, settings: &Settings::default(), description: None };
        let guards = checks.check_for(entry, &parameter).map(|check| guard(entry, check, &parameter, cause));
        let decision = Decision { guards: guards.into_iter().collect(), ..Decision::allow() };
        let decisions =
            Decisions { default: PolicyAction::Deny, tools: [(String::new(), decision)].into(), every: None };
        let call = Call { tool: String::new(), arguments: json!({"value": value}), at: 0 };
        evaluate(&decisions, &call).outcome == Outcome::Allowed
    };
    let wrong = |values: &[Value], should: bool| {
        let told = |value: &Value| {
            let verb = if should { "pass" } else { "be refused" };
            format!("{}: the value {value} should {verb}", entry.id)
        };
        values.iter().filter(|value| passes(value) != should).map(told).collect::<Vec<_>>()
    };
    wrong(&entry.passes, true).into_iter().chain(wrong(&entry.refuses, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guard_keeps_its_word() {
        let failures = example_failures(&Ruleset::builtin().unwrap());
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
