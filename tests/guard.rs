//! The guard as a client starts it: a program between two pipes. The server is `fixtures/servers/server.rs`.

#![cfg(unix)]

#[path = "support/governed.rs"]
mod governed;
#[path = "support/peer.rs"]
mod peer;
mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use governed::{POLICY, call, is_refused};
use peer::Peer;
use serde_json::{Value, json};

fn program() -> Command {
    let mut command = Command::new(cargo_bin!("mcp-scan"));
    command.env("NO_COLOR", "1");
    command
}

/// Exit code, standard output and standard error of `command`.
fn finished(command: &mut Command) -> (Option<i32>, String, String) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A guard in front of the server in `mode`, its state in `folder`.
fn guard(folder: &Path, mark: &str, mode: &str, options: &[&str]) -> Command {
    let policy = folder.join("policy.yaml");
    if !policy.exists() {
        fs::write(&policy, POLICY).unwrap();
    }
    let mut command = program();
    command.arg("guard").arg("--policy").arg(policy).args(options);
    if !options.contains(&"--state") {
        command.arg("--state").arg(folder);
    }
    command.arg("--").arg(support::example("fixture-server")).args([mode, mark]);
    command
}

#[test]
fn what_is_allowed_equals_what_the_server_says_and_the_rest_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut guarded = Peer::start(&mut guard(folder.path(), "guard-equal", "calls", &[]));
    let mut direct = Peer::start(Command::new(support::example("fixture-server")).args(["calls", "guard-direct"]));
    for (id, method, params) in [
        (1, "initialize", json!({"protocolVersion": "2025-11-25", "capabilities": {}})),
        (2, "tools/call", json!({"name": "first", "arguments": {"b": 1.50, "a": [null, "\u{e9}"]}})),
        (3, "tools/call", json!({"name": "fails", "arguments": {}})),
        (4, "resources/list", json!({})),
    ] {
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        guarded.send(&message);
        direct.send(&message);
        assert_eq!(guarded.receive(), direct.receive(), "{method}");
    }
    let names =
        |reply: Value| reply["result"]["tools"].as_array().unwrap().iter().map(|t| t["name"].to_string()).collect();
    let (listed, all): (Vec<String>, Vec<String>) =
        (names(guarded.ask(5, "tools/list", json!({}))), names(direct.ask(5, "tools/list", json!({}))));
    assert_eq!((listed, all.len()), (vec!["\"first\"".to_owned()], 2));
    let refused = guarded.call(6, "never");
    assert_eq!(refused["result"]["content"][0]["text"], "[DENIED BY POLICY] Not here. (rule: never)");
    assert!(is_refused(&guarded.call(7, "second")) && is_refused(&guarded.call(8, "unnamed")));
    assert_eq!(guarded.end(), Some(0));
    support::assert_nothing_left("guard-equal");
}

#[test]
fn guards_on_one_file_share_a_limit_and_a_killed_one_gives_nothing_back() {
    let folder = tempfile::tempdir().unwrap();
    let start = |mark: &str| Peer::start(&mut guard(folder.path(), mark, "calls", &["--server-name", "shop"]));
    let (mut first, mut second) = (start("guard-share-1"), start("guard-share-2"));
    for id in 1..=9 {
        assert!(!is_refused(&first.call(id, "limited")) && !is_refused(&second.call(id, "limited")));
    }
    assert!(!is_refused(&first.call(10, "limited")));
    first.process.kill().unwrap();
    assert!(!is_refused(&second.call(10, "limited")));
    assert!(is_refused(&second.call(11, "limited")));
    drop(first);
    assert!(is_refused(&start("guard-share-3").call(1, "limited")));
}

#[test]
fn a_changed_policy_is_in_force_at_once_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut guarded = Peer::start(&mut guard(folder.path(), "guard-reload", "calls", &[]));
    assert!(is_refused(&guarded.call(1, "never")));
    let change = |text: &str| fs::write(folder.path().join("policy.yaml"), text).unwrap();
    change("version: '1'\ndefault: sometimes\n");
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(is_refused(&guarded.call(2, "never")), "the old policy stays");
    change("version: '1'\ndefault: allow\ntools: {}\n");
    let begun = Instant::now();
    let mut id = 3;
    while is_refused(&guarded.call(id, "never")) {
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(100));
        id += 1;
    }
    fs::write(folder.path().join("policy.yaml"), POLICY).unwrap();
    let begun = Instant::now();
    while !is_refused(&guarded.call(id, "never")) {
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(100));
        id += 1;
    }
    fs::remove_file(folder.path().join("policy.yaml")).unwrap();
    std::thread::sleep(Duration::from_millis(1_200));
    assert!(is_refused(&guarded.call(id + 1, "never")), "a policy that is gone stays in force");
    assert!(!is_refused(&guarded.call(id + 2, "first")));
}

#[test]
fn a_call_must_pass_the_policy_and_its_overlay_which_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let overlay = folder.path().join("prod.yaml");
    let denies =
        "version: '1'\ndefault: allow\ntools:\n  first: {rules: [{name: no, action: deny, on_deny: Not here.}]}\n";
    fs::write(&overlay, denies).unwrap();
    let options = ["--overlay", overlay.to_str().unwrap()];
    let mut guarded = Peer::start(&mut guard(folder.path(), "guard-overlay", "calls", &options));
    assert!(is_refused(&guarded.call(1, "first")));
    assert!(is_refused(&guarded.call(2, "never")), "what the policy refuses stays refused");
    assert!(!is_refused(&guarded.call(3, "fails")));
    fs::write(&overlay, "version: '1'\ndefault: allow\ntools: {}\n").unwrap();
    let begun = Instant::now();
    let mut id = 4;
    while is_refused(&guarded.call(id, "first")) {
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(100));
        id += 1;
    }
    assert!(is_refused(&guarded.call(id + 1, "never")));
}

