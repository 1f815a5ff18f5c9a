//! The spans that a guard sends to a collector, which is a listener of the test.

#![cfg(unix)]

#[expect(dead_code, reason = "its calls are those of a peer")]
#[path = "support/governed.rs"]
mod governed;
#[path = "support/peer.rs"]
mod peer;
mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use assert_cmd::cargo::cargo_bin;
use governed::POLICY;
use peer::Peer;
use serde_json::{Value, json};

/// Accepts requests for ever. The address, and what is received: the path and the body.
fn collector() -> (String, mpsc::Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, received) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut lines = Vec::new();
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                if line.trim().is_empty() {
                    break;
                }
                lines.push(line.to_lowercase());
            }
            let length = lines.iter().find_map(|line| line.strip_prefix("content-length:")).unwrap();
            let mut body = vec![0; length.trim().parse().unwrap()];
            stream.read_exact(&mut body).unwrap();
            let path = lines[0].split(' ').nth(1).unwrap().to_owned();
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
            stream.get_mut().write_all(answer).unwrap();
            if sender.send((path, serde_json::from_slice(&body).unwrap())).is_err() {
                return;
            }
        }
    });
    (address, received)
}

#[test]
fn every_call_is_a_span_and_the_last_ones_are_sent_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.yaml");
    fs::write(&policy, POLICY).unwrap();
    let (address, received) = collector();
    let mut command = Command::new(cargo_bin!("mcp-scan"));
    command.env("NO_COLOR", "1").arg("guard").arg("--policy").arg(policy);
    command.args(["--state", "memory", "--otlp", &address, "--"]);
    command.arg(support::example("fixture-server")).args(["calls", "guard-traces"]);
    let mut guarded = Peer::start(&mut command);
    guarded.ask(1, "initialize", json!({"protocolVersion": "2025-11-25", "capabilities": {}}));
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let meta = json!({"name": "first", "arguments": {"card": "planted-4242"}, "_meta": {"traceparent": trace}});
    guarded.ask(2, "tools/call", meta);
    guarded.call(3, "never");
    assert_eq!(guarded.end(), Some(0));
    let mut spans = Vec::new();
    for (path, body) in received.try_iter() {
        assert_eq!(path, "/v1/traces");
        assert!(!body.to_string().contains("planted"), "{body}");
        spans.extend(body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone());
    }
    let names: Vec<&str> = spans.iter().filter_map(|span| span["name"].as_str()).collect();
    assert_eq!(names, ["tools/call first", "tools/call never"]);
    assert_eq!(spans[0]["traceId"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert!(spans[1].to_string().contains("\"denied\""), "{}", spans[1]);
    support::assert_nothing_left("guard-traces");
}

#[test]
fn a_collector_that_is_gone_stops_no_call_and_an_odd_address_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.yaml");
    fs::write(&policy, POLICY).unwrap();
    let guard = |address: &str| {
        let mut command = Command::new(cargo_bin!("mcp-scan"));
        command.env("NO_COLOR", "1").arg("guard").arg("--policy").arg(&policy);
        command.args(["--state", "memory", "--otlp", address, "--"]);
        command.arg(support::example("fixture-server")).args(["calls", "guard-traces-gone"]);
        command
    };
    let mut guarded = Peer::start(&mut guard("http://127.0.0.1:9"));
    guarded.ask(1, "initialize", json!({"protocolVersion": "2025-11-25", "capabilities": {}}));
    assert!(!governed::is_refused(&guarded.call(2, "first")));
    assert_eq!(guarded.end(), Some(0));
    let refused = guard("ftp://otel.example").output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() != Some(0) && said.contains("begins with http:// or https://"), "{said}");
    support::assert_nothing_left("guard-traces-gone");
}
