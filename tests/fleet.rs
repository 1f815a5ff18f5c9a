//! Many targets at once: each its own, in a stable order, shared out, resumed, and told of when the user interrupts.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// A server with one tool, which notes each start in the file `starts` and ends at once while the file `broken` is there.
const SERVER: &str = r#"echo "$1" >> starts; test "$1" = fails && test -e broken && exit 1
while read -r line; do id=$(printf %s "$line" | sed 's/.*"id":\([0-9]*\).*/\1/'); case $line in
*'"initialize"'*) echo '{"jsonrpc":"2.0","id":'"$id"',"result":{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"'"$1"'","version":"1"}}}';;
*'"tools/list"'*) echo '{"jsonrpc":"2.0","id":'"$id"',"result":{"tools":[{"name":"get_it","inputSchema":{}}]}}';;
*'"server/discover"'*) echo '{"jsonrpc":"2.0","id":'"$id"',"error":{"code":-32601,"message":"no"}}';;
esac; done"#;

const FLEET: &str = "# Four servers, one of which fails\nsh ./server.sh one\nsh ./server.sh fails\n\nsh ./server.sh three # the last\nsaved.json\n";

fn fleet() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("server.sh"), SERVER).unwrap();
    fs::write(dir.path().join("saved.json"), r#"{"serverInfo":{"name":"saved"},"tools":[]}"#).unwrap();
    fs::write(dir.path().join("fleet.txt"), FLEET).unwrap();
    fs::write(dir.path().join("broken"), "").unwrap();
    dir
}

fn command(folder: &Path, args: &str) -> Command {
    let mut command = Command::new(cargo_bin!("mcp-scan"));
    // The server notes its starts in the folder, which a sandbox would not let it.
    command.current_dir(folder).args(["-q", "-f", "json", "--sandbox", "none"]).args(args.split_whitespace());
    command
}

fn scan(folder: &Path, args: &str) -> Output {
    command(folder, args).output().unwrap()
}

/// The servers and the targets that were not read, in the order of the report.
fn told(output: &Output) -> (Vec<String>, Vec<String>) {
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let texts = |list: &str, key: &str| {
        let items = report[list].as_array().unwrap();
        items.iter().map(|item| item[key].as_str().unwrap().to_owned()).collect()
    };
    (texts("servers", "name"), texts("errors", "target"))
}

fn words(text: &[&str]) -> Vec<String> {
    text.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn a_file_of_targets_is_read_in_its_order_and_a_bad_one_spoils_no_other() {
    let dir = fleet();
    for (jobs, from) in [(1, "fleet.txt"), (4, "-")] {
        let input = fs::File::open(dir.path().join("fleet.txt")).unwrap();
        let args = format!("--jobs {jobs} --targets {from}");
        let output = command(dir.path(), &args).stdin(input).output().unwrap();
        assert_eq!(told(&output), (words(&["one", "three", "saved"]), words(&["sh ./server.sh fails"])), "{args}");
        assert_eq!(output.status.code(), Some(3));
    }
}

#[test]
fn shares_join_to_the_whole_and_a_rerun_reads_only_what_failed() {
    let dir = fleet();
    let whole = told(&scan(dir.path(), "--targets fleet.txt"));
    fs::remove_file(dir.path().join("starts")).unwrap();
    for share in ["2/2", "1/2"] {
        scan(dir.path(), &format!("--targets fleet.txt --resume results --shard {share}"));
    }
    assert_eq!(told(&scan(dir.path(), "results")), whole, "the folder holds errors too");
    fs::remove_file(dir.path().join("broken")).unwrap();
    let rerun = scan(dir.path(), "--targets fleet.txt --resume results");
    assert_eq!(told(&rerun), (words(&["one", "fails", "three", "saved"]), words(&[])));
    assert_eq!(rerun.status.code(), Some(0));
    let mut starts: Vec<String> =
        fs::read_to_string(dir.path().join("starts")).unwrap().lines().map(str::to_owned).collect();
    starts.sort();
    // A server that ends before the handshake may be started once more with it.
    let failing = starts.iter().take_while(|name| *name == "fails").count();
    assert!((2..=4).contains(&failing), "{starts:?}");
    assert_eq!(starts[failing..], ["one", "three"]);
    assert_eq!(fs::read_dir(dir.path().join("results")).unwrap().count(), 4, "one file for each target");
}

#[test]
fn an_interrupt_reports_what_was_done() {
    let dir = fleet();
    fs::write(dir.path().join("fleet.txt"), "sh ./server.sh one\nsh -c 'sleep 300'\nsaved.json\n").unwrap();
    let child = command(dir.path(), "--targets fleet.txt --resume results")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let since = Instant::now();
    let kept = || {
        fs::read_dir(dir.path().join("results")).map_or(0, |files| {
            files.filter(|file| !file.as_ref().unwrap().file_name().to_string_lossy().starts_with('.')).count()
        })
    };
    while kept() < 2 && since.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(told(&output), (words(&["one", "saved"]), words(&["sh -c 'sleep 300'"])));
    assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted before 1 target of 3"));
}

#[test]
fn what_cannot_be_a_fleet_is_a_usage_error() {
    let dir = fleet();
    for args in ["--targets missing.txt", "--targets - -", "--shard 0/2 saved.json", "--shard 1/2"] {
        assert_eq!(scan(dir.path(), args).status.code(), Some(2), "{args}");
    }
}
