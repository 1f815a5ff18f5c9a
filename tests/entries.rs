//! Entries of configurations that are judged without a start: disabled ones, clean ones, settings, files that are no
//! listing, and servers behind our own guard.

#![cfg(unix)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

#[expect(dead_code, reason = "other tests look for processes that are left")]
mod support;

/// A project with these files, in a folder that is the home too.
fn project(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

struct Done {
    code: i32,
    out: String,
    err: String,
}

fn run(folder: &Path, args: &[&str]) -> Done {
    run_with_home(folder, folder, args)
}

fn run_with_home(home: &Path, folder: &Path, args: &[&str]) -> Done {
    let mut command = Command::cargo_bin("mcp-scan").unwrap();
    command.current_dir(folder).env("HOME", home).env("NO_COLOR", "1").env_remove("XDG_CONFIG_HOME").env_remove("CI");
    let output = command.args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Done { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
}

fn report(folder: &Path, args: &[&str]) -> Value {
    let (command, rest) = args.split_at(usize::from(args.first() == Some(&"discover")));
    let done = run(folder, &[command, &["-f", "json"], rest].concat());
    serde_json::from_str(&done.out).unwrap_or_else(|_| panic!("{}{}", done.out, done.err))
}

/// `name: answer, findings` of each server that was not read.
fn entries(report: &Value) -> Vec<String> {
    let row = |server: &Value| {
        let ids = server["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap());
        let off = if server["configured"]["disabled"] == json!(true) { " (off)" } else { "" };
        let (name, answer) = (server["name"].as_str().unwrap(), server["verdict"]["answer"].as_str().unwrap());
        format!("{name}{off}: {answer} {}", ids.collect::<Vec<_>>().join(" ")).trim_end().to_owned()
    };
    report["unread"].as_array().into_iter().flatten().map(row).collect()
}

const PIPED: &str = r#"{"command": "sh", "args": ["-c", "curl -fsSL https://shelf.example/i.sh | sh"]"#;

#[test]
fn every_entry_is_judged_when_no_server_is_started() {
    let servers = format!(
        r#"{{"mcpServers": {{"clean": {{"command": "node", "args": ["shelf.js"]}}, "piped": {PIPED}}},
            "off": {PIPED}, "disabled": true}}}}}}"#
    );
    let file = ".roo/mcp.json";
    let dir = project(&[(file, &servers)]);
    let wanted = ["clean: do-not-add", "piped: do-not-add mutable-launch", "off (off): do-not-add mutable-launch"];
    for args in [&["--no-launch"][..], &[]] {
        let args = [args, &[file]].concat();
        assert_eq!(entries(&report(dir.path(), &args)), wanted, "{args:?}");
        let done = run(dir.path(), &args);
        assert_eq!(done.code, 0, "{args:?}: {}", done.err);
        for text in ["its tools were not read; nothing was found in its entry", "It is switched off in the conf"] {
            assert!(done.out.contains(text), "{text}: {}", done.out);
        }
        assert!(done.err.contains("off in .roo/mcp.json:2 is switched off in the configuration and was not started"));
        assert!(!done.err.contains("error:"), "{}", done.err);
        let failed = run(dir.path(), &[&["--fail-on", "high"], &args[..]].concat());
        assert_eq!(failed.code, 1, "{}", failed.err);
    }
    // The answer, the exit code and the report of a gate agree: what was not seen does not pass.
    let one = r#"{"mcpServers": {"clean": {"command": "node", "args": ["shelf.js"]}}}"#;
    let dir = project(&[(".mcp.json", one), ("l.json", "version: 1\nservers: []\n")]);
    for (args, code, told) in [
        ("--fail-on high", 1, "the gate failed: 1 server not started or reached"),
        ("--fail-on high -f junit", 1, "1 server not started or reached"),
        ("--no-launch --fail-on high", 0, "the gate checked the entries alone: the tools of 1 server were not read"),
        ("--no-launch --fail-on plain-http", 0, "the gate checked the entries alone"),
        ("--no-launch --fail-on grade-d", 1, "1 entry without tools to check for anything of grade D or worse"),
        ("--no-launch --fail-on high,destructive", 1, "anything of category Destructive"),
        ("--no-launch --lock l.json", 1, "not all tools were compared with the lock"),
        ("--lock l.json", 1, "not all tools were compared with the lock"),
        ("discover --fail-on high", 0, "the gate checked the entries alone"),
        ("discover --fail-on 5", 1, "anything at 5/5"),
    ] {
        let file = if args.starts_with("discover") { "" } else { " .mcp.json" };
        let words = format!("{args}{file}");
        let done = run(dir.path(), &words.split_whitespace().collect::<Vec<_>>());
        assert!(done.code == code && done.err.contains(told), "{args}: {} {}", done.code, done.err);
    }
    let json = report(dir.path(), &["--fail-on", "high", ".mcp.json"]);
    for (part, why) in [(&json["unread"][0], "not-agreed"), (&json["errors"][0], "not-agreed")] {
        assert_eq!(part["left_unread"], why, "{part}");
    }
    assert_eq!(report(dir.path(), &["--no-launch", ".mcp.json"])["unread"][0]["left_unread"], "no-launch");
    let found = run(dir.path(), &["discover"]).out;
    assert!(found.contains("\"nothing found\" is about the entry alone"), "{found}");
    let found: Value = serde_json::from_str(&run(dir.path(), &["discover", "-f", "json"]).out).unwrap();
    let server = &found["servers"][0];
    let answer = (&server["verdict"], &server["answer"], server["because"].as_str().unwrap());
    assert_eq!(answer.0, "nothing-found");
    assert!(answer.1 == "do-not-add" && answer.2.contains("nothing was found in its entry"), "{server}");
    let dir = project(&[(".mcp.json", &servers)]);
    // What somebody agreed to before and was not read is no success.
    assert_eq!(run(dir.path(), &["--launch-allow", "allowed.json", file]).code, 3);
    // A lock needs the tools, and leaves out what is switched off.
    assert_eq!(run(dir.path(), &["lock", "-o", "l.json", file]).code, 3);
}

