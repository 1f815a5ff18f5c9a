//! For every client, written settings read back as intended, or stricter with a note, or weaker with a warning.

use proptest::prelude::*;

use super::settings::action;
use super::*;
use crate::model::{Category, Check, Condition, Decision, Guard, Op, PolicyAction, RateLimit};
use crate::policy::{Dialect, Policy, Rule};
use crate::text::clean::is_unsafe;

fn rule(tool: &str, decision: Decision) -> Rule {
    Rule {
        tool: tool.into(),
        category: Category::Write,
        description: None,
        parameters: Vec::new(),
        decision,
        overridden: None,
        confirm: false,
        claims_to_read: false,
        listed: 1,
    }
}

fn policy(rules: Vec<Rule>) -> Policy {
    Policy {
        server: "Ledger".into(),
        key: "ledger".into(),
        version: None,
        package: None,
        ruleset: "sha256:00".into(),
        profile: "starter".into(),
        all_tools: Vec::new(),
        default: PolicyAction::Deny,
        rules,
    }
}

fn limited() -> Decision {
    Decision::limited(RateLimit::per(5, "hour").unwrap())
}

/// Reads `client`'s settings for `policy` back and compares every permission with the intended one.
fn assert_meant(client: &Client, policy: &Policy) {
    let text = client.file(policy).unwrap();
    assert!(!text.contains(is_unsafe), "{}: {text}", client.name.id);
    let read = client.read(&text, &policy.key).unwrap_or_else(|e| panic!("{}: {e:?}\n{text}", client.name.id));
    for (rule, stated) in policy.rules.iter().zip(client.states(policy)) {
        // A tool that cannot be named has no entry, even if another tool is written the same.
        let named = (client.can_name)(&rule.tool);
        let permission = if named { read.for_tool(&(client.spelled)(&rule.tool)).action } else { read.default };
        assert_eq!(
            Some(permission),
            stated.decision.as_ref().map(|d| d.action),
            "{}: {:?}\n{text}",
            client.name.id,
            rule.tool
        );
        let meant = action(client.wanted(rule));
        if permission < meant {
            assert!(stated.unenforced.is_some(), "{}: {:?} is weaker and nothing says so", client.name.id, rule.tool);
        } else if permission > meant {
            assert!(stated.note.is_some(), "{}: {:?} is stricter and nothing says so", client.name.id, rule.tool);
        }
    }
    assert!(
        read.tools.keys().all(|tool| policy.rules.iter().any(|rule| (client.spelled)(&rule.tool) == *tool)),
        "{}",
        client.name.id
    );
}

