//! `guard log`, and the log of a guard as `policy replay` and `policy learn` read it.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "support/program.rs"]
mod program;

use program::{finished, program};

const RECORDS: &str = include_str!(
    "../src/guard/log/snapshots/mcp_scan__guard__log__tests__a_line_says_what_was_decided_and_no_arguments.snap"
);

/// A log of two records, as a guard wrote it.
fn log(folder: &Path) -> PathBuf {
    let path = folder.join("guard.jsonl");
    let lines: String =
        RECORDS.lines().filter(|line| line.starts_with("{\"seq\"")).map(|line| format!("{line}\n")).collect();
    fs::write(&path, lines).unwrap();
    path
}

fn run(args: &[&str], path: &Path) -> (i32, String, String) {
    finished(program().args(args).arg(path))
}

#[test]
fn a_log_is_counted_by_tool() {
    let folder = tempfile::tempdir().unwrap();
    let path = log(folder.path());
    let (code, text, _) = run(&["guard", "log"], &path);
    assert_eq!(code, 0);
    insta::assert_snapshot!(text);
    let (code, json, _) = run(&["guard", "log", "-f", "json"], &path);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &json["calls"], &json["tools"][0]["allowed"]), (0, &2.into(), &1.into()));
    let (code, _, error) = run(&["guard", "log"], &folder.path().join("none"));
    assert!(code == 2 && error.contains("could not read the log") && error.contains("none"), "{error}");
    fs::write(&path, "{}\n").unwrap();
    let (code, _, error) = run(&["guard", "log"], &path);
    assert!(code == 2 && error.contains("line 1 is no record of a guard"), "{error}");
}

#[test]
fn a_changed_log_fails_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let path = log(folder.path());
    let (code, text, _) = run(&["guard", "log", "--verify"], &path);
    assert!(code == 0 && text.contains("2 records from 1 to 2, 0 problems"), "{text}");
    assert!(text.contains("a cut at the end cannot be seen"), "{text}");
    let changed = fs::read_to_string(&path).unwrap().replacen("few payments", "no payments", 1);
    fs::write(&path, changed).unwrap();
    let (code, text, _) = run(&["guard", "log", "--verify"], &path);
    assert!(code == 1 && text.contains("guard.jsonl:1: record 1 was changed"), "{text}");
    let (code, json, _) = run(&["guard", "log", "--verify", "-f", "json"], &path);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &json["problems"][0]["problem"]), (1, &"changed".into()));
}

#[test]
fn the_calls_of_a_log_are_replayed_and_learnt_if_it_has_their_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let path = log(folder.path());
    let policy = folder.path().join("policy.yaml");
    fs::write(&policy, "version: '1'\ndefault: deny\ntools:\n  x: {rules: []}\n").unwrap();
    let replay = ["policy", "replay", policy.to_str().unwrap()];
    let (code, _, error) = run(&replay, &path);
    assert!(code == 2 && error.contains("has no arguments") && error.contains("--log-arguments"), "{error}");
    let with =
        fs::read_to_string(&path).unwrap().replace("\"duration_us\"", "\"arguments\":{\"amount\":5},\"duration_us\"");
    fs::write(&path, with).unwrap();
    let (code, text, error) = run(&replay, &path);
    assert!(code == 0 && text.contains("2 calls: 1 allowed, 0 approval, 1 denied"), "{text}{error}");
    let (code, learnt, error) = run(&["policy", "learn"], &path);
    assert!(code == 0 && learnt.contains("amount"), "{learnt}{error}");
    assert!(!learnt.contains("\n  x:"), "the call that was not made is not allowed: {learnt}");
}
