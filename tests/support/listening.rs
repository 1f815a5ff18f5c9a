//! A guard that serves clients over HTTP, and requests to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

pub const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;

/// A guard that serves clients over HTTP. It is ended when this is dropped.
pub struct Listening {
    process: Child,
    pub address: String,
    /// The path of the server that is asked.
    pub path: &'static str,
}

impl Listening {
    /// Starts a guard with --listen.
    pub fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut seen = String::new();
        let address = loop {
            let line = lines.next().unwrap_or_else(|| panic!("it does not listen: {seen}")).unwrap();
            if let Some((_, address)) = line.split_once("http://") {
                break address.split('/').next().unwrap().to_owned();
            }
            seen.push_str(&line);
        };
        thread::spawn(move || lines.for_each(drop));
        Self { process, address, path: "/mcp" }
    }

    /// Sends a request and returns the head and the body of the response.
    pub fn send(&self, method: &str, headers: &str, body: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = if headers.contains("Host:") { String::new() } else { format!("Host: {}\r\n", self.address) };
        let head = format!(
            "{method} {} HTTP/1.1\r\n{host}{headers}Connection: close\r\nContent-Length: {}\r\n\r\n",
            self.path,
            body.len()
        );
        // A server that refuses the head need not read the body.
        let _ = stream.write_all(format!("{head}{body}").as_bytes());
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        let (head, body) = text.split_once("\r\n\r\n").expect("a response");
        (head.to_lowercase(), body.to_owned())
    }

    pub fn post(&self, headers: &str, body: &str) -> (String, String) {
        let kinds = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n";
        self.send("POST", &format!("{kinds}{headers}"), body)
    }

    /// Begins a session and returns its header.
    pub fn session(&self) -> String {
        let (head, body) = self.post("", INITIALIZE);
        assert!(head.starts_with("http/1.1 200") && body.contains("\"result\""), "{head} {body}");
        let id = head.split("mcp-session-id: ").nth(1).unwrap().split("\r\n").next().unwrap();
        format!("Mcp-Session-Id: {id}\r\n")
    }

    /// Sends a request of a session and returns the reply.
    pub fn ask(&self, session: &str, request: &Value) -> Value {
        let (head, body) = self.post(session, &request.to_string());
        assert!(head.starts_with("http/1.1 200"), "{head} {body}");
        serde_json::from_str(&body).unwrap()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let since = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) && since.elapsed() < Duration::from_secs(10) {
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