#[test]
fn files_that_are_no_listing_have_a_clear_answer() {
    let allows = r#"{"permissions": {"allow": ["mcp__*"]}}"#;
    let dir = project(&[
        ("array.json", "[1, 2]"),
        ("work/.claude/settings.json", allows),
        ("plain/.claude/settings.json", r#"{"model": "x"}"#),
        ("repo/.mcp.json", r#"{"mcpServers": {"a": {"command": "node", "args": ["a.js"]}}}"#),
        ("repo/package.json", r#"{"name": "shelf", "version": "1.0.0"}"#),
        ("repo/src/data.json", "[1]"),
        ("broken/.mcp.json", r#"{"mcpServers": {"a": {"command": "node", "args": ["a.js"]}}}"#),
        ("broken/cut.json", "{"),
        ("empty/data.json", "{}"),
    ]);
    for (target, code, out, err) in [
        ("array.json", 3, "", "it is an array without a tool in it"),
        ("work/.claude/settings.json", 0, "allows-tools-by-wildcard", ""),
        ("plain/.claude/settings.json", 0, "Add: nothing was found in these settings", ""),
        (
            "repo",
            0,
            "nothing was found in its entry",
            "repo/package.json and 1 other file are no listings and were passed",
        ),
        ("broken", 3, "nothing was found in its entry", "error: could not read it as a listing: broken/cut.json"),
        ("empty", 3, "", "error: could not read it as a listing"),
    ] {
        let done = run(dir.path(), &["--no-launch", target]);
        assert_eq!(done.code, code, "{target}: {}{}", done.out, done.err);
        assert!(done.out.contains(out) && done.err.contains(err), "{target}: {}{}", done.out, done.err);
    }
    let failed = run(dir.path(), &["--no-launch", "--fail-on", "high", "work/.claude/settings.json"]);
    assert_eq!(failed.code, 1, "{}", failed.err);
}

#[test]
fn what_the_clients_of_a_project_bring_is_found_from_a_folder_in_it() {
    let xml = r#"<application><component name="McpApplicationServerCommands"><McpServerCommand>
        <option name="name" value="of the IDE"/><option name="programPath" value="node"/></McpServerCommand></component></application>"#;
    let dir = project(&[
        ("repo/.git/HEAD", "ref: refs/heads/main\n"),
        ("repo/.mcp.json", r#"{"mcpServers": {"root": {"command": "node"}, "off": {"command": "node"}}}"#),
        ("repo/.claude/settings.json", r#"{"disabledMcpjsonServers": ["off"]}"#),
        ("repo/a/.cursor/mcp.json", r#"{"mcpServers": {"middle": {"command": "node"}}}"#),
        ("repo/a/b/notes.md", "notes"),
        (".mcp.json", r#"{"mcpServers": {"outside": {"command": "node"}}}"#),
        (".config/JetBrains/PyCharm2025.2/options/llm.mcpServers.xml", xml),
        (
            ".config/zed/settings.json",
            r#"{"context_servers": {"extension": {"settings": {"api_key": "planted-s3cret-1"}}}}"#,
        ),
    ]);
    for (folder, args) in [("repo/a/b", &["discover", "-f", "json"][..]), ("repo", &["discover", "-f", "json", "a/b"])]
    {
        let done = run_with_home(dir.path(), &dir.path().join(folder), args);
        let found: Value = serde_json::from_str(&done.out).unwrap();
        let servers = found["servers"].as_array().unwrap();
        let mut names: Vec<&str> = servers.iter().map(|server| server["server"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["extension", "middle", "of the IDE", "off", "root"], "{folder}: {}", done.err);
        let off: Vec<&Value> = servers.iter().filter(|server| server["disabled"] == json!(true)).collect();
        assert_eq!((off.len(), &off[0]["server"]), (1, &json!("off")));
    }
    let home = run(dir.path(), &["discover"]);
    assert!(home.out.contains("extension") && home.out.contains("secret-in-launch"), "{}", home.out);
    assert!(!home.out.contains("planted"), "{}", home.out);
}

#[test]
fn the_server_behind_our_own_guard_is_judged() {
    let server = support::example("fixture-server");
    let ours = assert_cmd::cargo::cargo_bin("mcp-scan");
    let ours = ours.to_str().unwrap();
    let guard = |program: &str, words: &[&str]| {
        let args = [&["guard", "--policy", "/no/policy.yaml", "--log", "/no/log.jsonl"], words].concat();
        json!({"command": program, "args": args})
    };
    let other = tempfile::tempdir().unwrap();
    let other = other.path().join("mcp-scan");
    fs::write(&other, "#!/bin/sh\n").unwrap();
    let servers = json!({"mcpServers": {
        "shelf": guard(ours, &["--env", "SHELF=1", "--", server.to_str().unwrap(), "normal"]),
        "piped": guard(ours, &["sh", "-c", "curl https://shelf.example/i.sh | sh"]),
        "plain": guard(ours, &["http://shelf.example/mcp"]),
        "other": guard(other.to_str().unwrap(), &["--", "sh", "-c", "curl https://shelf.example/i.sh | sh"]),
        "many": {"command": ours, "args": ["guard", "--servers", "guard.yaml", "--listen", "127.0.0.1:7000"]},
    }});
    let dir = project(&[(".mcp.json", &servers.to_string())]);
    let judged = report(dir.path(), &["--no-launch", ".mcp.json"]);
    assert_eq!(
        entries(&judged),
        [
            "shelf: do-not-add",
            "piped: do-not-add mutable-launch",
            "plain: do-not-add plain-http",
            "other: do-not-add mutable-launch",
            "many: do-not-add"
        ]
    );
    let targets: Vec<&str> =
        judged["unread"].as_array().unwrap().iter().map(|server| server["target"].as_str().unwrap()).collect();
    assert!(targets[0].ends_with("fixture-server normal") && targets[3].contains(" guard "), "{targets:?}");
    let listed = run(dir.path(), &["discover"]);
    assert!(listed.out.contains("fixture-server normal"), "{}", listed.out);
    // The guard could not start here: neither its policy nor its log are there.
    let one = json!({"mcpServers": {"shelf": servers["mcpServers"]["shelf"]}});
    fs::write(dir.path().join(".mcp.json"), one.to_string()).unwrap();
    let scanned = report(dir.path(), &["discover", "--scan", "--launch"]);
    assert_eq!((&scanned["servers"][0]["tool_count"], &scanned["errors"]), (&json!(2), &json!([])), "{scanned}");
}

#[test]
fn a_header_is_for_one_origin() {
    let dir = project(&[]);
    let urls = ["http://127.0.0.1:1/mcp", "http://127.0.0.2:1/mcp"];
    let done = run(dir.path(), &["-H", "Authorization: Bearer planted-token", urls[0], urls[1]]);
    assert_eq!(done.code, 2, "{}", done.err);
    assert!(done.err.contains("a header is for one of them") && !done.err.contains("planted-token"), "{}", done.err);
}

/// A file that no known client reads: who wrote `disabled` wants no start, and a gate cannot know.
#[test]
fn a_disabled_entry_of_any_file_is_not_started() {
    let entry = r#"{"command": "sh", "args": ["-c", "touch started"]"#;
    let servers =
        format!(r#"{{"mcpServers": {{"a": {entry}, "disabled": true}}, "b": {entry}, "enabled": false}}}}}}"#);
    let dir = project(&[("servers.json", &servers)]);
    let done = run(dir.path(), &["--launch", "--sandbox", "none", "servers.json"]);
    assert!(!dir.path().join("started").exists(), "{}", done.err);
    assert_eq!(done.code, 0, "{}", done.err);
    let failed = run(dir.path(), &["--launch", "--fail-on", "critical", "servers.json"]);
    assert_eq!(failed.code, 1, "{}", failed.err);
    let lines = run(dir.path(), &["--launch", "-f", "jsonl", "servers.json"]).out;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().map(|line| &line["left_unread"]).collect::<Vec<_>>(), ["perhaps-disabled"; 2]);
}

#[test]
fn servers_of_one_name_are_told_apart_by_their_entries() {
    let list = |name: &str| format!(r#"{{"serverInfo": {{"name": "shelf"}}, "tools": [{{"name": "get_{name}"}}]}}"#);
    let dir = project(&[("one.json", &list("one")), ("two.json", &list("two"))]);
    let out = run(dir.path(), &["--quiet", "one.json", "two.json"]).out;
    assert!(out.contains("one.json)") && out.contains("two.json)"), "{out}");
}
