//! The guard over HTTP on both sides: a guard that listens, and one that reaches it by its URL.

#![cfg(unix)]

#[path = "support/governed.rs"]
mod governed;
#[path = "support/listening.rs"]
mod listening;
mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use assert_cmd::cargo::cargo_bin;
use governed::{POLICY, call, is_refused};
use listening::{INITIALIZE, Listening};
use serde_json::{Value, json};

/// A guard that serves clients over HTTP, in front of the server in `mode`.
fn listening(folder: &Path, mode: &str, marker: &str, options: &[&str]) -> Listening {
    Listening::start(command(folder, options).arg(support::example("fixture-server")).args([mode, marker]))
}

/// The command of such a guard, up to that of its server.
fn command(folder: &Path, options: &[&str]) -> Command {
    let policy = folder.join("policy.yaml");
    fs::write(&policy, POLICY).unwrap();
    let mut command = Command::new(cargo_bin!("mcp-scan"));
    command.env("NO_COLOR", "1").arg("guard").arg("--policy").arg(policy).args(["--state", "memory"]);
    command.args(["--listen", "127.0.0.1:0"]).args(options).arg("--");
    command
}

#[test]
fn clients_over_http_are_governed_and_their_sessions_are_apart() {
    let folder = tempfile::tempdir().unwrap();
    let guard = listening(folder.path(), "calls", "guard-http", &[]);
    let (one, two) = (guard.session(), guard.session());
    assert_ne!(one, two);
    assert!(!is_refused(&guard.ask(&one, &call(1, "first"))) && is_refused(&guard.ask(&two, &call(1, "never"))));
    let (head, body) = guard.post(&one, r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#);
    assert!(head.contains("application/json") && body.contains("\"first\"") && !body.contains("\"second\""), "{body}");
    assert!(
        guard.post(&one, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).0.starts_with("http/1.1 202")
    );
    assert!(guard.send("DELETE", &one, "").0.starts_with("http/1.1 204"));
    assert!(guard.post(&one, &call(3, "first").to_string()).0.starts_with("http/1.1 404"));
    assert!(!is_refused(&guard.ask(&two, &call(3, "first"))));
    drop(guard);
    support::assert_nothing_left("guard-http");
}

#[test]
fn a_client_that_vanishes_in_a_call_costs_nobody_anything() {
    let folder = tempfile::tempdir().unwrap();
    let guard = listening(folder.path(), "calls", "guard-http-vanishes", &[]);
    let (session, other) = (guard.session(), guard.session());
    for id in 1..=20 {
        let body = call(id, "hangs").to_string();
        let head = format!(
            "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nAccept: application/json, \
             text/event-stream\r\n{session}Content-Length: {}\r\n\r\n",
            guard.address,
            body.len()
        );
        let mut stream = std::net::TcpStream::connect(&guard.address).unwrap();
        // Some vanish before they have sent all of their request.
        let sent = if id % 4 == 0 { &body[..body.len() / 2] } else { &body };
        stream.write_all(format!("{head}{sent}").as_bytes()).unwrap();
        drop(stream);
    }
    assert!(!is_refused(&guard.ask(&session, &call(21, "first"))), "the session goes on");
    assert!(!is_refused(&guard.ask(&other, &call(1, "first"))) && is_refused(&guard.ask(&other, &call(2, "never"))));
    assert!(guard.send("DELETE", &session, "").0.starts_with("http/1.1 204"));
    drop(guard);
    support::assert_nothing_left("guard-http-vanishes");
}

#[test]
fn an_ended_guard_leaves_no_folder_of_a_server() {
    let (folder, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut command = command(folder.path(), &["--home", "throw-away"]);
    command
        .env("TMPDIR", temporary.path())
        .env("XDG_CACHE_HOME", temporary.path())
        .arg(support::example("fixture-server"))
        .args(["calls", "guard-http-folders"]);
    let guard = Listening::start(&mut command);
    let folders =
        || fs::read_dir(temporary.path()).unwrap().flatten().map(|entry| entry.file_name()).collect::<Vec<_>>();
    (0..8).for_each(|_| drop(guard.session()));
    assert!(folders().len() >= 8, "{:?}", folders());
    drop(guard);
    assert_eq!(folders(), [""; 0]);
    support::assert_nothing_left("guard-http-folders");
}

#[test]
fn clients_reach_a_guard_through_a_socket_that_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guard.sock");
    let command = command(folder.path(), &[]);
    let address = format!("unix:{}", path.display());
    let options: Vec<_> = command
        .get_args()
        .map(|word| if word == "127.0.0.1:0" { address.clone().into() } else { word.to_owned() })
        .collect();
    let mut command = Command::new(command.get_program());
    command
        .env("NO_COLOR", "1")
        .args(options)
        .arg(support::example("fixture-server"))
        .args(["calls", "guard-http-socket"]);
    let mut guard = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(guard.stderr.take().unwrap()).lines().next().unwrap().unwrap();
    assert!(said.contains(&format!("through the socket {}", path.display())), "{said}");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let post = |headers: &str, body: &str| {
        let mut stream = std::os::unix::net::UnixStream::connect(&path).unwrap();
        let kinds =
            "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\nConnection: close\r\n";
        let length = body.len();
        let head = format!("POST /mcp HTTP/1.1\r\nHost: guard\r\n{kinds}{headers}Content-Length: {length}\r\n\r\n");
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        std::io::read_to_string(stream).unwrap()
    };
    assert!(post("Origin: https://evil.example\r\n", INITIALIZE).starts_with("HTTP/1.1 403"));
    let begun = post("", INITIALIZE);
    let session = begun.lines().find(|line| line.to_lowercase().starts_with("mcp-session-id")).unwrap();
    let session = format!("{session}\r\n");
    assert!(!post(&session, &call(1, "first").to_string()).contains("DENIED"));
    assert!(post(&session, &call(2, "never").to_string()).contains("DENIED"));
    Command::new("kill").arg(guard.id().to_string()).status().unwrap();
    guard.wait().unwrap();
    assert!(!path.exists());
    support::assert_nothing_left("guard-http-socket");
}

#[test]
fn requests_of_websites_and_strangers_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "a-token-of-this-test\n").unwrap();
    fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
    let guard = listening(folder.path(), "calls", "guard-http-access", &["--token-file", token.to_str().unwrap()]);
    let with = "Authorization: Bearer a-token-of-this-test\r\n";
    let json = "Content-Type: application/json\r\n";
    let both = "Accept: application/json, text/event-stream\r\n";
    let long = "x".repeat(40_000);
    for (status, headers, body) in [
        (200, format!("{with}{json}{both}"), INITIALIZE),
        (401, format!("{json}{both}"), INITIALIZE),
        (401, format!("Authorization: Bearer a-token-of-this-tesT\r\n{json}{both}"), INITIALIZE),
        (403, format!("{with}{json}{both}Origin: https://evil.example\r\n"), INITIALIZE),
        (421, format!("{with}{json}{both}Host: evil.example\r\n"), INITIALIZE),
        (431, format!("{with}{json}{both}X: {long}\r\n"), INITIALIZE),
        (415, format!("{with}Content-Type: text/plain\r\n{both}"), INITIALIZE),
        (406, format!("{with}{json}Accept: text/html\r\n"), INITIALIZE),
        (400, format!("{with}{json}{both}"), "[]"),
        (400, format!("{with}{json}{both}"), r#"{"id":1,"id":2,"method":"initialize"}"#),
        (400, format!("{with}{json}{both}"), r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#),
        (
            404,
            format!("{with}{json}{both}Mcp-Session-Id: made-up\r\n"),
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
        ),
    ] {
        let (head, answer) = guard.send("POST", &headers, body);
        assert!(head.starts_with(&format!("http/1.1 {status}")), "{status} {headers}: {head} {answer}");
    }
}

/// The headers and the body of a request of revision 2026-07-28.
fn sessionless(id: &str, method: &str, mut params: Value) -> (String, String) {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "progressToken": 1,
    });
    let name = params["name"].as_str().map(|name| format!("Mcp-Name: {name}\r\n")).unwrap_or_default();
    let headers = format!("MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: {method}\r\n{name}");
    (headers, json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string())
}

