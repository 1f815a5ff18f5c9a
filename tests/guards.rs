//! What a policy asks of arguments, in the files that are written for a server with a tool for each kind of guard.

use mcp_scan::model::{Decision, PolicyAction, Report};
use mcp_scan::policy::cases::{self, Case, Tried};
use mcp_scan::policy::dialect::stated;
use mcp_scan::policy::{Decisions, Dialect, Outcome, Policy, Simulator, read, write};
use mcp_scan::rules::Ruleset;
use mcp_scan::source::{Target, saved::Saved};

fn ruleset() -> Ruleset {
    // The digest changes with every rule; what is shown here does not.
    Ruleset { digest: "sha256:00".into(), ..Ruleset::builtin().expect("the built-in rules load") }
}

fn workshop(ruleset: &Ruleset) -> Report {
    let saved = Saved::open(&Target::File("fixtures/policies/workshop.json".into())).expect("the listing opens");
    mcp_scan::report(saved.listings().expect("it is a listing"), Vec::new(), ruleset)
}

fn policy(report: &Report) -> Policy {
    Policy::for_server(&report.servers[0], report)
}

fn written(dialect: Dialect) -> String {
    write(&policy(&workshop(&ruleset())), dialect).expect("it can be said")
}

#[test]
fn the_intercept_file() {
    insta::assert_snapshot!(written(Dialect::INTERCEPT));
}

#[test]
fn the_policylayer_file() {
    insta::assert_snapshot!(written(Dialect::POLICY_LAYER));
}

/// The dangerous operations cannot be told apart in a format without conditions, so the whole tool is denied there.
#[test]
fn the_plain_shape_denies_what_it_cannot_tell_apart() {
    let decisions = read(&written(Dialect::SEED), Dialect::SEED).expect("it reads");
    assert_eq!(decisions.for_tool("manage_drawings").action, PolicyAction::Deny);
    // Nothing here looks at its switch that skips the checks.
    assert_eq!(decisions.for_tool("run_machine").action, PolicyAction::Deny);
}

#[test]
fn normal_calls_pass_and_dangerous_ones_do_not() {
    let decisions = read(&written(Dialect::INTERCEPT), Dialect::INTERCEPT).expect("it reads");
    let calls = r#"
        {"tool": "read_plan", "arguments": {"path": "plans/boat.txt"}, "expect": "allowed"}
        {"tool": "read_plan", "arguments": {"path": "plans/../../etc/passwd"}, "expect": "denied", "rule": "project-path"}
        {"tool": "read_archive", "arguments": {"path": "/srv/plans/boat.txt"}, "expect": "allowed"}
        {"tool": "read_archive", "arguments": {"path": "/srv/plans/../keys"}, "expect": "denied", "rule": "project-path"}
        {"tool": "fetch_catalogue", "arguments": {"page": {"url": "https://supplier.example/a?b=c"}}, "expect": "allowed"}
        {"tool": "fetch_catalogue", "arguments": {"page": {"url": "http://169.254.169.254/"}}, "expect": "denied"}
        {"tool": "read_query", "arguments": {"query": "SELECT part FROM stock WHERE note = 'a;b'"}, "expect": "allowed"}
        {"tool": "read_query", "arguments": {"query": "SELECT 1; DELETE FROM stock"}, "expect": "denied", "rule": "read-only-sql"}
        {"tool": "manage_drawings", "arguments": {"method": "create"}, "expect": "allowed"}
        {"tool": "manage_drawings", "arguments": {"method": "purge"}, "expect": "denied", "rule": "dangerous-operations"}
        {"tool": "manage_drawings", "arguments": {}, "expect": "denied", "rule": "dangerous-operations"}
        {"tool": "run_machine", "arguments": {"machine": "saw", "program": "cut"}, "expect": "allowed"}
        {"tool": "run_machine", "arguments": {"machine": "saw"}, "expect": "approval", "rule": "approve required-arguments"}
        {"tool": "run_machine", "arguments": {"machine": "saw", "program": "cut", "force": true}, "expect": "approval", "rule": "approve no-force"}
        {"tool": "archive_parts", "arguments": {"batch_size": 50}, "expect": "approval", "rule": "approve"}
        {"tool": "archive_parts", "arguments": {"batch_size": 51}, "expect": "approval", "rule": "approve"}
        {"tool": "manage_bills", "arguments": {"action": "list"}, "expect": "allowed"}
        {"tool": "manage_bills", "arguments": {"action": "pay", "amount": 5}, "expect": "denied", "rule": "dangerous-operations"}
        {"tool": "clear_shelf", "arguments": {"shelf": "a"}, "expect": "denied", "rule": "deny"}
        {"tool": "pay_supplier", "arguments": {"supplier": "s", "amount": 1}, "expect": "denied", "rule": "deny"}
    "#;
    assert_as_expected(&decisions, cases::read_lines(calls).expect("calls"));
}

