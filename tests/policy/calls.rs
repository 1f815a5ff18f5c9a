//! `mcp-scan policy test`, `replay`, `learn` and overlays: what a policy decides on calls.

use std::fs;

use assert_cmd::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{listing, mcp_scan, stdout, write};

#[test]
fn a_verdict_names_the_rule_as_the_file_does() {
    let folder = TempDir::new().unwrap();
    let text = "version: '1'\ntools:\n  a: {rules: [{name: l, rate_limit: 2/minute}, {name: day, rate_limit: 3/day}]}\n  \
                b: {rules: [{name: n, action: deny}]}\n  '*': {rules: [{name: all, rate_limit: 4/day}]}\n";
    let policy = write(&folder, "policy.yaml", text);
    let calls =
        [(0, "a", "allow"), (0, "a", "allow"), (0, "a", "l"), (60, "a", "allow"), (120, "a", "day"), (120, "b", "n")];
    let more = [(120, "c", "default"), (120, "c", "all")];
    let line = |(at, tool, rule): &(u32, &str, &str)| json!({"tool": tool, "at": at, "rule": rule}).to_string();
    let calls: Vec<String> = calls.iter().chain(&more).map(line).collect();
    let calls = write(&folder, "calls.jsonl", &calls.join("\n"));
    let text = stdout(&mcp_scan(&["policy", "test", &policy, &calls]).success());
    assert!(text.contains("a limited by l\n") && text.contains("b denied by n\n"), "{text}");
}

