//! `mcp-scan.yaml` as a user meets it: what a person decided is in every output, and what does nothing is told of.

#[path = "support/configuration.rs"]
mod configuration;
#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::Path;

use mcp_scan::config::Config;
use serde_json::{Value, json};
use tempfile::TempDir;

use configuration::with_config;
use program::{finished, program};

/// What a run gave: exit code, standard output, standard error.
struct Run(i32, String, String);

fn run(folder: &Path, args: &str) -> Run {
    run_words(folder, &with_config(folder, args))
}

fn run_words(folder: &Path, words: &[String]) -> Run {
    let (code, out, err) = finished(program().current_dir(folder).args(words));
    Run(code, out, err)
}

/// A folder with the listing of a shop and `config` as its configuration.
fn folder(config: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let tool = |name: &str, text: &str| json!({"name": name, "description": text, "inputSchema": {"type": "object"}});
    let mut refresh = tool("update_cache", "Updates the cache.");
    refresh["annotations"] = json!({"readOnlyHint": true});
    let tools = [tool("list_orders", "Lists orders."), tool("archive_order", "Archives an order."), refresh];
    let lines: String = tools
        .iter()
        .map(|tool| {
            let mut tool = tool.clone();
            tool["server"] = "shop".into();
            format!("{tool}\n")
        })
        .collect();
    fs::write(dir.path().join("shop.json"), json!({"serverInfo": {"name": "shop"}, "tools": tools}).to_string())
        .unwrap();
    fs::write(dir.path().join("shop.jsonl"), lines).unwrap();
    fs::write(dir.path().join("mcp-scan.yaml"), config).unwrap();
    dir
}

const OVERRIDES: &str = "overrides:
  - {server: 'sh*.json*', reported_name: shop, tool: 'archive_*', category: Destructive, reason: Emptied every night}
  - {tool: 'list_orders', score: 4, reason: Orders hold addresses}
  - {server: warehouse, tool: '*', score: 1, reason: Nobody uses it}
ignores:
  - {finding: 'read-only-*', tool: update_cache, reason: Only a cache, expires: 2020-01-31}
  - {finding: plain-http, reason: Gone long ago}
";

#[test]
fn an_override_is_told_of_in_every_output() {
    let dir = folder(OVERRIDES);
    let Run(code, out, err) = run(dir.path(), "-f json --policy policy.yaml --catalogue site shop.json");
    assert_eq!(code, 0, "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let server = &report["servers"][0];
    let (list, archive) = (&server["tools"][0], &server["tools"][1]);
    assert_eq!((&list["category"], &list["score"], &list["confidence"]), (&json!("Read"), &json!(4), &json!("high")));
    assert_eq!((&archive["category"], &archive["score"]), (&json!("Destructive"), &json!(4)));
    assert_eq!(archive["override"]["reason"], "Emptied every night");
    assert_eq!(
        (&archive["override"]["category"], &archive["override"]["score"]["value"]),
        (&json!("Write"), &json!(2))
    );
    assert_eq!(archive["policy"]["action"], "deny", "the policy follows");
    assert_eq!((&server["severities"]["Critical"], &server["categories"]["Destructive"]), (&json!(1), &json!(1)));
    assert!(server["grade_arithmetic"].as_str().unwrap().contains("deletes"), "so does the grade");
    let policy = fs::read_to_string(dir.path().join("policy.yaml")).unwrap();
    assert!(policy.contains("# NOTE: Overridden, by the rules Write: Emptied every night."), "{policy}");
    let page = fs::read_to_string(dir.path().join("site/servers/shop/archive_order/index.html")).unwrap();
    assert!(
        page.contains("Emptied every night.") && page.contains("1 (Read)") == page.contains("list_orders: 1 (Read)")
    );
    assert!(run(dir.path(), "shop.json").1.contains("Overridden, by the rules Write 2/5:"));
    let trace = run(dir.path(), "explain shop.json --tool archive_order").1;
    assert!(trace.contains("  Destructive, Critical severity, high confidence\n"), "{trace}");
    assert!(trace.contains("  by the rules Write, ") && trace.contains("  The rules rest on\n"), "{trace}");
    // A policy made without the override falls short of it.
    let Run(code, ..) = run(dir.path(), "--no-config -q --policy plain.yaml shop.json");
    assert_eq!(code, 0);
    let strict = "overrides: [{tool: list_orders, category: Destructive, reason: Reading marks them as seen}]\n";
    fs::write(dir.path().join("strict.yaml"), strict).unwrap();
    let checked = |options: &str| run(dir.path(), &format!("policy check {options} plain.yaml shop.json")).0;
    assert_eq!((checked("--config strict.yaml"), checked("--no-config")), (1, 0));
    // Streamed or not, a line says the same.
    let streamed = run(dir.path(), "-f jsonl shop.jsonl").1;
    let whole = run(dir.path(), "-f jsonl shop.json").1;
    let without_answer = |line: &str| {
        let mut line: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
        line.remove("server_verdict").and(line.remove("server_grade")).expect("a whole listing has an answer");
        line
    };
    let whole: Vec<_> = whole.lines().map(without_answer).collect();
    let object = |line: &str| -> serde_json::Map<String, Value> { serde_json::from_str(line).unwrap() };
    assert_eq!(streamed.lines().map(object).collect::<Vec<_>>(), whole);
    assert_eq!(streamed.matches("\"override\":{").count(), 2);
}

#[test]
fn what_matches_nothing_is_told_of() {
    let dir = folder(OVERRIDES);
    let Run(_, out, err) = run(dir.path(), "-f json shop.json");
    let unmatched = json!([
        {"entry": "overrides[2]", "text": "tool * of server warehouse"},
        {"entry": "ignores[1]", "text": "finding plain-http on tool * of server *"}
    ]);
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["unmatched"], unmatched);
    for args in ["-f json shop.json", "-f jsonl shop.jsonl"] {
        let err = run(dir.path(), args).2;
        assert_eq!(err.matches("of the configuration matches nothing").count(), 2, "{args}: {err}");
    }
    assert!(err.contains("warning: overrides[2] of the configuration matches nothing: tool * of server warehouse"));
}