#[test]
fn clients_without_sessions_share_a_server_of_their_revision_and_are_governed() {
    let folder = tempfile::tempdir().unwrap();
    let guard = listening(folder.path(), "modern", "guard-http-modern", &[]);
    let ask = |id: &str, method: &str, params: Value| {
        let (headers, body) = sessionless(id, method, params);
        let (head, reply) = guard.post(&headers, &body);
        (head, serde_json::from_str::<Value>(&reply).unwrap_or_else(|_| panic!("{reply}")))
    };
    let (head, reply) = ask("a", "server/discover", json!({}));
    assert!(head.starts_with("http/1.1 200") && !head.contains("mcp-session-id"), "{head}");
    assert_eq!((&reply["id"], &reply["result"]["supportedVersions"][0]), (&json!("a"), &json!("2026-07-28")));
    let (_, reply) = ask("a", "tools/list", json!({}));
    assert_eq!(reply["result"]["tools"].as_array().map(Vec::len), Some(1), "{reply}");
    let (head, reply) = ask("b", "tools/call", json!({"name": "never"}));
    assert!(head.starts_with("http/1.1 200") && is_refused(&reply), "{reply}");
    assert_eq!((&reply["id"], &reply["result"]["resultType"]), (&json!("b"), &json!("complete")));
    let (head, reply) = ask("b", "no/such", json!({}));
    assert!(head.starts_with("http/1.1 404") && reply["error"]["code"] == -32601, "{head} {reply}");
    let (headers, body) = sessionless("c", "tools/call", json!({"name": "never"}));
    let (head, reply) = guard.post(&headers.replace("Name: never", "Name: first"), &body);
    assert!(head.starts_with("http/1.1 400") && reply.contains("-32020"), "{head} {reply}");
    drop(guard);
    support::assert_nothing_left("guard-http-modern");
}

