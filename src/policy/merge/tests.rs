//! A merge keeps manual edits, adds new tools, marks removed and changed ones, and is idempotent.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::{Check, Decision, Listing, Server};
use crate::policy::Rule;
use crate::rules::Ruleset;
use crate::source::decode::Decoder;

static RULESET: LazyLock<Ruleset> = LazyLock::new(|| Ruleset::builtin().unwrap());

fn merge(old: &str, policy: &Policy, server: SameServer) -> Result<Merged, MergeError> {
    super::merge(old, policy, server, &RULESET)
}

fn policy(tools: Value) -> Policy {
    let ruleset = &*RULESET;
    let mut decoder = Decoder::default();
    decoder.tools(&tools);
    let server = Server { name: "shop".into(), ..Server::default() };
    let listing = Listing { server, tools: decoder.tools, ..Listing::default() };
    let report = crate::report(vec![listing], Vec::new(), ruleset);
    Policy::new(&report.servers[0], &report.ruleset)
}

fn tool(name: &str, description: &str, parameters: Value) -> Value {
    json!({"name": name, "description": description, "inputSchema": {"type": "object", "properties": parameters}})
}

fn written(tools: Value) -> String {
    dialect::write(&policy(tools), Dialect::INTERCEPT).unwrap()
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
    let merged = merge(&edited, &now, SameServer::Required).unwrap();
    assert_eq!(merged.added, ["find_shops", "create_order"]);
    assert_eq!(
        (merged.gone.as_slice(), merged.changed.as_slice()),
        (&["list_shops".to_owned()][..], &["get_order".to_owned()][..])
    );
    insta::assert_snapshot!(merged.text.replace(&now.ruleset, "DIGEST"));
    // All lines that a person wrote are kept in order.
    let mut lines = merged.text.lines();
    let kept =
        |line: &&str| !["# 3 tools", "# ---- ", "# Profile"].iter().any(|made| line.trim_start().starts_with(made));
    for line in edited.lines().filter(kept) {
        assert!(lines.any(|now| now == line), "{line:?} is gone");
    }
    let again = merge(&merged.text, &now, SameServer::Required).unwrap();
    assert_eq!((again.text.as_str(), again.added.len()), (merged.text.as_str(), 0));
}

#[test]
fn a_note_goes_when_it_holds_no_more() {
    let tools =
        json!([tool("get_order", "Gets an order.", json!({})), tool("list_shops", "Lists the shops.", json!({}))]);
    let old = written(tools.clone());
    let less =
        merge(&old, &policy(json!([tool("get_order", "Gets one order.", json!({}))])), SameServer::Required).unwrap();
    assert!(
        less.text.contains(GONE) && less.text.contains("# CHANGED: described as: Gets one order."),
        "{}",
        less.text
    );
    assert!(less.text.contains("# ---- Read (1 tool) ----"), "one that is gone is not counted: {}", less.text);
    let back = merge(&less.text, &policy(tools), SameServer::Required).unwrap();
    assert!(!back.text.contains(GONE) && !back.text.contains(CHANGED), "{}", back.text);
}

#[test]
fn a_verdict_that_is_another_is_told() {
    let old = written(json!([tool("sync_data", "Reads the data.", json!({}))]));
    let now = policy(json!([tool("sync_data", "Deletes all data for good.", json!({}))]));
    let merged = merge(&old, &now, SameServer::Required).unwrap();
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
        let merged = merge(old, &now, SameServer::Required).unwrap();
        assert!(merged.text.contains(kept), "{old:?} gives {:?}", merged.text);
        assert_eq!(merge(&merged.text, &now, SameServer::Required).unwrap().text, merged.text, "{old:?}");
        let read = crate::policy::read(&merged.text, Dialect::INTERCEPT).unwrap();
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
        let error = merge(old, &now, SameServer::Required).unwrap_err().to_string();
        assert!(error.contains(why), "{old:?}: {error}");
    }
}

/// A tool with a required path, whose parameter has the description `text`.
fn with_path(name: &str, description: &str, text: &str) -> Value {
    let mut tool = tool(name, description, json!({"url": {"type": "string", "description": text}}));
    tool["inputSchema"]["required"] = json!(["url"]);
    tool
}