#[test]
fn what_is_wrong_with_calls_is_told_with_its_place() {
    let folder = TempDir::new().unwrap();
    let policy = write(&folder, "policy.yaml", "version: '1'\ntools: {t: {rules: []}}\n");
    let lines = write(&folder, "calls.jsonl", "{\"tool\": \"t\"}\n{\"tool\": \"t\", \"arguments\": [1], \"at\": -1}\n");
    let companion = write(&folder, "calls.yaml", "tests:\n  - {tool: t, arguments: [1], at: -1}\n");
    for calls in [lines, companion] {
        let assert = mcp_scan(&["policy", "test", &policy, &calls]).code(2);
        let told = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        assert!(told.contains(&format!("{calls}:2:")), "{told}");
        for says in ["arguments must be a mapping", "at must be a whole number of seconds from 0, got -1", "^^"] {
            assert!(told.contains(says), "{says}: {told}");
        }
    }
    let deep = format!(r#"{{"tool": "t", "arguments": {}{}}}"#, r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
    let deep = write(&folder, "deep.jsonl", &deep);
    mcp_scan(&["policy", "test", &policy, &deep]).code(2);
}

#[test]
fn a_learnt_policy_allows_what_was_recorded_and_replay_tells_what_it_holds_back() {
    let folder = TempDir::new().unwrap();
    let call =
        |tool: &str, arguments: Value, at: u64| json!({"tool": tool, "arguments": arguments, "at": at}).to_string();
    let seen =
        ["open", "open", "open", "open"].map(|state| call("update_order", json!({"id": "1", "state": state}), 60));
    let seen = write(&folder, "seen.jsonl", &seen.join("\n"));
    let learnt = mcp_scan(&["policy", "learn", &seen]).success();
    let policy = write(&folder, "policy.yaml", &stdout(&learnt));
    let same = mcp_scan(&["policy", "replay", &policy, &seen, "--format", "json"]).success();
    let same: Value = serde_json::from_str(&stdout(&same)).unwrap();
    assert_eq!((&same["calls"], &same["held"]), (&json!(4), &json!([])), "{same}");

    let other = [call("update_order", json!({"id": "1", "state": "open"}), 60), call("delete_order", json!({}), 61)];
    let other = write(&folder, "other.jsonl", &other.join("\n"));
    let replayed = mcp_scan(&["policy", "replay", &policy, &other]).success();
    let text = stdout(&replayed);
    assert!(text.contains("1 call denied: delete_order by default") && text.contains("2 calls: "), "{text}");
}

#[test]
fn a_parser_refuses_what_the_pattern_of_a_guard_lets_pass() {
    let folder = TempDir::new().unwrap();
    let policy = "version: '1'\ndefault: deny\ntools:\n  query:\n    rules:\n      - name: read-only-sql\n        \
                  conditions: [{path: args.sql, op: regex, value: '^SELECT'}]\n";
    let policy = write(&folder, "policy.yaml", policy);
    for (sql, outcome) in [
        ("SELECT a FROM t", "allowed"),
        ("SELECT a INTO b FROM t", "denied"),
        ("SELECT 1; DROP TABLE t", "denied"),
        ("SELECT pg_read_file('x')", "denied"),
        ("SELECT what no dialect can parse", "allowed"),
        ("DROP TABLE t", "denied"),
    ] {
        let calls = json!({"tool": "query", "arguments": {"sql": sql}, "expect": outcome}).to_string();
        let calls = write(&folder, "calls.jsonl", &calls);
        mcp_scan(&["policy", "test", &policy, &calls]).success();
    }
}

#[test]
fn an_overlay_tightens_a_policy_and_its_agent_alone() {
    let folder = TempDir::new().unwrap();
    let base = write(
        &folder,
        "base.yaml",
        "version: '1'\ndefault: deny\ntools:\n  list_orders: {rules: []}\n  update_order: {rules: []}\n",
    );
    let prod = write(
        &folder,
        "prod.yaml",
        "version: '1'\ndefault: allow\ntools:\n  update_order: {rules: [{name: not in prod, action: deny}]}\n",
    );
    let codex = write(&folder, "codex.yaml", "version: '1'\ndefault: allow\nhide: [list_orders]\ntools: {}\n");
    let calls = write(&folder, "calls.jsonl", "{\"tool\": \"list_orders\"}\n{\"tool\": \"update_order\"}\n");
    let for_codex = format!("codex={codex}");
    for (overlays, outcomes) in [
        (vec![], ["allowed", "allowed"]),
        (vec!["--overlay", &prod], ["allowed", "denied"]),
        (vec!["--overlay", &prod, "--overlay", &for_codex, "--agent", "gemini"], ["allowed", "denied"]),
        (vec!["--overlay", &prod, "--overlay", &for_codex, "--agent", "codex"], ["denied", "denied"]),
        (vec!["--overlay", &for_codex], ["denied", "allowed"]),
    ] {
        let args = [vec!["policy", "test", &base, &calls, "-f", "json"], overlays.clone()].concat();
        let tried: Value = serde_json::from_str(&stdout(&mcp_scan(&args).success())).unwrap();
        let got: Vec<&str> =
            tried.as_array().unwrap().iter().map(|t| t["verdict"]["outcome"].as_str().unwrap()).collect();
        assert_eq!(got, outcomes, "{overlays:?}");
    }
    let diff = stdout(&mcp_scan(&["policy", "diff", &base, &base, "--overlay", &prod]).code(1));
    assert!(diff.contains("update_order: stricter (allow -> deny)"), "{diff}");
}

#[test]
fn policies_that_only_their_engine_decides_are_tested_and_checked() {
    let folder = TempDir::new().unwrap();
    let listing = listing(&folder);
    for format in ["opa", "toolhive"] {
        let policy = write(&folder, format, "");
        mcp_scan(&["--policy", &policy, "--policy-format", format, "--force", &listing]).success();
        let calls = "{\"tool\": \"list_orders\", \"arguments\": {}, \"expect\": \"allowed\"}\n{\"tool\": \"delete_order\", \
                     \"expect\": \"denied\"}\n{\"tool\": \"other\", \"expect\": \"denied\"}\n{\"tool\": \"manage_order\", \
                     \"arguments\": {\"operation\": \"delete\"}, \"expect\": \"denied\"}\n{\"tool\": \"manage_order\", \
                     \"arguments\": {\"operation\": \"list\"}, \"expect\": \"allowed\"}\n";
        let calls = write(&folder, "calls.jsonl", calls);
        let told = stdout(&mcp_scan(&["policy", "test", &policy, &calls]).success());
        assert!(told.ends_with("5 calls, 0 not as expected\n"), "{format}: {told}");
        mcp_scan(&["policy", "check", &policy, &listing]).success();
        mcp_scan(&["policy", "test", &policy, &calls, "--overlay", &policy]).code(2);
    }
    let open = write(&folder, "open.rego", "package mcp_scan\n\nimport rego.v1\n\ndecision := \"allow\"\n");
    let told = stdout(&mcp_scan(&["policy", "check", &open, &listing]).code(1));
    for problem in ["(open-default)", "delete_order is Destructive: the policy allows the call {}", "operation"] {
        assert!(told.contains(problem), "{problem}: {told}");
    }
    mcp_scan(&["policy", "test", &write(&folder, "bad.rego", "package mcp_scan\ndecision :="), "-"]).code(2);
}

#[test]
fn rules_on_sql_of_ones_own_hold_where_a_parser_decides() {
    let folder = TempDir::new().unwrap();
    let rules = folder.path().join("rules");
    fs::create_dir(&rules).unwrap();
    let sql = fs::read_to_string("rules/sql.yaml").unwrap();
    fs::write(rules.join("sql.yaml"), sql.replace("pg_read_file,", "pg_read_file, own_reader,")).unwrap();
    assert!(sql.contains("pg_read_file,"));
    let listing = write(
        &folder,
        "l.json",
        &json!({"tools": [{"name": "run_sql", "description": "Runs a read-only SQL query.",
        "inputSchema": {"type": "object", "properties": {"sql": {"type": "string"}}, "required": ["sql"]}}]})
        .to_string(),
    );
    let policy = folder.path().join("policy.yaml").to_str().unwrap().to_owned();
    mcp_scan(&["--policy", &policy, &listing]).success();
    let calls =
        write(&folder, "c.jsonl", "{\"tool\": \"run_sql\", \"arguments\": {\"sql\": \"SELECT own_reader('x')\"}}\n");
    let outcome = |more: &[&str]| {
        let args = [&["policy", "test", &policy, &calls, "-f", "json"][..], more].concat();
        let tried: Value = serde_json::from_str(&stdout(&mcp_scan(&args).success())).unwrap();
        tried[0]["verdict"]["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!(outcome(&[]), "allowed");
    assert_ne!(outcome(&["--rules", rules.to_str().unwrap()]), "allowed");
}

#[test]
fn opa_looks_at_every_element_of_a_list() {
    let folder = TempDir::new().unwrap();
    let paths = json!({"type": "array", "items": {"type": "string"}});
    let tools = json!({"tools": [
        {"name": "read_files", "description": "Reads files.", "inputSchema":
            {"type": "object", "properties": {"paths": paths}, "required": ["paths"]}},
        {"name": "count_lines", "description": "Counts the lines of files.", "inputSchema":
            {"type": "object", "properties": {"paths": paths}}},
    ]});
    let listing = write(&folder, "files.json", &tools.to_string());
    let calls: Vec<String> = [
        ("read_files", json!({"paths": ["a.txt", "b/c.txt"]}), "allowed", "approval"),
        ("read_files", json!({"paths": ["a.txt", "/etc/passwd"]}), "approval", "approval"),
        ("read_files", json!({}), "approval", "approval"),
        ("count_lines", json!({"paths": ["a.txt"]}), "allowed", "approval"),
        ("count_lines", json!({"paths": ["../a"]}), "approval", "approval"),
        ("count_lines", json!({}), "allowed", "allowed"),
    ]
    .iter()
    .flat_map(|(tool, arguments, opa, intercept)| {
        [opa, intercept].map(|expect| json!({"tool": tool, "arguments": arguments, "expect": expect}).to_string())
    })
    .collect();
    for (skipped, format) in ["opa", "intercept"].into_iter().enumerate() {
        let policy = write(&folder, format, "");
        mcp_scan(&["--policy", &policy, "--policy-format", format, "--force", &listing]).success();
        let calls: Vec<&str> = calls.iter().skip(skipped).step_by(2).map(String::as_str).collect();
        let calls = write(&folder, "calls.jsonl", &calls.join("\n"));
        mcp_scan(&["policy", "test", &policy, &calls]).success();
    }
}

#[test]
fn an_overlay_is_for_an_agent_in_any_case_and_never_for_nobody() {
    let folder = TempDir::new().unwrap();
    let rules = |action: &str| format!("version: '1'\ndefault: deny\ntools:\n  look: {{rules: [{action}]}}\n");
    let base = write(&folder, "base.yaml", &rules(""));
    let strict = write(&folder, "strict.yaml", &rules("{name: never, action: deny, on_deny: No.}"));
    let hook = |overlay: String, policy: &str| {
        let args = ["hook", "--policy", policy, "--client", "claude-code", "--server-name", "s", "--overlay", &overlay];
        let mut command = Command::cargo_bin("mcp-scan").unwrap();
        let call = r#"{"tool_name": "mcp__s__look", "tool_input": {}}"#;
        stdout(&command.args(args).write_stdin(call).assert().success())
    };
    assert!(hook(format!("codex={strict}"), &base).contains("allow"));
    assert!(hook(format!("Claude-Code={strict}"), &base).contains("No."));
    let told = hook(format!("claude-kode={strict}"), &base);
    assert!(told.contains("deny") && told.contains("claude-kode"), "{told}");
    let told = hook(format!("codex={strict}"), "no-such-file.yaml");
    assert!(told.contains("deny") && told.contains("no-such-file.yaml"), "{told}");
    let calls = write(&folder, "calls.jsonl", r#"{"tool": "look", "arguments": {}}"#);
    let overlay = format!("codex={strict}");
    let test = |agent: &str| mcp_scan(&["policy", "test", &base, &calls, "--overlay", &overlay, "--agent", agent]);
    assert!(stdout(&test("Codex").success()).contains("look denied"));
    let missed = test("kodex").success();
    let told = String::from_utf8(missed.get_output().stderr.clone()).unwrap();
    assert!(told.contains("no overlay is for the agent"), "{told}");
}