/// What stands in a list is out of reach of every condition: never silently open.
#[test]
fn a_person_is_asked_where_no_condition_reaches() {
    let policy = policy(&workshop(&ruleset()));
    let action = |dialect| stated(&policy, dialect).tools["read_plans"].action;
    assert_eq!(action(Dialect::INTERCEPT), PolicyAction::Approve);
    assert_eq!(action(Dialect::OPA), PolicyAction::Allow, "it looks at every element");
    for dialect in [Dialect::SEED, Dialect::POLICY_LAYER, Dialect::TOOL_HIVE] {
        assert_eq!(action(dialect), PolicyAction::Deny, "{}", dialect.name());
    }
    let asked = write(&policy, Dialect::from_name("claude-code").expect("it is a format")).expect("it can be said");
    let (_, ask) = asked.split_once("\"ask\"").expect("some are asked about");
    assert!(ask.contains("read_plans"), "{asked}");
}

/// What stands in a comment below a denial is a rule once the comment marks are gone.
#[test]
fn the_guards_of_a_denied_tool_hold_once_it_is_allowed() {
    let text = written(Dialect::INTERCEPT);
    let (before, after) = text.split_once("  pay_supplier:\n    rules:\n").expect("the tool is there");
    let (denial, guards) = after.split_once("      # In place of the denial").expect("its guards are there");
    assert!(denial.contains("action: deny"), "{denial}");
    let rules =
        guards.lines().skip(1).map_while(|line| line.strip_prefix("      # ")).map(|line| format!("      {line}\n"));
    let rest = guards.lines().skip_while(|line| !line.is_empty()).map(|line| format!("{line}\n"));
    let allowed: String =
        [before, "  pay_supplier:\n    rules:\n"].map(String::from).into_iter().chain(rules).chain(rest).collect();
    let decisions = read(&allowed, Dialect::INTERCEPT).unwrap_or_else(|e| panic!("{e}\n{allowed}"));
    let calls = r#"
        {"tool": "pay_supplier", "arguments": {"supplier": "s", "amount": 101, "currency": "eur"}, "expect": "denied", "rule": "amount-cap"}
        {"tool": "pay_supplier", "arguments": {"supplier": "s", "amount": -5, "currency": "eur"}, "expect": "denied", "rule": "amount-not-negative"}
        {"tool": "pay_supplier", "arguments": {"supplier": "s", "amount": 100, "currency": "eur"}, "expect": "approval", "rule": "approve listed-currency"}
        {"tool": "pay_supplier", "arguments": {"supplier": "s", "amount": 100}, "expect": "allowed"}
        {"tool": "pay_supplier", "arguments": {"supplier": "s", "amount": 100}, "expect": "allowed"}
        {"tool": "pay_supplier", "arguments": {"supplier": "s", "amount": 100}, "expect": "allowed"}
        {"tool": "pay_supplier", "arguments": {"supplier": "s", "amount": 100}, "expect": "allowed"}
        {"tool": "pay_supplier", "arguments": {"supplier": "s", "amount": 1}, "expect": "limited", "rule": "daily-total"}
        {"tool": "pay_supplier", "arguments": {"supplier": "s", "amount": 1}, "at": 86400, "expect": "allowed"}
    "#;
    assert_as_expected(&decisions, cases::read_lines(calls).expect("calls"));
}

/// The currencies of the schema are the only ones.
#[test]
fn a_foreign_currency_is_refused() {
    let report = workshop(&ruleset());
    let neutral = policy(&report).decisions();
    let foreign = r#"{"tool": "pay_supplier", "arguments": {"supplier": "s", "amount": 5, "currency": "usd"}}"#;
    let mut allowed = neutral.clone();
    let pay = allowed.tools.get_mut("pay_supplier").expect("it is named");
    *pay = Decision { action: PolicyAction::Approve, ..pay.clone() };
    let verdict = cases::run(Simulator::new(&allowed), cases::read_lines(foreign).expect("a call")).remove(0).verdict;
    assert_eq!((verdict.outcome, verdict.rule.as_str()), (Outcome::Denied, "listed-currency"));
}

fn assert_as_expected(decisions: &Decisions, cases: Vec<Case>) {
    let wrong: Vec<Tried> =
        cases::run(Simulator::new(decisions), cases).into_iter().filter(|tried| !tried.as_expected).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a person judged is not made milder by letting some operations through.
#[test]
fn a_persons_verdict_stands_for_all_operations() {
    let ruleset = ruleset();
    let report = workshop(&ruleset);
    let tool = report.servers[0].tools.iter().find(|tool| tool.tool.name == "manage_drawings").expect("it is listed");
    assert_eq!(tool.decision.action, PolicyAction::Allow);
    let mut assessment = tool.assessment.clone();
    assessment.overridden = Some(Box::new(mcp_scan::model::Overridden {
        category: assessment.category,
        score: assessment.score.clone(),
        confidence: assessment.confidence,
        reason: "Ours".into(),
        entry: 0,
    }));
    assert_eq!(
        mcp_scan::policy::decide(&tool.tool, &assessment, &ruleset, &ruleset.settings).action,
        PolicyAction::Deny
    );
}
