//! Several servers behind one guard, each with a policy of its own.

#![cfg(unix)]

#[path = "support/governed.rs"]
mod governed;
#[path = "support/listening.rs"]
mod listening;
mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use governed::{POLICY, call, is_refused};
use listening::Listening;
use serde_json::json;

fn guard(folder: &Path, servers: &str) -> Command {
    fs::write(folder.join("guard.yaml"), servers).unwrap();
    fs::write(folder.join("shop.yaml"), POLICY).unwrap();
    fs::write(folder.join("open.yaml"), "version: '1'\ndefault: allow\ntools: {}\n").unwrap();
    let mut command = Command::new(cargo_bin!("mcp-scan"));
    command.env("NO_COLOR", "1").arg("guard").arg("--servers").arg(folder.join("guard.yaml"));
    command.args(["--listen", "127.0.0.1:0", "--state", "memory", "--launch"]);
    command
}

/// An entry that starts the server of tests.
fn entry(policy: &str, more: &str) -> String {
    let program = support::example("fixture-server");
    format!("{{command: {}, args: [calls, guard-servers], policy: {policy}{more}}}", program.display())
}

#[test]
fn each_server_has_a_path_a_policy_and_counts_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("guard.jsonl");
    let servers = format!("servers:\n  shop: {}\n  open: {}\n", entry("shop.yaml", ""), entry("open.yaml", ""));
    let mut listening = Listening::start(guard(folder.path(), &servers).arg("--log").arg(&log));
    listening.path = "/mcp/shop";
    let shop = listening.session();
    assert!(is_refused(&listening.ask(&shop, &call(1, "never"))));
    listening.path = "/mcp/open";
    assert!(listening.post(&shop, &call(2, "never").to_string()).0.starts_with("http/1.1 404"), "a session of another");
    let open = listening.session();
    assert!(!is_refused(&listening.ask(&open, &call(3, "never"))));
    for path in ["/mcp", "/mcp/other"] {
        listening.path = path;
        assert!(listening.post("", listening::INITIALIZE).0.starts_with("http/1.1 404"), "{path}");
    }
    drop(listening);
    support::assert_nothing_left("guard-servers");
    let text = fs::read_to_string(&log).unwrap();
    let logged: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let decided: Vec<_> = logged.iter().map(|line| (&line["server"], &line["decision"])).collect();
    assert_eq!(decided, [(&json!("shop"), &json!("denied")), (&json!("open"), &json!("allowed"))]);
}

#[test]
fn a_file_that_leaves_a_server_open_by_mistake_is_refused() {
    for (servers, part) in [
        (format!("servers:\n  shop: {}\n", entry("shop.yaml", ", locks: mcp-scan.lock")), "locks"),
        (format!("servers:\n  shop: {}\n", entry("missing.yaml", "")), "missing.yaml"),
        (format!("servers:\n  shop: {}\n", entry("shop.yaml", ", lock: missing.lock")), "missing.lock"),
        (format!("servers:\n  ../shop: {}\n", entry("shop.yaml", "")), "a part of an address"),
        (format!("servers:\n  shop: {}\n  shop: {}\n", entry("shop.yaml", ""), entry("open.yaml", "")), "twice"),
        ("servers:\n  shop: {policy: shop.yaml}\n".to_owned(), "neither a command nor a URL"),
        ("servers:\n  shop: {command: sh}\n".to_owned(), "policy"),
        ("servers: {}\n".to_owned(), "names no server"),
        ("mcpServers: {}\n".to_owned(), "mcpServers"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let output = guard(folder.path(), &servers).stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && text.contains(part), "{servers}: {text}");
    }
}
