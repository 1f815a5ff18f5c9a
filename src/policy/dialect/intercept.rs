//! The YAML that version 1 of the Intercept proxy loads.
//!
//! With `default: deny`, a tool with `rules: []` is allowed. A limit is written in its short form. The engine turns it
//! into a counter `state.TOOL._rate_WINDOW`, which it parses up to the second dot. So a limit on a tool with a dot in
//! its name invalidates the whole file, and such a tool is denied instead.

use std::collections::BTreeMap;

use crate::model::{Check, Condition, Decision, Guard, Op, PolicyAction};
use crate::policy::Rule;
use crate::policy::decisions::{Contents, Decisions, RuleNames, ToolRuleNames};
use crate::policy::implication::passes_absent;

use super::allow_or_deny::hide;
use super::proxy::Proxy;
use super::stated::Stated;
use super::tree::Node;
use super::validator::Validator;
use super::yaml;

mod grammar;

pub(crate) const FORMAT: Proxy = Proxy {
    name: "intercept",
    title: "Intercept",
    reader: "Intercept",
    tab: "Intercept",
    note: "YAML that the Intercept proxy loads as it is.",
    file: "Intercept proxy, version 1 YAML",
    download: "intercept.yaml",
    extension: "yaml",
    can: ["refused, by a rule named `approve ...`", "yes", "per minute, hour, day", "all"],
    checked: "engine (validator restated)",
    hides_refused: false,
    state,
    fits: None,
    write: |policy| yaml::file(policy, &SHAPE),
    fragment: |rule| yaml::fragment(rule, &SHAPE),
    remarks: |_| Vec::new(),
    read: Some(read),
};

/// How this format says a rule.
const SHAPE: yaml::Shape = yaml::Shape { template: "intercept.yaml", state, shares: true, limits_all_tools: true };

/// The same, but with every value written in full where it is used, without YAML anchors.
pub(crate) const APART: yaml::Shape = yaml::Shape { shares: false, ..SHAPE };

/// What becomes of a question.
const ASKED: &str = "Intercept cannot ask a person, so it refuses the call; `mcp-scan guard` with this file asks one.";

/// A condition on an absent argument fails.
const OPTIONAL: &str = "This format cannot look at the value of an argument that may be left out, so a call that gives it is \
                        refused; the rule's name begins with `approve`.";

/// What this format states for `rule`.
pub(crate) fn state(rule: &Rule) -> Stated {
    let limited = rule.decision.action == PolicyAction::Allow && rule.decision.rate_limit.is_some();
    if limited && rule.tool.contains('.') {
        let reason = "Calls of a tool with a dot in its name cannot be counted. A person must approve each.";
        let note = "This format cannot limit a tool with a dot in its name, so a person is asked about each call; \
                    `rules: []` allows it unlimited.";
        return Stated::strictly(
            Decision { action: PolicyAction::Approve, ..Decision::deny(Some(reason.into())) },
            note,
        );
    }
    if rule.decision.action == PolicyAction::Hide && rule.tool.trim().is_empty() {
        return Stated::strictly(
            Decision::deny(None),
            "This format cannot hide a tool without a name, so it is denied.",
        );
    }
    let stated = match rule.decision.action {
        PolicyAction::Approve if rule.tool != "*" => {
            Stated { decision: Some(without_questions(&rule.decision)), note: Some(ASKED.into()), unenforced: None }
        }
        PolicyAction::Approve | PolicyAction::Allow | PolicyAction::Deny | PolicyAction::Hide => {
            Stated::unless_wildcard(rule)
        }
    };
    with_note_on_optional_arguments(stated.with_guards(rule, |guard| expressible(rule, guard)))
}

/// `decision`, which asks about every call, without the guards that ask about some.
fn without_questions(decision: &Decision) -> Decision {
    let guards = decision.guards.iter().filter(|guard| !guard.asks).cloned().collect();
    Decision { rate_limit: None, guards, extent: false, ..decision.clone() }
}

/// Adds a note if an argument must be absent because its value cannot be inspected.
fn with_note_on_optional_arguments(mut stated: Stated) -> Stated {
    let is_left_out = |guard: &Guard| {
        guard.conditions().iter().any(|condition| condition.op == Op::Exists && condition.value == false)
    };
    if stated
        .decision
        .as_ref()
        .is_some_and(|decision| !decision.action.refuses() && decision.guards.iter().any(is_left_out))
    {
        stated.note.get_or_insert_with(|| OPTIONAL.into());
    }
    stated
}