#[test]
fn a_configuration_is_found_named_or_left_out() {
    let dir = folder("overrides: [{tool: '*', score: 5, reason: All is lost}]\n");
    let highest = |args: &str| run(dir.path(), args).1.matches("\"score\":5").count();
    assert_eq!((highest("-f jsonl shop.json"), highest("-f jsonl --no-config shop.json")), (3, 0));
    fs::write(dir.path().join("other.yaml"), "# nothing is in force\n").unwrap();
    assert_eq!(highest("-f jsonl --config other.yaml shop.json"), 0);
    let Run(code, _, err) = run(dir.path(), "--config missing.yaml shop.json");
    assert!(code == 2 && err.starts_with("error: could not read the configuration: missing.yaml"), "{err}");
}

#[test]
fn what_is_wrong_is_told_with_file_line_and_caret() {
    let reason = "reason: x";
    for (config, line, why) in [
        (format!("overrides:\n  - {{tool: a, {reason}}}\n"), 2, "a category, a score or both"),
        (format!("overrides:\n  - {{tool: a, score: 6, {reason}}}\n"), 2, "a score is 1 to 5"),
        ("overrides:\n  - tool: a\n    score: 1\n".into(), 3, "reason"),
        (format!("overrides:\n  - tool: '{{a'\n    score: 1\n    {reason}\n"), 2, "not a pattern"),
        (format!("overrides:\n  - tool: a\n    category: Bad\n    {reason}\n"), 3, "Bad"),
        (format!("ignores:\n  - finding: a\n    {reason}\n    expires: soon\n"), 4, "expires"),
        ("override: []\n".into(), 1, "override"),
        ("fail_on: critical\n".into(), 1, "a list belongs here"),
        ("ignores: []\nignores: []\n".into(), 2, "the key ignores stands here twice: keep one of them"),
    ] {
        let dir = folder(&config);
        // Named or found.
        assert_eq!(run_words(dir.path(), &["shop.json".to_owned()]).0, 2, "{config}");
        let Run(code, out, err) = run(dir.path(), "shop.json");
        assert_eq!((code, out.as_str()), (2, ""), "{config}{err}");
        assert!(err.starts_with("error: could not read the configuration: mcp-scan.yaml\n"), "{err}");
        assert!(err.contains(&format!("line {line}")) && err.contains('^') && err.contains(why), "{config}{err}");
        assert!(err.contains(&format!("--> mcp-scan.yaml:{line}:")), "{err}");
    }
}

