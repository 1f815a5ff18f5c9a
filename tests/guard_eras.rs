//! Clients of revision 2026-07-28 and of older ones before servers of both kinds, over standard input and output and over HTTP.

#![cfg(unix)]

#[path = "support/governed.rs"]
mod governed;
#[path = "support/listening.rs"]
mod listening;
#[expect(dead_code, reason = "other tests call in other ways")]
#[path = "support/peer.rs"]
mod peer;
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use governed::{POLICY, is_refused};
use listening::Listening;
use peer::Peer;
use serde_json::{Value, json};

const NEWEST: &str = "2026-07-28";

fn guard(folder: &Path, options: &[&str], mode: &str, mark: &str) -> Command {
    let policy = folder.join("policy.yaml");
    fs::write(&policy, POLICY).unwrap();
    let mut command = Command::new(cargo_bin!("mcp-scan"));
    command.env("NO_COLOR", "1").arg("guard").arg("--policy").arg(policy).args(["--state", "memory"]).args(options);
    command.arg("--").arg(support::example("fixture-server")).args([mode, mark]);
    command
}

/// Parameters of a request of revision 2026-07-28.
fn modern(mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": NEWEST,
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    params
}

/// Sends a request of revision 2026-07-28 over HTTP, and returns the status line and the reply.
fn post(guard: &Listening, method: &str, params: Value) -> (String, Value) {
    let name = params["name"].as_str().map(|name| format!("Mcp-Name: {name}\r\n")).unwrap_or_default();
    let headers = format!("MCP-Protocol-Version: {NEWEST}\r\nMcp-Method: {method}\r\n{name}");
    let body = json!({"jsonrpc": "2.0", "id": "a", "method": method, "params": modern(params)}).to_string();
    let (head, reply) = guard.post(&headers, &body);
    (head, serde_json::from_str(&reply).unwrap_or_else(|_| panic!("{reply}")))
}

fn names(reply: &Value) -> Vec<&str> {
    let tools = reply["result"]["tools"].as_array().unwrap_or_else(|| panic!("{reply}"));
    tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

#[test]
fn a_modern_client_reaches_each_kind_of_server_over_stdio() {
    // Of servers of the older revisions, some take a request before `initialize` badly.
    for mode in ["calls", "exits-before", "refuses-before", "names-older", "closes-before", "offers"] {
        let folder = tempfile::tempdir().unwrap();
        let mut peer = Peer::start(&mut guard(folder.path(), &[], mode, "eras-stdio"));
        let discovered = peer.ask(1, "server/discover", modern(json!({})));
        assert_eq!(discovered["result"]["supportedVersions"], json!([NEWEST]), "{mode}: {discovered}");
        let server = &discovered["result"]["_meta"]["io.modelcontextprotocol/serverInfo"]["name"];
        assert_eq!(*server, format!("fixture-{mode}"));
        let listed = peer.ask(2, "tools/list", modern(json!({})));
        assert_eq!((names(&listed), &listed["result"]["resultType"]), (vec!["first"], &json!("complete")), "{mode}");
        assert!(is_refused(&peer.ask(3, "tools/call", modern(json!({"name": "never"})))), "{mode}");
        if mode == "calls" {
            let called = peer.ask(4, "tools/call", modern(json!({"name": "first", "arguments": {"x": 1.50}})));
            assert_eq!(called["result"]["content"][0]["text"], r#"{"x":1.5}"#, "no _meta reaches the tool");
            let failed = peer.ask(5, "tools/call", modern(json!({"name": "fails"})));
            assert_eq!(failed["error"]["message"], "the tool is away");
        }
        assert_eq!(peer.end(), Some(0), "{mode}");
    }
    support::assert_nothing_left("eras-stdio");
}

#[test]
fn a_modern_client_and_a_modern_server_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut guarded = Peer::start(&mut guard(folder.path(), &[], "modern", "eras-modern"));
    let mut direct = Peer::start(Command::new(support::example("fixture-server")).args(["modern", "eras-direct"]));
    for (id, method) in (1..).zip(["server/discover", "prompts/list", "resources/list", "no/such"]) {
        assert_eq!(guarded.ask(id, method, modern(json!({}))), direct.ask(id, method, modern(json!({}))), "{method}");
    }
    assert!(is_refused(&guarded.ask(9, "tools/call", modern(json!({"name": "never"})))));
}

#[test]
fn an_older_client_gets_the_error_of_a_modern_server() {
    let folder = tempfile::tempdir().unwrap();
    let mut peer = Peer::start(&mut guard(folder.path(), &[], "modern", "eras-modern"));
    let reply = peer.ask(1, "initialize", json!({"protocolVersion": "2025-11-25", "capabilities": {}}));
    assert_eq!(reply["error"], json!({"code": -32601, "message": "Method not found"}));
}

#[test]
fn nothing_is_translated_if_the_user_does_not_want_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut peer = Peer::start(&mut guard(folder.path(), &["--translate", "never"], "calls", "eras-never"));
    let reply = peer.ask(1, "server/discover", modern(json!({})));
    assert_eq!(reply["error"], json!({"code": -32601, "message": "Method not found"}), "the server's own");
}

#[test]
fn modern_clients_over_http_share_an_older_server_if_the_user_wants_it() {
    for mode in ["calls", "exits-before"] {
        let folder = tempfile::tempdir().unwrap();
        let options = ["--listen", "127.0.0.1:0", "--translate", "always"];
        let listening = Listening::start(&mut guard(folder.path(), &options, mode, "eras-http"));
        let (head, discovered) = post(&listening, "server/discover", json!({}));
        assert!(head.starts_with("http/1.1 200"), "{mode}: {head} {discovered}");
        assert_eq!((&discovered["id"], &discovered["result"]["supportedVersions"]), (&json!("a"), &json!([NEWEST])));
        assert_eq!(names(&post(&listening, "tools/list", json!({})).1), ["first"], "{mode}");
        assert!(is_refused(&post(&listening, "tools/call", json!({"name": "never"})).1), "{mode}");
        if mode == "calls" {
            let (head, called) = post(&listening, "tools/call", json!({"name": "first", "arguments": {"x": 1}}));
            assert!(head.starts_with("http/1.1 200"), "{head}");
            assert_eq!(called["result"]["content"][0]["text"], r#"{"x":1}"#);
        }
        // A client of the older revisions has a session of its own all the same.
        let older = listening.ask(&listening.session(), &governed::call(7, "never"));
        assert!(is_refused(&older), "{mode}: {older}");
    }
    support::assert_nothing_left("eras-http");
}

#[test]
fn a_long_reply_is_an_error_over_http_and_the_session_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--listen", "127.0.0.1:0", "--max-reply", "2000"];
    let listening = Listening::start(&mut guard(folder.path(), &options, "calls", "eras-long"));
    let session = listening.session();
    let call = |bytes: usize| {
        let params = json!({"name": "first", "arguments": {"x": "x".repeat(bytes)}});
        listening.ask(&session, &json!({"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": params}))
    };
    assert!(call(100)["result"].is_object());
    let long = call(5_000);
    assert_eq!((&long["id"], &long["error"]["code"]), (&json!(5), &json!(-32000)), "{long}");
    assert!(long["error"]["message"].as_str().unwrap().contains("--max-reply"), "{long}");
    assert!(call(100)["result"].is_object());
}
