//! The guard in front of servers that are reached in other ways than by a command: HTTP+SSE, a session that ends, and an
//! entry of a client.

#![cfg(unix)]

#[path = "support/governed.rs"]
mod governed;
#[path = "support/peer.rs"]
mod peer;
mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use assert_cmd::cargo::cargo_bin;
use governed::{POLICY, call, is_refused};
use peer::Peer;
use serde_json::{Value, json};

/// A request over HTTP that a server of a test got.
struct Request {
    head: String,
    body: Value,
    stream: TcpStream,
}

impl Request {
    fn read(mut stream: TcpStream) -> Option<Self> {
        let mut bytes = Vec::new();
        let mut byte = [0];
        while !bytes.ends_with(b"\r\n\r\n") {
            if stream.read(&mut byte).ok()? == 0 {
                return None;
            }
            bytes.push(byte[0]);
        }
        let head = String::from_utf8(bytes).unwrap().to_lowercase();
        let length =
            head.split("content-length: ").nth(1).map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        Some(Self { head, body: serde_json::from_slice(&body).unwrap_or_default(), stream })
    }

    fn respond(&mut self, status: &str, headers: &str, body: &str) {
        let length = body.len();
        let text = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        self.stream.write_all(text.as_bytes()).unwrap();
    }
}

/// Starts a server that answers each request by `answer`. Returns its address.
fn serve(answer: impl Fn(Request) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let answer = Arc::clone(&answer);
            thread::spawn(move || Request::read(stream).into_iter().for_each(|request| answer(request)));
        }
    });
    address
}

/// The reply of a server to `request`. `None` if it needs none.
fn reply(request: &Value) -> Option<Value> {
    let result = match request["method"].as_str()? {
        "initialize" => json!({"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "s"}}),
        "tools/call" => json!({"content": [{"type": "text", "text": request["params"]["name"]}]}),
        _ => json!({}),
    };
    request.get("id").map(|id| json!({"jsonrpc": "2.0", "id": id, "result": result}))
}

fn guard(folder: &Path, words: &[&str]) -> Command {
    let policy = folder.join("policy.yaml");
    fs::write(&policy, POLICY).unwrap();
    let mut command = Command::new(cargo_bin!("mcp-scan"));
    command.env("NO_COLOR", "1").env("HOME", folder).env_remove("XDG_CONFIG_HOME").env_remove("XDG_STATE_HOME");
    command.arg("guard").arg("--policy").arg(policy).args(["--state", "memory"]).args(words);
    command
}

fn initialize(peer: &mut Peer) {
    let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "c"}});
    assert_eq!(peer.ask(0, "initialize", params)["result"]["protocolVersion"], "2025-06-18");
    peer.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
}