#[test]
fn a_client_without_a_session_learns_that_the_server_needs_one() {
    let folder = tempfile::tempdir().unwrap();
    let guard = listening(folder.path(), "calls", "guard-http-older", &[]);
    for method in ["server/discover", "tools/list"] {
        let (headers, body) = sessionless("a", method, json!({}));
        let (head, reply) = guard.post(&headers, &body);
        let reply: Value = serde_json::from_str(&reply).unwrap();
        assert!(head.starts_with("http/1.1 400") && reply["error"]["code"] == -32022, "{head} {reply}");
        assert!(reply["error"]["data"]["supported"].as_array().unwrap().contains(&json!("2025-11-25")), "{reply}");
    }
    let (headers, body) = sessionless("a", "tools/list", json!({}));
    let later = |text: String| text.replace("2026-07-28", "2027-01-01");
    let reply: Value = serde_json::from_str(&guard.post(&later(headers), &later(body)).1).unwrap();
    assert_eq!(reply["error"]["data"]["requested"], "2027-01-01");
    assert!(!is_refused(&guard.ask(&guard.session(), &call(1, "first"))));
}

#[test]
fn initialize_begins_a_session_even_if_it_names_its_revision_as_other_requests_do() {
    let folder = tempfile::tempdir().unwrap();
    let guard = listening(folder.path(), "calls", "guard-http-both", &[]);
    let mut initialize: Value = serde_json::from_str(INITIALIZE).unwrap();
    initialize["params"]["_meta"] = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28"});
    let (head, reply) = guard.post("", &initialize.to_string());
    assert!(head.starts_with("http/1.1 200") && head.contains("mcp-session-id"), "{head} {reply}");
}

#[test]
fn a_server_that_does_not_say_its_revisions_is_not_asked_for_each_request() {
    let folder = tempfile::tempdir().unwrap();
    let starts = folder.path().join("starts");
    let mut command = command(folder.path(), &[]);
    let guard = Listening::start(command.args(["sh", "-c", "echo start >> \"$0\""]).arg(&starts));
    for id in ["a", "b"] {
        let (headers, body) = sessionless(id, "tools/list", json!({}));
        let (head, reply) = guard.post(&headers, &body);
        assert!(head.starts_with("http/1.1 400") && reply.contains("did not answer server/discover"), "{head} {reply}");
    }
    assert_eq!(fs::read_to_string(starts).unwrap(), "start\n");
}

#[test]
fn sessions_together_do_not_exceed_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let guard = listening(folder.path(), "calls", "guard-http-many", &[]);
    let passed = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..30 {
            scope.spawn(|| {
                let session = guard.session();
                let allowed = (1..=2).filter(|id| !is_refused(&guard.ask(&session, &call(*id, "limited")))).count();
                passed.fetch_add(allowed, Ordering::Relaxed);
            });
        }
    });
    assert_eq!(passed.into_inner(), 20);
}

#[test]
fn a_guard_before_a_url_is_as_one_before_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let listening = listening(folder.path(), "calls", "guard-http-chain", &[]);
    let mut command = Command::new(cargo_bin!("mcp-scan"));
    command.env("NO_COLOR", "1").arg("guard").arg("--policy").arg(folder.path().join("policy.yaml"));
    command.args(["--state", "memory"]).arg(format!("http://{}/mcp", listening.address));
    let mut client = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = client.stdin.take().unwrap();
    let mut output = BufReader::new(client.stdout.take().unwrap());
    let mut ask = |line: &str| {
        writeln!(input, "{line}").unwrap();
        let mut reply = String::new();
        output.read_line(&mut reply).unwrap();
        serde_json::from_str::<Value>(&reply).unwrap_or_else(|_| panic!("{line}: {reply}"))
    };
    let session = listening.session();
    assert!(ask(INITIALIZE)["result"]["serverInfo"].is_object());
    for line in [
        call(1, "first").to_string(),
        call(2, "fails").to_string(),
        r#"{"jsonrpc":"2.0","id":3,"method":"resources/list"}"#.to_owned(),
    ] {
        let direct: Value = serde_json::from_str(&listening.post(&session, &line).1).unwrap();
        assert_eq!(ask(&line), direct, "{line}");
    }
    assert!(is_refused(&ask(&call(4, "never").to_string())));
    // A server that is gone is an error for each request, and no end of the session.
    drop(listening);
    let reply = ask(&call(5, "first").to_string());
    // A connection that was kept may break while the server ends; otherwise there is none.
    assert!(reply["error"]["message"].as_str().unwrap().contains("connection"), "{reply}");
    assert!(is_refused(&ask(&call(6, "never").to_string())));
    drop(input);
    assert!(client.wait().unwrap().success());
}
