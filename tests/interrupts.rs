//! An interrupt: seen at once, wherever it comes, and nothing is half written or left running.
#![cfg(unix)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command as Process, Stdio};

use assert_cmd::cargo::cargo_bin;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::{Value, json};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Whether a process still runs. One that has ended and only waits to be collected does not.
fn runs(pid: &str) -> bool {
    if cfg!(target_os = "linux") {
        fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|words| !words.is_empty())
    } else {
        test_kill_process(Pid::from_raw(pid.parse().unwrap()).unwrap()).is_ok()
    }
}

/// True when the process has taken SIGINT over, as the system tells; where it does not, after half a second.
fn catches_interrupts(process: u32) -> bool {
    let Ok(status) = fs::read_to_string(format!("/proc/{process}/status")) else {
        std::thread::sleep(std::time::Duration::from_millis(500));
        return true;
    };
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 0b10 != 0)
}

#[test]
fn an_interrupt_is_seen_while_standard_input_is_open() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("policy.yaml"), "version: \"1\"\ntools: {}\n").unwrap();
    let commands: [&[&str]; 6] = [
        &["-"],
        &["explain", "-"],
        &["eval", "-"],
        &["catalogue", "-o", "site", "-"],
        &["policy", "check", "--policy-format", "intercept", "policy.yaml", "-"],
        &["serve"],
    ];
    for words in commands {
        let mut child = Process::new(cargo_bin!("mcp-scan"))
            .args(words)
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        // Until it has taken the signal over, the signal ends it without an exit code.
        let started = std::time::Instant::now();
        while !catches_interrupts(child.id()) && started.elapsed() < std::time::Duration::from_secs(20) {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        let since = std::time::Instant::now();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{words:?}");
        assert!(since.elapsed() < std::time::Duration::from_secs(3), "{words:?}: {:?}", since.elapsed());
        assert_eq!(names(dir.path()), ["policy.yaml"], "{words:?}");
        drop(input);
    }
}

#[test]
fn an_interrupt_while_a_stream_is_written_leaves_nothing_half_written() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Process::new(cargo_bin!("mcp-scan"))
        .args(["-f", "jsonl", "-o", "out.jsonl", "-"])
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for i in 0..3_000 {
        writeln!(input, "{{\"name\":\"get_{i}\"}}").unwrap();
    }
    let since = std::time::Instant::now();
    // Before the work the place is tried with an empty file that goes again: what is written has content.
    let written = || fs::read_dir(dir.path()).unwrap().any(|file| file.unwrap().metadata().is_ok_and(|m| m.len() > 0));
    while !written() && since.elapsed() < std::time::Duration::from_secs(20) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(names(dir.path()).len(), 1, "it writes beside the place");
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(names(dir.path()), Vec::<String>::new());
    drop(input);
}

#[test]
fn an_interrupt_is_seen_after_the_reading() {
    let dir = tempfile::tempdir().unwrap();
    // More pages than are written before the interrupt comes.
    let tools: Vec<Value> =
        (0..1_000).map(|i| json!({"name": format!("get_{i}"), "description": "Gets it."})).collect();
    fs::write(dir.path().join("many.json"), json!(tools).to_string()).unwrap();
    let mut child = Process::new(cargo_bin!("mcp-scan"))
        .args(["-q", "-o", "report", "--catalogue", "site", "many.json"])
        .current_dir(dir.path())
        .spawn()
        .unwrap();
    let since = std::time::Instant::now();
    let has_begun = || fs::read_dir(dir.path().join("site")).is_ok_and(|mut files| files.next().is_some());
    while !has_begun() && since.elapsed() < std::time::Duration::from_secs(60) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn an_interrupt_ends_the_server_too() {
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, Instant};
    let dir = tempfile::tempdir().unwrap();
    let (program, pids) = (dir.path().join("server.sh"), dir.path().join("pids"));
    // A server that never answers, with a child of its own.
    fs::write(&program, "#!/bin/sh\nsleep 300 &\necho $! $$ > pids.new && mv pids.new pids\nwait\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    for (signal, option) in [(Signal::INT, "--policy"), (Signal::TERM, "-o")] {
        let _ = fs::remove_file(&pids);
        let mut child = Process::new(cargo_bin!("mcp-scan"))
            // A sandbox would give its processes numbers of their own and keep it from writing them here.
            .args(["--sandbox", "none", option, "written", "--", "./server.sh"])
            .current_dir(dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let since = Instant::now();
        while !pids.exists() && since.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(20));
        }
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal:?}");
        for pid in fs::read_to_string(&pids).unwrap().split_whitespace() {
            let since = Instant::now();
            while runs(pid) && since.elapsed() < Duration::from_secs(5) {
                std::thread::sleep(Duration::from_millis(20));
            }
            assert!(!runs(pid), "{signal:?}: process {pid} is left");
        }
        assert_eq!(names(dir.path()), ["pids", "server.sh"], "nothing half written is left");
    }
}
