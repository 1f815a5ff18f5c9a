//! What people wrote stays; what is new comes in; what is gone or has changed is marked; twice is once.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::{Listing, Server};
use crate::rules::Ruleset;
use crate::source::decode::Decoder;

fn policy(tools: Value) -> Policy {
    static RULESET: LazyLock<Ruleset> = LazyLock::new(|| Ruleset::builtin().unwrap());
    let ruleset = &*RULESET;
    let mut decoder = Decoder::default();
    decoder.tools(&tools);
    let server = Server { name: "shop".into(), ..Server::default() };
    let listing = Listing { server, tools: decoder.tools, deviations: Vec::new(), unread: false };
    let report = crate::report(vec![listing], Vec::new(), ruleset);
    Policy::of(&report.servers[0], &report.ruleset)
}

fn tool(name: &str, description: &str, parameters: Value) -> Value {
    json!({"name": name, "description": description, "inputSchema": {"type": "object", "properties": parameters}})
}

fn written(tools: Value) -> String {
    dialect::write(&policy(tools), Dialect::Intercept).unwrap()
}

#[test]
fn a_new_tool_comes_to_the_end_of_its_section_and_an_old_one_is_marked() {
    let old = written(json!([
        tool("get_order", "Gets an order.", json!({"id": {"type": "string"}})),
        tool("delete_order", "Deletes an order for good.", json!({})),
        tool("list_shops", "Lists the shops.", json!({})),
    ]));
    let edited = old
        .replace(
            "  get_order:\n    rules: []\n",
            "  # mine: do not touch\n  get_order:   # odd spaces\n    rules: [{name: few, rate_limit: 3/minute}]\n",
        )
        .replace("default: deny", "default: deny # ours");
    let now = policy(json!([
        tool("get_order", "Gets an order.", json!({"id": {"type": "string"}, "force": {"type": "boolean"}})),
        tool("delete_order", "Deletes an order for good.", json!({})),
        tool("find_shops", "Finds shops by name.", json!({"name": {"type": "string"}})),
        tool("create_order", "Creates an order.", json!({})),
    ]));
    let merged = merge(&edited, &now).unwrap();
    assert_eq!(merged.added, ["find_shops", "create_order"]);
    assert_eq!(
        (merged.gone.as_slice(), merged.changed.as_slice()),
        (&["list_shops".to_owned()][..], &["get_order".to_owned()][..])
    );
    insta::assert_snapshot!(merged.text.replace(&now.ruleset, "DIGEST"));
    // Every line that a person wrote is there, in order.
    let mut lines = merged.text.lines();
    let kept =
        |line: &&str| !["# 3 tools", "# ---- ", "# Profile"].iter().any(|made| line.trim_start().starts_with(made));
    for line in edited.lines().filter(kept) {
        assert!(lines.any(|now| now == line), "{line:?} is gone");
    }
    let again = merge(&merged.text, &now).unwrap();
    assert_eq!((again.text.as_str(), again.added.len()), (merged.text.as_str(), 0));
}

#[test]
fn a_note_goes_when_it_holds_no_more() {
    let tools =
        json!([tool("get_order", "Gets an order.", json!({})), tool("list_shops", "Lists the shops.", json!({}))]);
    let old = written(tools.clone());
    let less = merge(&old, &policy(json!([tool("get_order", "Gets one order.", json!({}))]))).unwrap();
    assert!(
        less.text.contains(GONE) && less.text.contains("# CHANGED: described as: Gets one order."),
        "{}",
        less.text
    );
    let back = merge(&less.text, &policy(tools)).unwrap();
    assert!(!back.text.contains(GONE) && !back.text.contains(CHANGED), "{}", back.text);
}

#[test]
fn a_verdict_that_is_another_is_told() {
    let old = written(json!([tool("sync_data", "Reads the data.", json!({}))]));
    let now = policy(json!([tool("sync_data", "Deletes all data for good.", json!({}))]));
    let merged = merge(&old, &now).unwrap();
    assert!(
        merged.text.contains("# CHANGED: judged Destructive, not Read, for which the policy says deny."),
        "{}",
        merged.text
    );
    assert!(merged.text.contains("    rules: []"), "what is allowed stays allowed until a person decides");
}

