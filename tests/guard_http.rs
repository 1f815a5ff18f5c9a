//! The guard over HTTP on both sides: a guard that listens, and one that reaches it by its URL.

#![cfg(unix)]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};

const POLICY: &str = "
version: '1'
default: deny
hide: [second]
tools:
  first: {rules: []}
  fails: {rules: []}
  limited: {rules: [{name: twenty a day, rate_limit: 20/day}]}
  never: {rules: [{name: never, action: deny, on_deny: Not here.}]}
";
const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;

/// A guard that serves clients over HTTP. It is ended when this is dropped.
struct Listening {
    process: Child,
    address: String,
}

impl Listening {
    fn start(folder: &Path, marker: &str, options: &[&str]) -> Self {
        let policy = folder.join("policy.yaml");
        fs::write(&policy, POLICY).unwrap();
        let mut command = Command::new(cargo_bin!("mcp-scan"));
        command.env("NO_COLOR", "1").arg("guard").arg("--policy").arg(policy).arg("--state").arg("memory");
        command.args(["--listen", "127.0.0.1:0"]).args(options);
        command.arg("--").arg(support::example("fixture-server")).args(["calls", marker]);
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().expect("it says where it listens").unwrap();
            if let Some((_, address)) = line.split_once("http://") {
                break address.trim_end_matches("/mcp").to_owned();
            }
        };
        thread::spawn(move || lines.for_each(drop));
        Self { process, address }
    }

    /// Sends a request and returns the head and the body of the response.
    fn send(&self, method: &str, headers: &str, body: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = if headers.contains("Host:") { String::new() } else { format!("Host: {}\r\n", self.address) };
        let head = format!(
            "{method} /mcp HTTP/1.1\r\n{host}{headers}Connection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        // A server that refuses the head need not read the body.
        let _ = stream.write_all(format!("{head}{body}").as_bytes());
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        let (head, body) = text.split_once("\r\n\r\n").expect("a response");
        (head.to_lowercase(), body.to_owned())
    }

    fn post(&self, headers: &str, body: &str) -> (String, String) {
        let kinds = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n";
        self.send("POST", &format!("{kinds}{headers}"), body)
    }

    /// Begins a session and returns its header.
    fn session(&self) -> String {
        let (head, body) = self.post("", INITIALIZE);
        assert!(head.starts_with("http/1.1 200") && body.contains("\"result\""), "{head} {body}");
        let id = head.split("mcp-session-id: ").nth(1).unwrap().split("\r\n").next().unwrap();
        format!("Mcp-Session-Id: {id}\r\n")
    }

    fn call(&self, session: &str, id: u32, tool: &str) -> Value {
        let (head, body) = self.post(session, &call(id, tool));
        assert!(head.starts_with("http/1.1 200"), "{head} {body}");
        serde_json::from_str(&body).unwrap()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn call(id: u32, tool: &str) -> String {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool, "arguments": {"x": 1}}})
        .to_string()
}

fn is_refused(reply: &Value) -> bool {
    reply["result"]["content"][0]["text"].as_str().is_some_and(|text| text.starts_with("[DENIED BY POLICY]"))
}

#[test]
fn clients_over_http_are_governed_and_their_sessions_are_apart() {
    let folder = tempfile::tempdir().unwrap();
    let guard = Listening::start(folder.path(), "guard-http", &[]);
    let (one, two) = (guard.session(), guard.session());
    assert_ne!(one, two);
    assert!(!is_refused(&guard.call(&one, 1, "first")) && is_refused(&guard.call(&two, 1, "never")));
    let (head, body) = guard.post(&one, r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#);
    assert!(head.contains("application/json") && body.contains("\"first\"") && !body.contains("\"second\""), "{body}");
    assert!(
        guard.post(&one, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).0.starts_with("http/1.1 202")
    );
    assert!(guard.send("DELETE", &one, "").0.starts_with("http/1.1 204"));
    assert!(guard.post(&one, &call(3, "first")).0.starts_with("http/1.1 404"));
    assert!(!is_refused(&guard.call(&two, 3, "first")));
    drop(guard);
    support::assert_nothing_left("guard-http");
}

#[test]
fn requests_of_websites_and_strangers_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "a-token-of-this-test\n").unwrap();
    fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
    let guard = Listening::start(folder.path(), "guard-http-access", &["--token-file", token.to_str().unwrap()]);
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

#[test]
fn sessions_together_do_not_exceed_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let guard = Listening::start(folder.path(), "guard-http-many", &[]);
    let passed = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..30 {
            scope.spawn(|| {
                let session = guard.session();
                let allowed = (1..=2).filter(|id| !is_refused(&guard.call(&session, *id, "limited"))).count();
                passed.fetch_add(allowed, Ordering::Relaxed);
            });
        }
    });
    assert_eq!(passed.into_inner(), 20);
}

#[test]
fn a_guard_before_a_url_is_as_one_before_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let listening = Listening::start(folder.path(), "guard-http-chain", &[]);
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
    for line in [call(1, "first"), call(2, "fails"), r#"{"jsonrpc":"2.0","id":3,"method":"resources/list"}"#.to_owned()]
    {
        let direct: Value = serde_json::from_str(&listening.post(&session, &line).1).unwrap();
        assert_eq!(ask(&line), direct, "{line}");
    }
    assert!(is_refused(&ask(&call(4, "never"))));
    // A server that is gone is an error for each request, and no end of the session.
    drop(listening);
    let reply = ask(&call(5, "first"));
    assert!(reply["error"]["message"].as_str().unwrap().contains("no connection"), "{reply}");
    assert!(is_refused(&ask(&call(6, "never"))));
    drop(input);
    assert!(client.wait().unwrap().success());
}
