//! Guards that are killed in the middle of calls: the limit that they share holds, and so does the log.

#![cfg(unix)]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};

/// Calls that a day lets through.
const MAX: usize = 150;
/// Guards, of which each is killed.
const KILLED: usize = 100;
/// Calls that the client of one guard wants to make.
const CALLS: usize = 20;

/// The day that it is; each day has a limit of its own.
#[expect(clippy::disallowed_methods, reason = "the program counts by the clock")]
fn day() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 86_400
}

/// The calls that a guard lets through until it is killed `after` its first answer.
fn let_through(folder: &Path, after: Duration) -> usize {
    let mut guard = Command::new(cargo_bin!("mcp-scan"))
        .args(["guard", "--server-name", "shop", "--log-max-size", "20000", "--log-keep", "999", "--policy"])
        .arg(folder.join("policy.yaml"))
        .arg("--state")
        .arg(folder)
        .arg("--log")
        .arg(folder.join("guard.jsonl"))
        .arg("--")
        .arg(support::example("fixture-server"))
        .args(["calls", "guard-killed"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = guard.stdin.take().unwrap();
    for id in 0..CALLS {
        let call = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "limited"}});
        writeln!(input, "{call}").unwrap();
    }
    let output = BufReader::new(guard.stdout.take().unwrap());
    let (answered, first) = mpsc::channel();
    let counted = thread::spawn(move || {
        let lines = output.lines().map_while(Result::ok).inspect(|_| {
            let _ = answered.send(());
        });
        let replies = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
        replies.filter(|reply| reply["result"]["isError"] != true && reply.get("result").is_some()).count()
    });
    let _ = first.recv_timeout(Duration::from_secs(30));
    thread::sleep(after);
    guard.kill().unwrap();
    guard.wait().unwrap();
    counted.join().unwrap()
}

#[test]
fn a_hundred_killed_guards_let_no_more_through_than_the_limit() {
    let (folder, total) = loop {
        let (folder, begun) = (tempfile::tempdir().unwrap(), day());
        let policy = format!(
            "version: '1'\ndefault: deny\ntools:\n  limited: {{rules: [{{name: few, rate_limit: {MAX}/day}}]}}\n"
        );
        fs::write(folder.path().join("policy.yaml"), policy).unwrap();
        let path = folder.path();
        let some = |first: usize| -> usize {
            let kills = (first..KILLED).step_by(4);
            kills.map(|at| let_through(path, Duration::from_micros((at * 137 % 4_000) as u64))).sum()
        };
        let total = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|first| scope.spawn(move || some(first))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        if day() == begun {
            break (folder, total);
        }
    };
    assert!(total <= MAX, "{total} calls of {MAX} went through");
    assert!(total >= MAX / 10, "{total} calls of {MAX} went through");
    let rest = let_through(folder.path(), Duration::from_secs(2));
    assert!(total + rest <= MAX, "{total} and {rest} calls of {MAX} went through");
    let verify = Command::new(cargo_bin!("mcp-scan"))
        .args(["guard", "log", "--verify"])
        .arg(folder.path().join("guard.jsonl"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&verify.stdout);
    assert_eq!(verify.status.code(), Some(0), "{text}");
    support::assert_nothing_left("guard-killed");
}