#[test]
fn files_of_other_habits_are_kept_too() {
    let now =
        policy(json!([tool("get_order", "Gets an order.", json!({})), tool("delete_order", "Deletes it.", json!({}))]));
    for (old, kept) in [
        ("version: \"1\"\ntools: {} # none yet\n", "tools:  # none yet\n"),
        (
            "version: \"1\"\r\ntools:\r\n    get_order:\r\n        rules: []\r\n",
            "tools:\r\n    get_order:\r\n        rules: []\r\n",
        ),
        ("version: '1'\ntools:\n  '*':\n    rules: [{name: all, rate_limit: 9/hour}]\n# the end", "# the end"),
        ("version: '1'\nhide:\n  - get_order\ntools: {}\n", "hide:\n  - get_order\n"),
        (
            "version: '1'\ntools: {}\n  # ---- Destructive (1 tool) ----\n\n  # one without a name\n",
            "  # one without a name\n",
        ),
        ("tools:\n  get_order:\n    rules: []\n  # about nothing\n\nversion: '1'\n", "\n\nversion: '1'\n"),
    ] {
        let merged = merge(old, &now).unwrap();
        assert!(merged.text.contains(kept), "{old:?} gives {:?}", merged.text);
        assert_eq!(merge(&merged.text, &now).unwrap().text, merged.text, "{old:?}");
        let read = dialect::read(&merged.text, Dialect::Intercept).unwrap();
        assert!(read.tools.contains_key("delete_order"), "{:?}", merged.text);
    }
}

#[test]
fn what_cannot_be_merged_is_said() {
    let now = policy(json!([tool("get_order", "Gets an order.", json!({}))]));
    for (old, why) in [
        ("version: '1'\ntools: {a: {rules: []}, b: {rules: []}}\n", "line 2 holds more than"),
        ("version: '1'\ntools:\n  a: {rules: [{name: n}]}\n", "at least one condition"),
        ("nothing", "not a valid intercept policy"),
    ] {
        let error = merge(old, &now).unwrap_err().to_string();
        assert!(error.contains(why), "{old:?}: {error}");
    }
}

/// Listings of a few tools with odd names and texts.
fn listing() -> impl Strategy<Value = Value> {
    let name =
        prop_oneof!["(get|delete|pay|run)_[a-c]{1,2}", "[ -~]{1,8}", Just("*".to_owned()), Just("a: b #".to_owned())];
    let one = (name, "[ -~\n]{0,40}", any::<bool>()).prop_map(|(name, description, takes)| {
        let parameters =
            if takes { json!({"path": {"type": "string"}, "amount": {"type": "number"}}) } else { json!({}) };
        tool(&name, &description, parameters)
    });
    prop::collection::vec(one, 0..6).prop_map(Value::from)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn merging_any_listing_into_any_policy_is_stable_and_keeps_comments(first in listing(), second in listing(), at in 0_usize..60) {
        let mut lines: Vec<String> = written(first).lines().map(str::to_owned).collect();
        let at = at.min(lines.len());
        lines.insert(at, "# a person was here".into());
        let old = lines.join("\n") + "\n";
        prop_assume!(dialect::read(&old, Dialect::Intercept).is_ok());
        let now = policy(second);
        let merged = merge(&old, &now).unwrap();
        prop_assert!(merged.text.contains("# a person was here"));
        let again = merge(&merged.text, &now).unwrap();
        prop_assert_eq!(&again.text, &merged.text);
        let said = dialect::stated(&now, Dialect::Intercept);
        let read = dialect::read(&merged.text, Dialect::Intercept).unwrap();
        let before = dialect::read(&old, Dialect::Intercept).unwrap();
        for name in said.tools.keys() {
            prop_assert!(read.tools.contains_key(name), "{}", name);
        }
        for (name, decision) in &before.tools {
            prop_assert_eq!(read.tools.get(name), Some(decision));
        }
    }
}