/// The guard as this format can express it. Here every comparison with an absent argument fails, and a tool with a dot
/// in its name cannot have a counter.
fn expressible(rule: &Rule, guard: &Guard) -> Option<Guard> {
    let condition = match &guard.check {
        Check::Total(_) => return (!rule.tool.contains('.')).then(|| guard.clone()),
        // In a rule, all conditions must hold; this guard needs one that must not hold.
        Check::Refusal(_) | Check::Unenforceable(_) => return None,
        Check::Argument(condition) => condition,
    };
    if !condition.absent_passes || condition.op == Op::Exists || must_be_given(rule, &condition.parameter) {
        let id = guard.marked_name();
        let check = if condition.op == Op::Exists {
            guard.check.clone()
        } else {
            Check::Argument(Condition { absent_passes: false, ..condition.clone() })
        };
        return Some(Guard { id, check, ..guard.clone() });
    }
    if guard.skip_if_uninspected {
        return None;
    }
    let check = Condition { op: Op::Exists, value: false.into(), absent_passes: true, ..condition.clone() };
    let asks = Guard { check: Check::Argument(check), asks: true, fill_in: false, ..guard.clone() };
    Some(Guard { id: asks.marked_name(), ..asks })
}

/// True if another comparison denies calls without the argument, so that none of them has to let one pass.
fn must_be_given(rule: &Rule, parameter: &str) -> bool {
    let refuses_absent = |condition: &Condition| condition.parameter == parameter && !passes_absent(condition);
    rule.decision
        .guards
        .iter()
        .any(|guard| matches!(&guard.check, Check::Argument(condition) if refuses_absent(condition)))
}

/// The content of the file `root`. Problems are added to `validator`, and their parts are left out.
fn read(validator: &mut Validator, root: &Node) -> Contents {
    let file = grammar::file(validator, root);
    let (mut tools, mut names) = (BTreeMap::new(), RuleNames::default());
    for (name, rules) in &file.tools {
        let scope = if *name == "*" { "_global" } else { name };
        tools.insert((*name).to_owned(), decision(validator, scope, rules));
        names.tools.insert((*name).to_owned(), names_of(rules));
    }
    let every = tools.remove("*");
    // `*` hides every tool.
    let default = if file.hide.contains(&"*") { PolicyAction::Hide } else { file.default };
    let named: Vec<String> = tools.keys().filter(|_| default == PolicyAction::Hide).cloned().collect();
    hide(&mut tools, named.iter().map(String::as_str).chain(file.hide.into_iter().filter(|name| *name != "*")));
    Contents { decisions: Decisions { default, tools, every }, names }
}

