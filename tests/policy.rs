//! `mcp-scan policy` as a user runs it.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

const SHOP: &str = "fixtures/listings/example-shop.json";

fn mcp_scan(args: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("mcp-scan").unwrap().args(args).assert()
}

fn stdout(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn write(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn listing(folder: &TempDir) -> String {
    let tools = json!({"tools": [
        {"name": "list_orders", "description": "Lists orders.", "inputSchema": {"type": "object"}},
        {"name": "update_order", "description": "Updates an order.", "inputSchema": {"type": "object", "properties": {
            "id": {"type": "string"}, "state": {"enum": ["open", "done"]}, "count": {"type": "integer", "maximum": 9}}}},
        {"name": "delete_order", "description": "Deletes an order.", "inputSchema": {"type": "object"}},
    ]});
    write(folder, "listing.json", &tools.to_string())
}

const FAULTY: &str = r#"version: "1"
default: deny
tools:
  list_order:
    rules: []
  update_order:
    rules:
      - name: state
        conditions: [{path: args.state, op: in, value: [open, closed]}]
      - name: who
        conditions: [{path: args.owner, op: eq, value: me}]
      - name: many
        conditions: [{path: args.count, op: gte, value: 10}]
      - name: shape
        conditions: [{path: args.id, op: regex, value: "(?=x)"}]
  delete_order:
    rules: []
"#;

#[test]
fn every_kind_of_problem_is_told_with_its_place() {
    let folder = TempDir::new().unwrap();
    let policy = write(&folder, "policy.yaml", FAULTY);
    let assert = mcp_scan(&["policy", "check", &policy, &listing(&folder), "-f", "json"]).code(1);
    let checked: Value = serde_json::from_str(&stdout(&assert)).unwrap();
    let problems: Vec<(&str, &str, Option<u64>)> = checked["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["id"].as_str().unwrap(), p["tool"].as_str().unwrap(), p["line"].as_u64()))
        .collect();
    for expected in [
        ("unnamed-tool", "list_orders", None),
        ("unknown-tool", "list_order", Some(4)),
        ("unknown-value", "update_order", Some(6)),
        ("unknown-parameter", "update_order", Some(6)),
        ("unmeetable-condition", "update_order", Some(6)),
        ("refused-pattern", "update_order", Some(6)),
        ("weaker-than-default", "update_order", Some(6)),
        ("weaker-than-default", "delete_order", Some(16)),
    ] {
        assert!(problems.contains(&expected), "{expected:?} in {problems:?}");
    }
    assert_eq!(problems.len(), 8, "{problems:?}");
    let text = stdout(&mcp_scan(&["policy", "check", &policy, &listing(&folder)]).code(1));
    assert!(
        text.contains(":4:3: medium: The server has no tool list_order; it may now be called list_orders."),
        "{text}"
    );
    assert!(text.ends_with("8 problems with listing (3 tools).\n"), "{text}");
}

#[test]
fn code_scanning_gets_the_same_problems() {
    let folder = TempDir::new().unwrap();
    let policy = write(&folder, "policy.yaml", FAULTY);
    let assert = mcp_scan(&["policy", "check", &policy, &listing(&folder), "-f", "sarif"]).code(1);
    let log: Value = serde_json::from_str(&stdout(&assert)).unwrap();
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 8);
    for result in run["results"].as_array().unwrap() {
        let rule = &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
    }
}

#[test]
fn a_policy_that_was_just_written_has_no_problems() {
    let folder = TempDir::new().unwrap();
    for format in ["intercept", "seed", "policylayer"] {
        for profile in ["starter", "strict"] {
            let policy = folder.path().join(format).to_str().unwrap().to_owned();
            let written = ["-q", "--policy", &policy, "--policy-format", format, "--profile", profile];
            mcp_scan(&[written.as_slice(), &["-o", "/dev/null", SHOP]].concat()).success();
            let text = stdout(&mcp_scan(&["policy", "check", "--profile", profile, &policy, SHOP]).success());
            assert_eq!(text, "No problems: the policy fits Harbour Goods (15 tools).\n", "{format}");
        }
    }
    let starter = folder.path().join("starter.yaml").to_str().unwrap().to_owned();
    mcp_scan(&["-q", "--policy", &starter, "-o", "/dev/null", SHOP]).success();
    mcp_scan(&["policy", "check", "--profile", "read-only", &starter, SHOP]).code(1);
}

#[test]
fn what_is_no_policy_or_no_single_server_is_a_usage_error() {
    let folder = TempDir::new().unwrap();
    let broken = write(&folder, "broken.yaml", "version: '1'\ntools: {a: {rules: [{action: refuse}]}}\n");
    for args in [
        ["policy", "check", "no-such-file.yaml", SHOP],
        ["policy", "check", &broken, SHOP],
        ["policy", "diff", &broken, &broken],
    ] {
        let assert = mcp_scan(&args).code(2);
        assert!(assert.get_output().stderr.starts_with(b"error: could not read the policy"));
    }
    assert!(Path::new(&broken).exists());
}

#[test]
fn a_difference_in_decisions_is_told_and_one_in_lines_is_not() {
    let folder = TempDir::new().unwrap();
    let rules = |limit: &str| {
        format!("version: \"1\"\ndefault: deny\ntools:\n  t:\n    rules: [{{name: n, rate_limit: {limit}}}]\n")
    };
    let before = write(&folder, "a.yaml", &rules("30/minute"));
    let same = write(&folder, "b.yaml", &format!("# another comment\n{}", rules("30/minute")));
    let looser = write(&folder, "c.yaml", &rules("60/minute"));
    let text = stdout(&mcp_scan(&["policy", "diff", &before, &same]).success());
    assert_eq!(text, "The policies decide the same.\n");
    let text = stdout(&mcp_scan(&["policy", "diff", &before, &looser]).code(1));
    assert!(text.starts_with("t: looser (allow, at most 30 per minute -> allow, at most 60 per minute)\n"), "{text}");
}