#[test]
fn an_id_that_there_is_not_is_an_error_with_the_one_that_was_meant() {
    for (ignore, why) in [
        (
            "finding: read-only-hint-contradictd",
            "no finding has the id read-only-hint-contradictd; did you mean read-only-hint-contradicted?",
        ),
        ("finding: 'nothing-*'", "no finding has the id nothing-*"),
        ("finding: lethal-trifecta", "no finding has the id lethal-trifecta"),
        ("flow: lethal-trifekta", "no flow has the id lethal-trifekta; did you mean lethal-trifecta?"),
    ] {
        let dir = folder(&format!("ignores:\n  - {{{ignore}, reason: x}}\n"));
        let Run(code, out, err) = run(dir.path(), "shop.json");
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains(&format!("  ignores[0]: {why}\n")), "{err}");
    }
    let Run(code, _, err) = run(folder("").path(), "--fail-on lethal-trifekta shop.json");
    assert!(code == 2 && err.contains("did you mean lethal-trifecta?"), "{err}");
}

#[test]
fn init_writes_a_file_that_reads_back_and_loses_none() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("shop.json"), r#"{"tools": [{"name": "get_a", "description": "Gets it."}]}"#).unwrap();
    assert_eq!(run(dir.path(), "init").0, 0);
    let Run(code, _, err) = run(dir.path(), "shop.json");
    assert_eq!((code, err.as_str()), (0, ""));
    fs::write(dir.path().join("mcp-scan.yaml"), "ignores: []\n").unwrap();
    let Run(code, _, err) = run(dir.path(), "init");
    assert!(code == 2 && err.contains("it is there already"), "{err}");
    assert_eq!(fs::read_to_string(dir.path().join("mcp-scan.yaml")).unwrap(), "ignores: []\n");
    assert_eq!(run(dir.path(), "init --force").0, 0);
    // What is commented out reads too: each example alone, and all of them.
    let text = fs::read_to_string(dir.path().join("mcp-scan.yaml")).unwrap();
    let in_force = |text: String| {
        fs::write(dir.path().join("mcp-scan.yaml"), text).unwrap();
        let Run(code, _, err) = run(dir.path(), "shop.json");
        assert!(code != 2, "{err}");
        let config =
            Config::parse("mcp-scan.yaml", &fs::read_to_string(dir.path().join("mcp-scan.yaml")).unwrap()).unwrap();
        (config.overrides.len(), config.ignores.len(), config.servers.len())
    };
    assert_eq!(in_force(text.replace("\n#  ", "\n  ")), (1, 3, 1));
    let lines: Vec<&str> = text.lines().collect();
    let starts: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with("#  - ")).collect();
    let alone = starts.iter().map(|start| {
        let length = lines[start + 1..].iter().take_while(|line| line.starts_with("#    ")).count();
        let uncommented = |(at, line): (usize, &&str)| match (*start..=start + length).contains(&at) {
            true => line.replacen('#', "", 1) + "\n",
            false => format!("{line}\n"),
        };
        in_force(lines.iter().enumerate().map(uncommented).collect())
    });
    assert_eq!(
        alone.collect::<Vec<_>>(),
        [(0, 0, 0), (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 1, 0), (0, 1, 0), (0, 0, 1)]
    );
}

#[test]
fn a_server_is_given_its_time_and_its_variables() {
    let sleeper = "sleep 60";
    let dir = folder("servers: [{target: 'sleep *', start_timeout: 300ms}]\n");
    let Run(code, _, err) = run(dir.path(), sleeper);
    assert!(code == 3 && err.contains("within 0.3 s"), "{err}");
    let dir = folder("servers: [{target: 'sleep *', env: [MCP_SCAN_NO_SUCH_NAME]}]\n");
    let Run(code, _, err) = run(dir.path(), sleeper);
    assert!(code == 3 && err.contains("MCP_SCAN_NO_SUCH_NAME, which our own environment does not have"), "{err}");
    assert_eq!(run(dir.path(), "shop.json").0, 0, "other targets are not concerned");
    fs::write(dir.path().join(".mcp.json"), r#"{"mcpServers": {"a": {"command": "sleep", "args": ["60"]}}}"#).unwrap();
    let Run(code, _, err) = run(dir.path(), "--launch .mcp.json");
    assert!(code == 3 && err.contains("MCP_SCAN_NO_SUCH_NAME"), "by its command, too: {err}");
    let dir = folder("servers:\n  - target: '*'\n    timeout: soon\n");
    assert!(run(dir.path(), "shop.json").2.contains("line 3"));
}