#[test]
fn every_decision_is_a_line_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("guard.jsonl");
    let options = ["--log", log.to_str().unwrap()];
    let mut guarded = Peer::start(&mut guard(folder.path(), "guard-log", "calls", &options));
    for (id, tool) in (1..).zip(["first", "fails", "never"]) {
        guarded.call(id, tool);
    }
    assert_eq!(guarded.end(), Some(0));
    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let decided: Vec<(&str, &str)> =
        lines.iter().map(|line| (line["tool"].as_str().unwrap(), line["decision"].as_str().unwrap())).collect();
    assert_eq!(decided, [("first", "allowed"), ("fails", "allowed"), ("never", "denied")]);
    let (code, _, _) = finished(program().args(["guard", "log", "--verify"]).arg(&log));
    assert_eq!(code, Some(0));
}

/// A limit on the size of files does what a full disk does: writing fails.
#[test]
fn a_full_disk_stops_only_what_must_be_logged() {
    for (on_log_error, passes) in [("allow", true), ("deny", false)] {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("guard.jsonl");
        let options = ["--log", log.to_str().unwrap(), "--on-log-error", on_log_error, "--state", "memory"];
        let guard = guard(folder.path(), "guard-full", "calls", &options);
        let mut limited = Command::new("sh");
        limited.args(["-c", "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\""]).arg(guard.get_program());
        let mut guarded = Peer::start(limited.args(guard.get_args()));
        let refused = (1..=40).find(|id| is_refused(&guarded.call(*id, "first")));
        assert_eq!(refused.is_none(), passes, "{on_log_error}: refused from call {refused:?} on");
        assert!(fs::metadata(&log).unwrap().len() <= 4 * 1_024);
    }
}

/// The log and the counts are on a disk of 400 KiB that is full for a while.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_refuses_what_must_be_counted_and_nothing_else() {
    let namespaces = Command::new("unshare").args(["-rm", "sh", "-c", "mount -t tmpfs guard /mnt"]).output();
    if !namespaces.is_ok_and(|output| output.status.success()) {
        eprintln!("this machine lets nobody mount a disk of his own");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let log = disk.join("guard.jsonl");
    let options = ["--log", log.to_str().unwrap(), "--state", disk.to_str().unwrap()];
    let guard = guard(folder.path(), "guard-disk", "calls", &options);
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", "mount -t tmpfs -o size=400k guard \"$0\" && exec \"$@\""]).arg(&disk);
    let mut guarded = Peer::start(command.arg(guard.get_program()).args(guard.get_args()));
    assert!(!is_refused(&guarded.call(1, "limited")));
    let inside = format!("/proc/{}/root{}", guarded.process.id(), disk.display());
    let inside = Path::new(&inside);
    let mut filler = fs::File::create(inside.join("filler")).unwrap();
    while std::io::Write::write_all(&mut filler, &[0; 512]).is_ok() {}
    let refused = guarded.call(2, "limited");
    assert!(is_refused(&refused) && refused.to_string().contains("cannot be counted"), "{refused}");
    assert!((3..=20).all(|id| !is_refused(&guarded.call(id, "first"))), "the session goes on");
    drop(filler);
    fs::remove_file(inside.join("filler")).unwrap();
    assert!(!is_refused(&guarded.call(21, "limited")) && !is_refused(&guarded.call(22, "first")));
    let begun = Instant::now();
    let ends_with_first = |log: String| log.lines().last().is_some_and(|line| line.contains("\"first\""));
    while !ends_with_first(fs::read_to_string(inside.join("guard.jsonl")).unwrap()) {
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(20));
    }
    let (code, out, _) = finished(program().args(["guard", "log", "--verify"]).arg(inside.join("guard.jsonl")));
    assert_eq!(code, Some(0), "{out}");
}

#[test]
fn a_server_that_dies_in_a_call_ends_the_session_with_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let mut guarded = Peer::start(&mut guard(folder.path(), "guard-dies", "calls", &[]));
    let reply = guarded.call(1, "dies");
    assert!(reply["error"]["message"].as_str().unwrap().contains("ended before it replied"), "{reply}");
    assert_eq!((guarded.receive(), guarded.end()), (String::new(), Some(3)));
}

#[test]
fn a_client_that_dies_in_a_call_leaves_no_server_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut guarded = Peer::start(&mut guard(folder.path(), "guard-vanishes", "calls", &[]));
    guarded.send(&call(1, "hangs"));
    guarded.process.kill().unwrap();
    guarded.process.wait().unwrap();
    support::assert_nothing_left("guard-vanishes");
}

#[test]
fn a_policy_that_cannot_be_read_and_counts_that_cannot_be_kept_start_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.yaml"), "version: '1'\ndefault: sometimes\n").unwrap();
    let (code, out, err) = finished(&mut guard(folder.path(), "guard-broken", "calls", &[]));
    assert!(code == Some(2) && out.is_empty() && err.contains("could not read the policy"), "{code:?} {err}");
    fs::write(folder.path().join("policy.yaml"), POLICY).unwrap();
    let file = folder.path().join("policy.yaml/counts.db");
    let options = ["--state", file.to_str().unwrap()];
    let mut command = program();
    command.arg("guard").arg("--policy").arg(folder.path().join("policy.yaml")).args(options);
    command.arg("--").arg(support::example("fixture-server")).args(["calls", "guard-broken"]);
    let (code, out, err) = finished(&mut command);
    assert!(code == Some(2) && out.is_empty() && err.contains("could not guard the server"), "{code:?} {err}");
}