#[test]
fn each_clients_settings() {
    let policy = policy(vec![
        rule("list_entries", Decision::allow()),
        rule("add_entry", limited()),
        rule("close_account", Decision::approve(None)),
        rule("pay_invoice", Decision::deny(Some("Moves money.".into()))),
        rule("purge", Decision::hide()),
    ]);
    let mut all = String::new();
    for client in Dialect::clients() {
        assert_meant(client, &policy);
        all += &format!("==== {} ({})\n{}\n", client.name.id, client.file, client.file(&policy).unwrap());
        for rule in &policy.rules {
            let stated = client.state(rule);
            for remark in stated.note.iter().chain(&stated.unenforced) {
                all += &format!("{}: {remark}\n", rule.tool);
            }
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn tools_that_get_one_name_get_the_strictest_permission() {
    let policy = policy(vec![
        rule("wipe.all", Decision::deny(None)),
        rule("wipe_all", Decision::allow()),
        rule("get order", Decision::approve(None)),
        rule("get_order", Decision::allow()),
    ]);
    for name in ["claude-code", "opencode", "kilo"] {
        let client = Dialect::clients().find(|client| client.name.id == name).unwrap();
        assert_meant(client, &policy);
        let read = client.read(&client.file(&policy).unwrap(), &policy.key).unwrap();
        let action = |tool| read.for_tool(tool).action;
        assert_eq!((action("wipe_all"), action("get_order")), (PolicyAction::Deny, PolicyAction::Approve), "{name}");
    }
}

#[test]
fn a_question_that_a_hint_answers_is_told() {
    let rules = vec![Rule { claims_to_read: true, ..rule("look", Decision::approve(None)) }];
    let policy = policy(rules);
    let copilot = Dialect::clients().find(|client| client.name.id == "copilot-cli").unwrap();
    assert!(copilot.states(&policy)[0].unenforced.as_ref().is_some_and(|text| text.contains("does not ask")));
    let managed = Dialect::clients().find(|client| client.name.id == "copilot-managed").unwrap();
    assert!(managed.states(&policy)[0].unenforced.is_none());
}

#[test]
fn a_denial_that_cannot_be_said_is_told_and_nothing_runs_that_was_not_meant_to() {
    for client in Dialect::clients() {
        let refused = client.state(&rule("purge", Decision::deny(None)));
        let said = refused.decision.unwrap().action;
        assert_ne!(said, PolicyAction::Allow, "{}", client.name.id);
        assert_eq!(said == PolicyAction::Approve, refused.unenforced.is_some(), "{}", client.name.id);
        assert_ne!(
            client.state(&rule("add", limited())).decision.unwrap().action,
            PolicyAction::Allow,
            "{}",
            client.name.id
        );
    }
}

#[test]
fn names_that_mean_more_than_one_tool_are_never_written() {
    for client in Dialect::clients() {
        for name in
            ["*", "a*", "a(b)", "a,b", "x:y", "a\"b", "a\nb", "\u{202e}a", "__proto__", "\u{1f600}", " ", "[x]", "'''"]
        {
            for decision in [Decision::allow(), Decision::approve(None), Decision::deny(None)] {
                assert_meant(client, &policy(vec![rule(name, decision), rule("plain", Decision::allow())]));
            }
        }
    }
}

#[test]
fn a_tool_named_like_every_tool_is_named_nowhere() {
    for client in Dialect::clients() {
        for decision in [Decision::allow(), Decision::approve(None), Decision::deny(None)] {
            let text = client.file(&policy(vec![rule("*", decision)])).unwrap();
            let named = client.read(&text, "ledger").unwrap().tools;
            assert!(!named.contains_key("*"), "{}: {text}", client.name.id);
        }
    }
}

proptest! {
    #[test]
    fn any_listing_reads_back(tools in prop::collection::btree_map(any::<String>(), 0..4usize, 0..8)) {
        let decisions = [Decision::allow(), limited(), Decision::approve(None), Decision::deny(None)];
        let policy = policy(tools.into_iter().map(|(name, at)| rule(&name, decisions[at].clone())).collect());
        for client in Dialect::clients() {
            assert_meant(client, &policy);
        }
    }
}

#[test]
fn the_document_says_what_the_table_says() {
    let document = include_str!("../../../../docs/policy-formats.md");
    let words = [(Permission::Free, "free"), (Permission::Ask, "ask"), (Permission::Refused, "refuse")];
    for client in Dialect::clients() {
        let can: Vec<&str> =
            words.iter().filter(|(permission, _)| client.can.contains(permission)).map(|(_, word)| *word).collect();
        let unnamed = match client.unnamed {
            Permission::Free => "runs",
            Permission::Ask => "is asked about",
            Permission::Refused => "is refused",
        };
        let checked = client.checked;
        let (name, title, file) = (client.name.id, client.name.title, client.file);
        let row = format!("| `{name}` | {title} | `{file}` | {} | {unnamed} | {checked} |", can.join(", "));
        assert!(document.contains(&row), "docs/policy-formats.md lacks: {row}");
    }
}

/// `tests/clients/run.py` records the behavior of the real programs.
#[test]
fn the_document_says_what_the_programs_do() {
    let document = include_str!("../../../../docs/policy-formats.md");
    let seen = include_str!("../../../../tests/clients/seen.json");
    let seen: std::collections::BTreeMap<String, serde_json::Value> = serde_json::from_str(seen).unwrap();
    assert!(seen.len() >= 12, "{} formats", seen.len());
    for (format, modes) in &seen {
        let cells = ["headless", "yes"].map(|mode| {
            let kinds = ["allowed", "asked", "denied", "unnamed"];
            kinds.map(|kind| modes[mode][kind].as_str().unwrap_or("-").to_owned()).join(" | ")
        });
        let row = format!("| `{format}` | {} |", cells.join(" | "));
        assert!(document.contains(&row), "docs/policy-formats.md lacks: {row}");
    }
}

#[test]
fn amp_and_gemini_compare_the_values_that_a_tool_is_allowed_with() {
    let condition = |parameter: &str| Condition {
        parameter: parameter.into(),
        op: Op::In,
        value: serde_json::json!(["list", "get"]),
        absent_passes: false,
    };
    let guarded = |parameter: &str| {
        let guard = Guard::new("dangerous-operations", Check::Argument(condition(parameter)));
        Decision { guards: vec![Guard { essential: true, ..guard }], ..Decision::allow() }
    };
    let limited = Decision { guards: guarded("action").guards, ..limited() };
    let policy = policy(vec![
        rule("manage_entry", guarded("action")),
        rule("manage_book", limited),
        rule("manage_all", guarded("request.action")),
    ]);
    insta::assert_snapshot!("amp_compares_values", AMP.file(&policy).unwrap());
    insta::assert_snapshot!("gemini_compares_values", GEMINI_POLICIES.file(&policy).unwrap());
    for client in [&AMP, &GEMINI_POLICIES] {
        assert_meant(client, &policy);
        let stated = client.states(&policy);
        let guards = |at: usize| stated[at].decision.as_ref().unwrap().guards.len();
        assert_eq!([0, 1, 2].map(guards), [1, 1, 0]);
        assert!(stated[2].decision.as_ref().unwrap().action.refuses());
    }
    assert!(QWEN.states(&policy).iter().all(|stated| stated.decision.as_ref().unwrap().action.refuses()));
}