#[test]
fn a_server_that_speaks_only_http_with_events_is_reached() {
    let events: Arc<Mutex<Option<TcpStream>>> = Arc::default();
    let address = serve(move |mut request| {
        if request.head.starts_with("get /sse") {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
            let endpoint = "event: endpoint\ndata: /messages?id=7\n\n";
            // Held, because the client posts as soon as it has the endpoint.
            let mut stream = events.lock().unwrap();
            request.stream.write_all(format!("{head}{endpoint}").as_bytes()).unwrap();
            *stream = Some(request.stream);
        } else if request.head.starts_with("post /messages?id=7") {
            request.respond("202 Accepted", "", "");
            if let (Some(reply), Some(stream)) = (reply(&request.body), &mut *events.lock().unwrap()) {
                stream.write_all(format!("event: message\ndata: {reply}\n\n").as_bytes()).unwrap();
            }
        } else {
            request.respond("405 Method Not Allowed", "", "");
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let mut peer = Peer::start(&mut guard(folder.path(), &[&format!("{address}/sse")]));
    initialize(&mut peer);
    assert_eq!(peer.call(1, "first")["result"]["content"][0]["text"], "first");
    assert!(is_refused(&peer.call(2, "never")));
    assert_eq!(peer.call(3, "first")["id"], 3);
    assert_eq!(peer.end(), Some(0));
}

#[test]
fn a_session_that_the_server_has_ended_is_begun_anew_with_the_same_call() {
    let sessions: Arc<Mutex<Vec<String>>> = Arc::default();
    let made = Arc::new(Mutex::new(Vec::new()));
    let (begun, calls) = (Arc::clone(&sessions), Arc::clone(&made));
    let address = serve(move |mut request| {
        let begins = request.body["method"] == "initialize";
        let mut sessions = begun.lock().unwrap();
        if begins {
            let number = sessions.len();
            sessions.push(format!("session-{number}"));
        }
        let current = sessions.last().cloned().unwrap_or_default();
        drop(sessions);
        if !begins && !request.head.contains(&format!("mcp-session-id: {current}\r\n")) {
            return request.respond("404 Not Found", "", "");
        }
        if request.body["method"] == "tools/call" {
            calls.lock().unwrap().push(request.body["id"].clone());
        }
        match reply(&request.body) {
            Some(reply) => {
                let headers = format!("Content-Type: application/json\r\nMcp-Session-Id: {current}\r\n");
                request.respond("200 OK", &headers, &reply.to_string());
            }
            None if request.head.starts_with("get") => request.respond("405 Method Not Allowed", "", ""),
            None => request.respond("202 Accepted", "", ""),
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let mut peer = Peer::start(&mut guard(folder.path(), &[&format!("{address}/mcp")]));
    initialize(&mut peer);
    assert_eq!(peer.call(1, "first")["id"], 1);
    sessions.lock().unwrap().push("session-of-nobody".into());
    peer.send(&call(2, "first"));
    let changed: Value = serde_json::from_str(&peer.receive()).unwrap();
    assert_eq!(changed["method"], "notifications/tools/list_changed", "tools may have changed: {changed}");
    let reply: Value = serde_json::from_str(&peer.receive()).unwrap();
    assert_eq!((&reply["id"], &reply["result"]["content"][0]["text"]), (&json!(2), &json!("first")));
    assert_eq!(peer.call(3, "first")["id"], 3);
    assert_eq!(*made.lock().unwrap(), [json!(1), json!(2), json!(3)], "each call is made once");
    assert_eq!(sessions.lock().unwrap().len(), 3, "the session is renewed once");
    assert_eq!(peer.end(), Some(0));
}

#[test]
fn the_server_of_a_client_is_guarded_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".cursor")).unwrap();
    let shop =
        json!({"command": support::example("fixture-server"), "args": ["calls", "guard-from"], "env": {"A": "b"}});
    let entry = json!({"command": "mcp-scan", "args": ["guard", "--policy", "p.yaml", "--", "true"]});
    let address = serve(|mut request| {
        let reply = reply(&request.body).map(|reply| reply.to_string()).unwrap_or_default();
        let has_header = request.head.contains("x-key: of-the-entry");
        request.respond(
            if has_header { "200 OK" } else { "403 Forbidden" },
            "Content-Type: application/json\r\n",
            &reply,
        );
    });
    let remote = json!({"url": format!("{address}/mcp"), "headers": {"X-Key": "of-the-entry"}});
    let servers = json!({"mcpServers": {"shop": shop, "guarded": entry, "remote": remote}});
    fs::write(folder.path().join(".cursor/mcp.json"), servers.to_string()).unwrap();
    for name in ["shop", "remote"] {
        let mut peer = Peer::start(&mut guard(folder.path(), &["--from", "cursor", name, "--launch"]));
        initialize(&mut peer);
        assert!(!is_refused(&peer.call(1, "first")), "{name}");
        assert!(is_refused(&peer.call(2, "never")), "{name}");
        assert_eq!(peer.end(), Some(0), "{name}");
    }
    support::assert_nothing_left("guard-from");
    for (words, part) in [
        (["--from", "cursor", "other", "--launch"], "it names shop, guarded and remote"),
        (["--from", "cursor", "guarded", "--launch"], "starts a guard already"),
        (["--from", "zed", "shop", "--launch"], "no configuration of zed was found"),
        (["--from", "no-such", "shop", "--launch"], "no-such"),
    ] {
        let output = guard(folder.path(), &words).stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && text.contains(part), "{words:?}: {text}");
    }
    let output = guard(folder.path(), &["--from", "cursor", "shop"]).stdin(Stdio::null()).output().unwrap();
    assert_ne!(output.status.code(), Some(0), "what a configuration starts needs consent");
}
