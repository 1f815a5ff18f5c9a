//! Limits that several processes share: hooks on one file, some of them killed in the middle.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const CALL: &str = r#"{"tool_name": "mcp__shop__pay", "tool_input": {"amount": 1}}"#;

/// A policy that lets `max` calls through in a day.
fn policy(folder: &Path, max: usize) -> String {
    let text = format!(
        "version: '1'\ndefault: deny\ntools:\n  pay:\n    rules: [{{name: few payments, rate_limit: {max}/day}}]\n"
    );
    let path = folder.join("policy.yaml");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn hook(policy: &str, state: &Path) -> Child {
    let mut hook = Command::new(env!("CARGO_BIN_EXE_mcp-scan"))
        .args(["hook", "--client", "claude-code", "--server-name", "shop", "--policy", policy, "--state"])
        .arg(state)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    hook.stdin.take().unwrap().write_all(CALL.as_bytes()).unwrap();
    hook
}

fn answer(hook: Child) -> String {
    String::from_utf8(hook.wait_with_output().unwrap().stdout).unwrap()
}

fn allows(answer: &str) -> bool {
    answer.contains(r#""permissionDecision":"allow""#)
}

/// The day that it is; each day has a limit of its own.
#[expect(clippy::disallowed_methods, reason = "the program counts by the clock")]
fn day() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 86_400
}

/// The allowed calls and the other answers of hooks of which every second is killed at some moment of its run.
fn killed_hooks(folder: &Path, hooks: usize, max: usize) -> (usize, Vec<String>) {
    let policy = policy(folder, max);
    let mut answers = Vec::new();
    for batch in 0..hooks / 4 {
        let running: Vec<(usize, Child)> = (0..4).map(|at| (at, hook(&policy, folder))).collect();
        let wait = |(at, mut hook): (usize, Child)| {
            if at % 2 == 0 {
                thread::sleep(Duration::from_millis((batch * 7 % 40) as u64));
                hook.kill().unwrap();
            }
            answer(hook)
        };
        answers.extend(running.into_iter().map(wait));
    }
    let (allowed, others): (Vec<String>, Vec<String>) = answers.into_iter().partition(|answer| allows(answer));
    (allowed.len(), others)
}

#[test]
fn hooks_that_are_killed_let_no_more_calls_through() {
    let (hooks, max) = (200, 40);
    let (allowed, others, folder) = loop {
        let (folder, begun) = (tempfile::tempdir().unwrap(), day());
        let (allowed, others) = killed_hooks(folder.path(), hooks, max);
        if day() == begun {
            break (allowed, others, folder);
        }
    };
    assert!(allowed <= max, "{allowed} of {max} calls were allowed");
    assert!(allowed >= max / 4, "{allowed} of {max} calls were allowed");
    let unexpected = |answer: &&String| !answer.is_empty() && !answer.contains("few payments");
    assert_eq!(others.iter().filter(unexpected).collect::<Vec<_>>(), Vec::<&String>::new());
    let last = answer(hook(&policy(folder.path(), max), folder.path()));
    assert!(last.contains("few payments") && last.contains(r#""permissionDecision":"deny""#), "{last}");
    let edited = answer(hook(&policy(folder.path(), max + 1), folder.path()));
    assert!(allows(&edited), "an edited policy keeps the count, and one more passes: {edited}");
    let again = answer(hook(&policy(folder.path(), max + 1), folder.path()));
    assert!(!allows(&again), "{again}");
}

#[test]
fn a_store_that_is_no_store_refuses_the_call_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(folder.path(), 3);
    let state = folder.path().join("counts.db");
    std::fs::write(&state, "not a database, though it is long enough to look at").unwrap();
    let refused = answer(hook(&policy, &state));
    assert!(refused.contains(r#""permissionDecision":"deny""#), "{refused}");
    assert!(refused.contains("calls cannot be counted in") && refused.contains("counts.db"), "{refused}");
    let down = answer(hook(&policy, Path::new("redis://user:word@127.0.0.1:1")));
    assert!(down.contains(r#""permissionDecision":"deny""#) && down.contains("127.0.0.1:1"), "{down}");
    assert!(!down.contains("word"), "{down}");
}