/// A tool that takes an absolute path.
fn on_path(name: &str, description: &str) -> Value {
    with_path(name, description, "Absolute path of the file")
}

/// The text between the colon and the pattern, for each line of `text` with a value of the path guard.
fn values(text: &str) -> Vec<&str> {
    let patterns = text.lines().filter_map(|line| line.trim().strip_prefix("value: "));
    patterns.map(|value| value.split(['^', ' ']).next().unwrap()).collect()
}

#[test]
fn new_tools_share_the_value_that_the_file_has() {
    let write = || on_path("write_file", "Writes a file.");
    let (edit, read) = (on_path("edit_file", "Edits a file."), on_path("read_file", "Reads a file."));
    let search = on_path("search_file", "Searches a file.");
    let now = policy(json!([read]));
    let Check::Argument(start) = &now.rules[0].decision.guards[0].check else { panic!("{now:?}") };
    let pattern = start.value.as_str().unwrap();
    let set = |text: &str| text.replace(pattern, "^/srv/");
    let list = tool("list_things", "Lists things.", json!({}));
    for (first, then, want) in [
        // No existing value to refer to: the first new one is to be set for all new tools.
        (json!([write()]), json!([write(), read, search]), vec!["", "&public-host", "*public-host"]),
        // One value above.
        (json!([write(), edit]), json!([write(), edit, read]), vec!["&public-host", "*public-host", "*public-host"]),
        // One value, but below: a YAML alias cannot refer to it.
        (
            json!([list, write(), edit]),
            json!([list, write(), edit, read, search]),
            vec!["&public-host_2", "*public-host_2", "&public-host", "*public-host"],
        ),
    ] {
        let old = set(&written(first));
        let merged = merge(&old, &policy(then.clone()), SameServer::Required).unwrap();
        assert_eq!(values(&merged.text), want, "{}", merged.text);
        assert!(!merged.text.contains(pattern), "each starts with what the person set:\n{}", merged.text);
        assert_eq!(merge(&merged.text, &policy(then), SameServer::Required).unwrap().text, merged.text);
    }
}

#[test]
fn any_number_of_tools_may_share_one_value() {
    let many = |n: u32| Value::from_iter((0..n).map(|i| on_path(&format!("read_file_{i}"), "Reads a file.")));
    let merged = merge(&written(many(110)), &policy(many(220)), SameServer::Required).unwrap();
    assert_eq!(merged.text.matches("value: *public-host\n").count(), 219);
}

#[test]
fn an_operation_that_came_in_is_told_and_not_passed_over() {
    let manage = |operations: Value| {
        json!([tool(
            "manage_branch",
            "Works on a branch.",
            json!({"operation": {"type": "string", "enum": operations}})
        )])
    };
    let old = written(manage(json!(["list", "create", "delete"])));
    let now = policy(manage(json!(["list", "create", "delete", "purge"])));
    let merged = merge(&old, &now, SameServer::Required).unwrap();
    assert_eq!((merged.weaker.len(), merged.changed.len()), (0, 0), "a list of what passes holds new values off");
    let old = old
        .replace("op: in\n", "op: not_in\n")
        .replace("              - list\n              - create\n", "              - delete\n");
    let merged = merge(&old, &now, SameServer::Required).unwrap();
    let note = "  # CHANGED: lets operation be purge, which a new policy refuses.\n  manage_branch:\n";
    assert!(merged.text.contains(note), "{}", merged.text);
    assert_eq!((merged.weaker.len(), merged.changed.len()), (1, 1));
    assert_eq!(merge(&merged.text, &now, SameServer::Required).unwrap().text, merged.text);
}

