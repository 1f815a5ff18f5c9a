use proptest::prelude::*;

use super::*;
use crate::model::{Decision, RateLimit};
use crate::policy::write;

fn rule(tool: &str, category: Category, decision: Decision) -> Rule {
    Rule {
        tool: tool.into(),
        category,
        description: Some("Does it.\n---- Read".into()),
        parameters: Vec::new(),
        decision,
        overridden: None,
        listed: 1,
    }
}

fn policy(mut rules: Vec<Rule>) -> Policy {
    rules.sort_by_key(|rule| ORDER.iter().position(|category| *category == rule.category));
    Policy {
        server: "Ledger".into(),
        key: "ledger".into(),
        version: None,
        package: None,
        ruleset: "sha256:00".into(),
        profile: "starter".into(),
        default: crate::model::PolicyAction::Deny,
        rules,
    }
}

fn limited() -> Decision {
    Decision::limited(RateLimit::per(30, "minute").unwrap())
}

fn two_tools() -> Policy {
    policy(vec![rule("look", Category::Read, Decision::allow()), rule("change", Category::Write, limited())])
}

/// Merges, and merges once more to see that nothing changes.
fn merged(text: &str, policy: &Policy) -> Merged {
    let merged = merge(text, policy).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let again = merge(&merged.text, policy).unwrap();
    assert_eq!(again.text, merged.text);
    assert!(again.added.is_empty(), "{:?}", again.added);
    merged
}

#[test]
fn what_we_wrote_and_nobody_edited_grows_to_what_we_would_write() {
    let text = write(&two_tools(), Dialect::Intercept).unwrap();
    assert_eq!(merged(&text, &two_tools()).text, text);
    let more = [
        rule("peek", Category::Read, Decision::allow()),
        rule("drop", Category::Destructive, Decision::deny(None)),
        rule("secret", Category::Write, Decision::hide()),
    ];
    let grown = policy(two_tools().rules.into_iter().chain(more).collect());
    let merged = merged(&text, &grown);
    assert_eq!(merged.added, ["peek", "secret", "drop"]);
    assert_eq!(merged.text, write(&grown, Dialect::Intercept).unwrap());
}

#[test]
fn what_a_person_wrote_stays() {
    let text = "# Ours.\r\nversion: \"1\"\r\ntools:\r\n    # ---- Write, with care\r\n    change: # keep\r\n        \
                rules:\r\n        - {name: n, rate_limit: 7/hour}\r\n\r\n    # ---- Read (9 tools) ----\r\n    \
                'look': {rules: []} # yes\r\n    gone:\r\n      rules: [] # end";
    let more = rule("alter", Category::Write, limited());
    let merged = merged(text, &policy(two_tools().rules.into_iter().chain([more]).collect()));
    assert_eq!((merged.added, merged.vanished), (vec!["alter".to_owned()], vec!["gone".to_owned()]));
    let new = "\r\n    # Does it. ---- Read\r\n    alter:\r\n      rules:\r\n        - name: limit write calls\r\n          \
               rate_limit: 30/minute\r\n";
    let noted = text.replace("    gone:", &format!("    {VANISHED}\r\n    gone:"));
    assert_eq!(merged.text, noted.replace("7/hour}\r\n", &format!("7/hour}}\r\n{new}")));
}

#[test]
fn a_note_comes_and_goes_with_its_cause() {
    let text = write(&two_tools(), Dialect::Intercept).unwrap();
    let worse = policy(vec![rule("change", Category::Destructive, Decision::deny(None))]);
    let noted = merged(&text, &worse);
    assert_eq!((noted.changed, noted.vanished), (vec!["change".to_owned()], vec!["look".to_owned()]));
    assert!(noted.text.contains("  # NOTE: Now judged Destructive; its rules were written for Write.\n  change:\n"));
    assert!(noted.text.contains(&format!("  {VANISHED}\n  look:\n")));
    assert!(noted.text.contains("rate_limit: 30/minute"));
    assert_eq!(merged(&noted.text, &two_tools()).text, text);
}

#[test]
fn what_cannot_be_added_to_is_refused() {
    let refused = |text: &str| merge(text, &two_tools()).unwrap_err().to_string();
    assert!(refused("version: '1'\ntools: {a: {rules: []}}\n").contains("on a line of their own"));
    assert!(refused("{version: '1', tools: {}}\n").contains("no line begins"));
    assert!(refused("version: '1'\ntools:\n  a: {rules: [{action: allow}]}\n").contains("intercept"));
    let hidden = policy(vec![rule("secret", Category::Write, Decision::hide())]);
    let error = merge("version: '1'\nhide: [a]\ntools:\n  b: {rules: []}\n", &hidden).unwrap_err().to_string();
    assert!(error.contains("under `hide`"), "{error}");
    assert_eq!(merged("version: '1'\ntools: {}", &two_tools()).added, ["look", "change"]);
}

fn any_rules() -> impl Strategy<Value = Vec<Rule>> {
    let name = prop_oneof![
        "[a-f]{1,2}",
        any::<String>(),
        prop::sample::select(vec!["*", "a: b", "# ---- Read", "x\ny", "?", "- a", "tools"]).prop_map(str::to_owned),
    ];
    let decision =
        prop::sample::select(vec![Decision::allow(), limited(), Decision::deny(Some("No.".into())), Decision::hide()]);
    let category = prop::sample::select(Category::ALL.to_vec());
    prop::collection::btree_map(name, (category, decision), 0..8).prop_map(|rules| {
        rules.into_iter().map(|(tool, (category, decision))| rule(&tool, category, decision)).collect()
    })
}

proptest! {
    #[test]
    fn any_listing_merges_into_any_policy_that_we_wrote(before in any_rules(), after in any_rules(), at in any::<prop::sample::Index>()) {
        let text = write(&policy(before), Dialect::Intercept).unwrap();
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        lines.insert(at.index(lines.len() + 1), "  # kept by a person\n");
        let edited = lines.concat();
        let once = merged(&edited, &policy(after.clone()));
        prop_assert_eq!(once.text.matches("  # kept by a person\n").count(), 1);
        let decisions = read(&once.text, Dialect::Intercept).unwrap();
        for rule in after.iter().filter(|rule| rule.tool != "*" && !rule.tool.trim().is_empty()) {
            prop_assert!(decisions.tools.contains_key(&rule.tool), "{}\n{}", rule.tool, once.text);
        }
    }
}
