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
    let message = &entry.on_deny;
    let start = message.split_once('{').map_or(message.as_str(), |(start, _)| start);
    let end = message.rsplit_once(['}', ')']).map_or("", |(_, end)| end);
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
    use crate::model::{Guard, Listing, Server, Tool};
    use crate::policy::dialect::{self, Dialect};
    use crate::policy::{Policy, unenforced};
    use crate::rules::GuardSubject;

    /// The values of `entry` that pass in an Intercept policy where an argument of `tool` may be left out, although the file
    /// says nothing of that.
    fn silently_open(entry: &GuardEntry, mut tool: Tool, ruleset: &Ruleset) -> Vec<String> {
        tool.parameters.iter_mut().for_each(|parameter| parameter.required = false);
        let server = Server { name: "Example".into(), ..Server::default() };
        let listing = Listing { server, tools: vec![tool], ..Listing::default() };
        let report = crate::report(vec![listing], Vec::new(), ruleset);
        let policy = Policy::new(&report.servers[0], &report.ruleset);
        let stated = dialect::stated(&policy, Dialect::INTERCEPT);
        let notes: String = unenforced(&policy, Dialect::INTERCEPT).into_iter().map(|note| note.text).collect();
        let rule = &policy.rules[0];
        let of_entry = rule.decision.guards.iter().filter(|guard| guard.id == entry.id);
        let paths = of_entry.flat_map(Guard::parameters).filter(|path| !path.contains(['.', '[']));
        let open = |path: &str| {
            let given = entry.refuses.iter().filter(|value| !value.is_null());
            let calls = given.map(|value| Call { tool: rule.tool.clone(), arguments: json!({path: value}), at: 0 });
            let allowed = calls.filter(|call| evaluate(&stated, call).outcome == Outcome::Allowed);
            let silent = allowed.filter(|_| !notes.contains(path));
            silent.map(|call| format!("{}: {} {}", entry.id, call.tool, call.arguments)).collect::<Vec<_>>()
        };
        paths.flat_map(open).collect()
    }

    #[test]
    fn an_argument_that_may_be_left_out_is_never_open_without_a_word() {
        let ruleset = Ruleset::builtin().unwrap();
        let entries = ruleset.guards.iter().map(|rule| &rule.entry);
        let parameters = entries.filter(|entry| entry.of == GuardSubject::Parameter && entry.profiles.is_empty());
        let open: Vec<String> = parameters
            .flat_map(|entry| entry.examples.matches.iter().map(move |example| (entry, example.tool())))
            .flat_map(|(entry, tool)| silently_open(entry, tool, &ruleset))
            .collect();
        assert!(open.is_empty(), "{}", open.join("\n"));
    }

    #[test]
    fn every_guard_keeps_its_word() {
        let failures = example_failures(&Ruleset::builtin().unwrap());
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