#[test]
fn an_argument_of_which_nothing_is_asked_is_told_and_one_with_a_rule_of_ones_own_is_not() {
    let read = |text: &str| policy(json!([with_path("read_page", "Reads a page.", text)]));
    let now = read("Absolute path of the page");
    let fresh = dialect::write(&now, Dialect::INTERCEPT).unwrap();
    let old = dialect::write(
        &Policy { rules: vec![Rule { decision: Decision::allow(), ..now.rules[0].clone() }], ..now.clone() },
        Dialect::INTERCEPT,
    );
    let merged = merge(&old.unwrap(), &now, SameServer::Required).unwrap();
    let note = "  # CHANGED: does not ask what a new policy asks: public-host (url).\n  read_page:\n    rules: []\n";
    assert!(merged.text.contains(note) && merged.weaker.len() == 1, "{}", merged.text);
    assert_eq!(merge(&merged.text, &now, SameServer::Required).unwrap().text, merged.text);
    for (from, to) in [
        ("name: public-host", "name: only below srv"),
        ("value: ^(?i:(?:https", "value: ^(?i:(?:http"),
        ("op: regex", "op: contains"),
    ] {
        let own = fresh.replace(from, to);
        assert_ne!(own, fresh);
        assert_eq!(merge(&own, &now, SameServer::Required).unwrap().changed.len(), 0, "{own}");
    }
}

#[test]
fn own_words_around_a_comment_are_no_change_and_another_description_is() {
    let tools = |text: &str| {
        json!([
            tool("get_order", text, json!({"id": {"type": "string"}})),
            tool("list_shops", "Lists the shops.", json!({}))
        ])
    };
    let now = policy(tools("Gets an order."));
    let old = written(tools("Gets an order."));
    for (ours, own) in [
        ("  # Gets an order.\n", "  # Seen by Ann.\n  # Gets an order.\n  # Not for guests.\n"),
        ("  # Gets an order.\n", "  # Gets an\n  # order.\n"),
        ("  # Gets an order.\n  #   - id (string)\n", "  # Our own words.\n"),
        ("  # Lists the shops.\n  #   (no parameters)\n", "  # Of no harm.\n"),
    ] {
        let edited = old.replace(ours, own);
        assert_ne!(edited, old);
        let merged = merge(&edited, &now, SameServer::Required).unwrap();
        assert_eq!((merged.text.as_str(), merged.changed.len()), (edited.as_str(), 0));
    }
    let edited = old.replace("  # Gets an order.\n", "  # Seen by Ann.\n  # Gets an order.\n");
    for (text, is_told) in [("Gets an order.", false), ("Gets an order. Then deletes it.", true), ("Gets", true)] {
        let merged = merge(&edited, &policy(tools(text)), SameServer::Required).unwrap();
        assert_eq!(merged.text.contains("# CHANGED: described as: "), is_told, "{text}: {}", merged.text);
    }
}

#[test]
fn the_head_tells_what_now_is_so() {
    let versioned = |tools: Value, version: &str| Policy { version: Some(version.into()), ..policy(tools) };
    let list = tool("list_things", "Lists things.", json!({}));
    let old = dialect::write(&versioned(json!([list]), "1.0"), Dialect::INTERCEPT).unwrap();
    let mut now = versioned(json!([list, on_path("read_file", "Reads a file.")]), "2.0");
    now.rules.iter_mut().flat_map(|rule| &mut rule.decision.guards).for_each(|guard| guard.fill_in = true);
    let merged = merge(&old, &now, SameServer::Required).unwrap().text;
    for line in [
        "# Starter policy for shop 2.0",
        "# 2 tools: 2 Read; allows 2",
        "# To set, where it says SET THIS: public-host (read_file).",
    ] {
        assert!(merged.lines().any(|now| now == line), "{line}: {merged}");
    }
    let set = merged.replace("  # SET THIS", "");
    assert!(
        !merge(&set, &now, SameServer::Required).unwrap().text.contains("# To set"),
        "what is set is not told any more"
    );
    let strict = now.clone().under("strict");
    let error = merge(&merged, &strict, SameServer::Required).unwrap_err().to_string();
    assert_eq!(error, "it was made by the profile starter, and the profile of this run is strict");
    let unmarked = merged.replace("# Profile ", "# ");
    assert!(merge(&unmarked, &strict, SameServer::Required).is_ok(), "a file that tells no profile has none");
}

