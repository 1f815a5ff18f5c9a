//! `mcp-scan --policy FILE --merge` as a user runs it.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::json;
use tempfile::TempDir;

struct Run {
    code: i32,
    stderr: String,
}

fn mcp_scan(folder: &TempDir, args: &[&str]) -> Run {
    let output = Command::cargo_bin("mcp-scan").unwrap().current_dir(folder).args(args).output().unwrap();
    Run { code: output.status.code().unwrap(), stderr: String::from_utf8(output.stderr).unwrap() }
}

fn merge(folder: &TempDir) -> Run {
    mcp_scan(folder, &["--policy", "policy.yaml", "--merge", "listing.json"])
}

fn write(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

/// A listing of tools with the descriptions.
fn listing(folder: &TempDir, tools: &[(&str, &str)]) {
    let tool = |(name, description): &(&str, &str)| json!({"name": name, "description": description, "inputSchema": {"type": "object"}});
    let tools: Vec<_> = tools.iter().map(tool).collect();
    write(folder, "listing.json", &json!({"tools": tools}).to_string());
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

const LIST: (&str, &str) = ("list_orders", "Lists orders.");
const UPDATE: (&str, &str) = ("update_order", "Updates an order.");

#[test]
fn an_edited_policy_is_kept_and_learns_what_is_new() {
    let folder = TempDir::new().unwrap();
    let policy = folder.path().join("policy.yaml");
    listing(&folder, &[LIST, UPDATE, ("get_order", "Gets an order.")]);
    assert_eq!(merge(&folder).code, 0, "a policy that is not there yet is written");
    let edited = read(&policy).replace("30/minute", "7/hour  # agreed with Ops") + "# the end\n";
    fs::write(&policy, &edited).unwrap();
    let run = merge(&folder);
    assert!(run.code == 0 && run.stderr.contains("policy.yaml is up to date"), "{}", run.stderr);
    assert_eq!(read(&policy), edited);

    listing(
        &folder,
        &[
            LIST,
            ("update_order", "Deletes an order permanently."),
            ("find_order", "Finds."),
            ("delete_order", "Deletes."),
        ],
    );
    let run = merge(&folder);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for told in [
        "2 tools new: find_order, delete_order",
        "1 tool no longer listed: get_order",
        "1 tool judged otherwise now: update_order",
    ] {
        assert!(run.stderr.contains(told), "{told} in {}", run.stderr);
    }
    let once = read(&policy);
    let mut kept = once.lines();
    let lost: Vec<&str> = edited
        .lines()
        .filter(|line| !line.contains(" tools: ") && !line.contains("---- Read"))
        .filter(|line| !kept.any(|l| l == *line))
        .collect();
    assert!(lost.is_empty(), "{lost:?} in {once}");
    assert!(once.contains("  # NOTE: The server no longer lists this tool.\n  get_order:\n"), "{once}");
    assert!(once.contains("its rules were written for Write.\n  update_order:\n"), "{once}");
    assert!(once.contains("# ---- Read (3 tools) ----"), "{once}");
    assert_eq!(merge(&folder).code, 0);
    assert_eq!(read(&policy), once);
}

#[test]
fn what_cannot_be_merged_is_an_error_and_stays() {
    let folder = TempDir::new().unwrap();
    listing(&folder, &[LIST]);
    for text in ["tools: [", "version: \"1\"\ntools: {a: {rules: []}}\n", "{}"] {
        let policy = write(&folder, "policy.yaml", text);
        let run = merge(&folder);
        assert_eq!(run.code, 2, "{text}: {}", run.stderr);
        assert!(run.stderr.contains("error: could not merge into the policy"), "{}", run.stderr);
        assert_eq!(read(&policy), text);
    }
    for args in [
        &["--policy", "policy.yaml", "--policy-format", "seed", "--merge", "listing.json"][..],
        &["--policy", "policies", "--policy-format", "all", "--merge", "listing.json"],
        &["--merge", "listing.json"],
    ] {
        assert_eq!(mcp_scan(&folder, args).code, 2);
    }
}

#[test]
fn a_companion_that_was_edited_is_not_lost() {
    let folder = TempDir::new().unwrap();
    listing(&folder, &[LIST]);
    let args = ["--policy", "policy.yaml", "--policy-tests", "listing.json"];
    assert_eq!(mcp_scan(&folder, &args).code, 0);
    assert_eq!(mcp_scan(&folder, &args).code, 0, "one of ours is replaced");
    let (policy, tests) = (folder.path().join("policy.yaml"), folder.path().join("policy.tests.yaml"));
    let edited = read(&tests).replace("tests: []", "tests: [{tool: list_orders}]");
    fs::write(&tests, &edited).unwrap();
    fs::write(&policy, "mine").unwrap();
    let run = mcp_scan(&folder, &args);
    assert!(run.code == 2 && run.stderr.contains("was edited and would be lost"), "{}", run.stderr);
    assert_eq!((read(&tests), read(&policy)), (edited, "mine".into()));
}