/// The names of a tool's first denial and first limit, on which its decision rests.
fn names_of(rules: &[grammar::Rule<'_>]) -> ToolRuleNames {
    let name = |rule: &grammar::Rule<'_>| rule.name.to_owned();
    ToolRuleNames {
        refusal: rules.iter().find(|rule| rule.action == grammar::Action::Deny).map(name),
        limit: rules.iter().find(|rule| rule.rate_limit.is_some()).map(name),
    }
}

/// The decision that a tool's rules amount to. `scope` is the tool's part of counter paths.
fn decision(validator: &mut Validator, scope: &str, rules: &[grammar::Rule<'_>]) -> Decision {
    let denies = |rule: &&grammar::Rule<'_>| rule.action == grammar::Action::Deny;
    let refuses = rules.iter().filter(denies).find(|rule| !grammar::asks_by_name(rule.name));
    let denial = refuses.or_else(|| rules.iter().find(denies));
    let answer = |deny: &grammar::Rule<'_>| {
        let reason = deny.on_deny.map(str::to_owned);
        if grammar::asks_by_name(deny.name) { Decision::approve(reason) } else { Decision::deny(reason) }
    };
    let mut decision = denial.map_or_else(Decision::allow, answer);
    for rule in rules {
        match rule.rate_limit {
            Some(limit) if decision.rate_limit.is_none() => decision.rate_limit = Some(limit),
            Some(limit) => decision.guards.push(rule.guard(Check::Total(limit.into()))),
            None => decision.guards.extend(rule.guards(validator, scope)),
        }
    }
    decision
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Adds, RateLimit, Total};
    use crate::policy::diagnostic::PolicyDiagnostic;
    use crate::policy::dialect::Dialect;
    use crate::policy::document::decisions_or_diagnostics;

    fn read(text: &str) -> Result<Decisions, Vec<PolicyDiagnostic>> {
        decisions_or_diagnostics(text, Dialect::INTERCEPT)
    }

    #[test]
    fn a_file_reads_as_what_the_engine_does() {
        let text = "
version: '1'
default: deny
hide: [secret]
tools:
  look: {rules: []}
  change: {rules: [{name: limit, rate_limit: 5/hour, on_deny: Wait.}]}
  drop: {rules: [{name: never, action: deny, on_deny: No.}]}
";
        let read = read(text).unwrap();
        let limit = RateLimit::per(5, "hour");
        let of = |tool: &str| (read.for_tool(tool).action, read.for_tool(tool).rate_limit, read.for_tool(tool).reason);
        assert_eq!(of("look"), (PolicyAction::Allow, None, None));
        assert_eq!(of("change"), (PolicyAction::Allow, limit, None));
        assert_eq!(of("drop"), (PolicyAction::Deny, None, Some("No.".into())));
        assert_eq!(of("secret"), (PolicyAction::Hide, None, None));
        assert_eq!(of("unnamed"), (PolicyAction::Deny, None, None));
    }

    #[test]
    fn rules_may_be_empty_and_all_tools_hidden() {
        let read = read("version: '1'\nhide: ['*']\ntools:\n  a:\n    rules:\n").unwrap();
        assert_eq!((read.for_tool("a").action, read.for_tool("b").action), (PolicyAction::Hide, PolicyAction::Hide));
        let open = super::tests::read("version: '1'\ntools:\n  a:\n    rules:\n").unwrap();
        assert_eq!(open.for_tool("a").action, PolicyAction::Allow);
    }

    #[test]
    fn without_a_default_everything_else_is_allowed() {
        assert_eq!(read("version: \"1\"\ntools: {}\n").unwrap().for_tool("any").action, PolicyAction::Allow);
    }

    #[test]
    fn conditions_limits_and_counters_are_guards() {
        let text = "
version: '1'
tools:
  t:
    rules:
      - {name: few, rate_limit: 5/hour}
      - {name: fewer, rate_limit: 20/day}
      - {name: known, conditions: [{path: args.a.b, op: in, value: [x]}, {path: args.c, op: exists, value: true}], on_deny: No.}
      - {name: spent, conditions: [{path: state.t.sum, op: lt, value: 100}],
         state: {counter: sum, window: day, increment_from: args.amount}}
  '*': {rules: [{name: all, rate_limit: 60/minute}]}
";
        let read = read(text).unwrap();
        assert_eq!(read.every.unwrap().rate_limit, RateLimit::per(60, "minute"));
        let decision = &read.tools["t"];
        assert_eq!(decision.rate_limit, RateLimit::per(5, "hour"));
        let ids: Vec<&str> = decision.guards.iter().map(|guard| guard.id.as_str()).collect();
        assert_eq!(ids, ["fewer", "known", "known", "spent"]);
        let total = |adds, max| Check::Total(Total { adds, window_seconds: 86_400, max });
        assert_eq!(decision.guards[0].check, total(Adds::Each(1), 20));
        assert_eq!(decision.guards[3].check, total(Adds::Argument("amount".into()), 99));
        let Check::Argument(condition) = &decision.guards[1].check else { panic!("{:?}", decision.guards[1]) };
        assert_eq!((condition.parameter.as_str(), condition.op, condition.absent_passes), ("a.b", Op::In, false));
    }

    #[test]
    fn what_stands_behind_a_refusal_is_read() {
        let text = "
version: '1'
hide: [b]
tools:
  a: {rules: [{name: few, rate_limit: 5/hour}, {name: never, action: deny, on_deny: No.}]}
  b: {rules: [{name: few, rate_limit: 5/hour}]}
";
        let read = read(text).unwrap();
        let of = |tool: &str| (read.tools[tool].action, read.tools[tool].rate_limit);
        assert_eq!(of("a"), (PolicyAction::Deny, RateLimit::per(5, "hour")));
        assert_eq!(of("b"), (PolicyAction::Hide, RateLimit::per(5, "hour")));
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let text = "
version: 2
default: block
tools:
  t:
    rules:
      - conditions: [{path: amount, op: like}]
        resaon: No.
  u: {rules: [{name: n, conditions: [{path: state.u.c, op: eq, value: 1}], state: {counter: c, window: day}}]}
tols: {}
";
        let diagnostics = read(text).unwrap_err();
        let found: Vec<(u64, String)> =
            diagnostics.iter().map(|diagnostic| (diagnostic.position(text).line, diagnostic.sentence())).collect();
        insta::assert_debug_snapshot!(found);
    }

    #[test]
    fn what_is_no_yaml_is_told_alone_and_in_its_place() {
        for (text, line) in [
            ("version: '1'\ntools: {a: [}\n", 2),
            ("a: 1\n b: 2\n", 2),
            ("tools: &a [*a]", 1),
            ("a: 1\n<<: 5\n", 2),
            ("a: *b\n", 1),
            ("a: .inf\n", 1),
        ] {
            let diagnostics = read(text).unwrap_err();
            assert!(diagnostics.len() == 1 && diagnostics[0].position(text).line == line, "{text:?}: {diagnostics:?}");
        }
    }

    #[test]
    fn keys_that_the_parser_alone_knows_to_be_alike_are_told() {
        let diagnostics = read("version: '1'\ntools:\n  16: {rules: []}\n  0x10: {rules: []}\n").unwrap_err();
        assert!(diagnostics.len() == 1 && diagnostics[0].what.contains("uplicate"), "{diagnostics:?}");
    }
}