#[test]
fn tools_are_hidden_in_the_way_the_file_hides_them() {
    let hidden = |name: &str| Rule {
        decision: Decision::hide(),
        ..policy(json!([tool(name, "Deletes it.", json!({}))])).rules.remove(0)
    };
    let now = Policy { rules: vec![hidden("drop"), hidden("a, b]")], ..policy(json!([])) };
    for (old, want) in [
        ("hide: []  # none\n", "hide: [\"drop\", \"a, b]\"]  # none\n"),
        ("hide: [ghost, 'it''s' ]\n", "hide: [ghost, 'it''s', \"drop\", \"a, b]\" ]\n"),
        ("hide:\n- ghost\n", "- drop  # Destructive\n"),
        ("", "hide:\n  - drop  # Destructive\n"),
    ] {
        let old = format!("version: '1'\ndefault: deny\n{old}tools: {{}}\n");
        let merged = merge(&old, &now, SameServer::Any).unwrap();
        assert!(merged.text.contains(want) && merged.added == ["drop", "a, b]"], "{old}: {}", merged.text);
        assert_eq!(merge(&merged.text, &now, SameServer::Required).unwrap().text, merged.text);
    }
}

/// Listings of a few tools with unusual names and texts.
fn listing() -> impl Strategy<Value = Value> {
    let name =
        prop_oneof!["(get|delete|pay|run)_[a-c]{1,2}", "[ -~]{1,8}", Just("*".to_owned()), Just("a: b #".to_owned())];
    let one = (name, "[ -~\n]{0,40}", any::<bool>()).prop_map(|(name, description, takes)| {
        let parameters = json!({
            "path": {"type": "string", "description": "Absolute path"},
            "amount": {"type": "number"},
            "operation": {"type": "string", "enum": ["list", "create", "delete"]},
        });
        let mut tool = tool(&name, &description, if takes { parameters } else { json!({}) });
        if takes {
            tool["inputSchema"]["required"] = json!(["path", "amount", "operation"]);
        }
        tool
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
        prop_assume!(crate::policy::read(&old, Dialect::INTERCEPT).is_ok());
        let now = policy(second);
        let merged = merge(&old, &now, SameServer::Required).unwrap();
        prop_assert!(merged.text.contains("# a person was here"));
        let again = merge(&merged.text, &now, SameServer::Required).unwrap();
        prop_assert_eq!(&again.text, &merged.text);
        let said = dialect::stated(&now, Dialect::INTERCEPT);
        let [read, before] = [&merged.text, &old].map(|text| crate::policy::read(text, Dialect::INTERCEPT).unwrap());
        let fresh = crate::policy::read(&dialect::write(&now, Dialect::INTERCEPT).unwrap(), Dialect::INTERCEPT).unwrap();
        for name in said.tools.keys().filter(|name| !before.tools.contains_key(*name)) {
            prop_assert_eq!(read.tools.get(name), fresh.tools.get(name), "{}", name);
        }
        for (name, decision) in &before.tools {
            prop_assert_eq!(read.tools.get(name), Some(decision));
        }
    }
}

#[test]
fn a_pattern_that_the_engine_refuses_is_reported() {
    let now = policy(json!([on_path("read_file", "Reads a file.")]));
    let old = written(json!([on_path("read_file", "Reads a file.")]));
    let edited = old.replace(
        "    rules:\n",
        "    rules:\n      - name: own\n        conditions: [{path: args.path, op: regex, value: '(?=x)y'}]\n",
    );
    assert_ne!(edited, old);
    let merged = merge(&edited, &now, SameServer::Required).unwrap();
    assert_eq!(merged.refused_patterns.len(), 1, "{:?}", merged.refused_patterns);
    assert_eq!(merge(&old, &now, SameServer::Required).unwrap().refused_patterns, []);
}

#[test]
fn a_file_with_merge_keys_keeps_its_meaning_or_is_left_as_it_is() {
    let now =
        policy(json!([tool("get_order", "Gets an order.", json!({})), tool("new_tool", "Lists things.", json!({}))]));
    for old in [
        "version: '1'\ndefault: deny\ntools:\n  base: &base\n    rules: []\n  get_order:\n    <<: *base\n",
        "version: '1'\ndefault: deny\ntools:\n  <<: {get_order: {rules: []}}\n",
    ] {
        let Ok(merged) = merge(old, &now, SameServer::Any) else { continue };
        let decisions = super::super::read(&merged.text, Dialect::INTERCEPT).unwrap();
        assert!(
            decisions.tools["get_order"].action == PolicyAction::Allow && decisions.tools.contains_key("new_tool"),
            "{}",
            merged.text
        );
    }
}
