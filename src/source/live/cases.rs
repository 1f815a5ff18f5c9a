//! Tests with the behaviour of real servers, over in-memory pipes: no process, no network.

use std::time::Duration;

use proptest::prelude::*;
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ListToolsRequest, NumberOrString};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex};

use super::journal::Journal;
use super::list;
use super::list_error::ListError;
use super::stdio::StdioTransport;
use super::wire::{Replies, Wire};
use crate::model::Server;
use crate::source::secret::KnownSecrets;
use crate::source::{Options, Protocol};

/// What a server writes in response to a request, given its method and the whole message.
pub(super) type Answer = fn(&str, &Value) -> Vec<u8>;

/// The result of one case.
pub(super) struct Outcome {
    result: Result<String, ListError>,
    pub(super) deviations: String,
    server: Server,
    noise: Option<String>,
}

impl Outcome {
    /// The tool names, or "an error".
    pub(super) fn tools(&self) -> &str {
        self.result.as_deref().unwrap_or("an error")
    }

    pub(super) fn error(&self) -> String {
        self.result.as_ref().err().map(ListError::to_string).unwrap_or_default()
    }
}

async fn play(mut streams: DuplexStream, answer: Answer) {
    let (read, mut write) = tokio::io::split(&mut streams);
    let mut lines = BufReader::new(read).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let message: Value = serde_json::from_str(&line).unwrap();
        let Some(method) = message["method"].as_str() else { continue };
        let text = answer(method, &message);
        if text == b"END" || write.write_all(&text).await.is_err() {
            return;
        }
    }
}

pub(super) async fn run_with(answer: Answer, options: Options) -> Outcome {
    let (ours, theirs) = duplex(1 << 20);
    let server = tokio::spawn(play(theirs, answer));
    let (read, write) = tokio::io::split(ours);
    let journal = Journal::default();
    let mut who = Server { name: "suggested".into(), ..Server::default() };
    let secrets = KnownSecrets::default();
    let transport = StdioTransport::new(read, write, journal.clone());
    let listing = list::list(transport, &journal, &secrets, &mut who, &options);
    let listed = tokio::time::timeout(Duration::from_secs(20), listing).await.expect("a case must end");
    server.abort();
    let mut ids: Vec<String> = journal.deviations().into_iter().map(|d| d.id).collect();
    let result = listed.map(|decoder| {
        ids.extend(decoder.deviations.into_iter().map(|d| d.id));
        decoder.tools.into_iter().map(|tool| tool.name).collect::<Vec<_>>().join(" ")
    });
    Outcome { result, deviations: ids.join(" "), server: who, noise: journal.noise_summary() }
}

pub(super) async fn run(answer: Answer) -> Outcome {
    let limit = Duration::from_millis(1_500);
    run_with(answer, Options { start_timeout: limit, request_timeout: limit, ..Options::default() }).await
}

pub(super) fn line(message: Value) -> Vec<u8> {
    let mut bytes = message.to_string().into_bytes();
    bytes.push(b'\n');
    bytes
}

pub(super) fn reply(request: &Value, result: Value) -> Vec<u8> {
    line(json!({"jsonrpc": "2.0", "id": request["id"], "result": result}))
}

pub(super) fn refuse(request: &Value) -> Vec<u8> {
    line(json!({"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32601, "message": "Method not found"}}))
}

pub(super) fn tool(name: &str) -> Value {
    json!({"name": name, "description": "d", "inputSchema": {"type": "object"}})
}

/// A well-behaved server with the `initialize` handshake.
pub(super) fn good(method: &str, request: &Value) -> Vec<u8> {
    match method {
        "server/discover" => refuse(request),
        "initialize" => reply(
            request,
            json!({"protocolVersion": request["params"]["protocolVersion"], "capabilities": {"tools": {}},
                "serverInfo": {"name": "good", "title": "Good", "version": "1.0"}, "instructions": "Be kind."}),
        ),
        "tools/list" => reply(request, json!({"tools": [tool("a"), tool("b")]})),
        _ => Vec::new(),
    }
}

/// Like `good`, with another response to one method.
macro_rules! but {
    ($method:literal, $request:ident => $answer:expr) => {
        |method: &str, $request: &Value| if method == $method { $answer } else { good(method, $request) }
    };
}

#[tokio::test]
async fn a_good_server() {
    let outcome = run(good).await;
    assert_eq!((outcome.tools(), outcome.deviations.as_str()), ("a b", ""));
    let server = outcome.server;
    assert_eq!(
        (server.name.as_str(), server.title.as_deref(), server.version.as_deref()),
        ("good", Some("Good"), Some("1.0"))
    );
    assert_eq!(
        (server.protocol_version.as_deref(), server.instructions.as_deref()),
        (Some("2025-11-25"), Some("Be kind."))
    );
}

#[tokio::test]
async fn one_odd_tool_does_not_cost_the_others() {
    let odd: [(Answer, &str, &str); 12] = [
        (but!("tools/list", r => with_odd(r, json!({"name": "x"}))), "a x b", "input-schema-missing"),
        (
            but!("tools/list", r => with_odd(r, json!({"name": "x", "inputSchema": true}))),
            "a x b",
            "input-schema-not-object",
        ),
        (
            but!("tools/list", r => with_odd(r, json!({"name": "x", "inputSchema": []}))),
            "a x b",
            "input-schema-not-object",
        ),
        (
            but!("tools/list", r => with_odd(r, json!({"name": "x", "inputSchema": {}, "outputSchema": true}))),
            "a x b",
            "output-schema-not-object",
        ),
        (
            but!("tools/list", r => with_odd(r, json!({"name": "x", "inputSchema": {}, "annotations": "ro"}))),
            "a x b",
            "annotations-not-object",
        ),
        (
            but!("tools/list", r => with_odd(r, json!({"name": "x", "inputSchema": {}, "annotations": {"readOnlyHint": "true"}}))),
            "a x b",
            "hint-not-boolean",
        ),
        (
            but!("tools/list", r => with_odd(r, json!({"name": "x", "inputSchema": {}, "annotations": {"read_only_hint": true}}))),
            "a x b",
            "hint-misnamed",
        ),
        (
            but!("tools/list", r => with_odd(r, json!({"name": "x", "inputSchema": {}, "description": 5}))),
            "a x b",
            "description-not-string",
        ),
        (but!("tools/list", r => with_odd(r, json!({"inputSchema": {}}))), "a unnamed-tool-2 b", "name-missing"),
        (but!("tools/list", r => with_odd(r, json!({"name": 5, "inputSchema": {}}))), "a 5 b", "name-not-string"),
        (
            but!("tools/list", r => with_odd(r, json!({"name": "x", "inputSchema": {}, "_meta": "text", "icons": 5}))),
            "a x b",
            "",
        ),
        (but!("tools/list", r => with_odd(r, json!(null))), "a unnamed-tool-2 b", "tool-not-object"),
    ];
    for (at, (answer, tools, deviations)) in odd.into_iter().enumerate() {
        let outcome = run(answer).await;
        assert_eq!((outcome.tools(), outcome.deviations.as_str()), (tools, deviations), "case {at}");
    }
}

fn with_odd(request: &Value, odd: Value) -> Vec<u8> {
    reply(request, json!({"tools": [tool("a"), odd, tool("b")]}))
}

#[tokio::test]
async fn odd_lists() {
    let odd: [(Answer, &str, &str); 7] = [
        (but!("tools/list", r => reply(r, json!({"tools": {"a": tool("a")}}))), "a", "tools-not-array"),
        (but!("tools/list", r => reply(r, json!({"tools": null}))), "", "tools-not-array"),
        (but!("tools/list", r => reply(r, json!({}))), "", "tools-missing"),
        (but!("tools/list", r => reply(r, json!(null))), "", "tools-missing"),
        (but!("tools/list", r => reply(r, json!({"tools": [tool("a"), tool("a")]}))), "a a", "name-repeated"),
        (but!("tools/list", r => reply(r, json!({"tools": []}))), "", ""),
        (
            but!("tools/list", r => format!("{{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{{\"tools\":[{{\"name\":\"z\",\"name\":\"a\",\
                \"inputSchema\":{{\"maximum\":1.2e29}}}}]}}}}\n", r["id"]).into_bytes()),
            "a",
            "duplicate-key",
        ),
    ];
    for (at, (answer, tools, deviations)) in odd.into_iter().enumerate() {
        let outcome = run(answer).await;
        assert_eq!((outcome.tools(), outcome.deviations.as_str()), (tools, deviations), "case {at}");
    }
}

#[tokio::test]
async fn pages() {
    fn paged(request: &Value, cursor_after: fn(u64) -> Value) -> Vec<u8> {
        let number = request["params"]["cursor"].as_str().and_then(|c| c.parse().ok()).unwrap_or(1);
        reply(request, json!({"tools": [tool(&format!("t{number}"))], "nextCursor": cursor_after(number)}))
    }
    fn with_empty(request: &Value) -> Vec<u8> {
        let cursors = ["", "0", " \u{e9}/?&"];
        let at =
            request["params"]["cursor"].as_str().map_or(0, |own| 1 + cursors.iter().position(|c| *c == own).unwrap());
        reply(request, json!({"tools": [tool(&format!("t{}", at + 1))], "nextCursor": cursors.get(at)}))
    }
    fn once(request: &Value, next: fn(u64) -> Value) -> Vec<u8> {
        if request["params"]["cursor"].is_null() { paged(request, next) } else { refuse(request) }
    }
    let cases: [(Answer, &str, &str); 7] = [
        (but!("tools/list", r => reply(r, json!({"tools": [tool("t")], "nextCursor": "7"}))), "t", "cursor-repeated"),
        (but!("tools/list", r => with_empty(r)), "t1 t2 t3 t4", ""),
        (but!("tools/list", r => once(r, |_| json!(""))), "t1", "cursor-empty"),
        (
            but!("tools/list", r => paged(r, |n| if n < 3 { json!((n + 1).to_string()) } else { Value::Null })),
            "t1 t2 t3",
            "",
        ),
        (but!("tools/list", r => paged(r, |_| json!(""))), "t1", "cursor-empty"),
        (but!("tools/list", r => paged(r, |_| json!("7"))), "t1 t7", "cursor-repeated"),
        (but!("tools/list", r => paged(r, |n| json!((n < 2).then_some(2)))), "t1 t2", "cursor-not-string"),
    ];
    for (at, (answer, tools, deviations)) in cases.into_iter().enumerate() {
        let outcome = run(answer).await;
        assert_eq!((outcome.tools(), outcome.deviations.as_str()), (tools, deviations), "case {at}");
    }
    let endless = run(but!("tools/list", r => paged(r, |n| json!((n + 1).to_string())))).await;
    assert_eq!((endless.tools().split(' ').count(), endless.deviations.as_str()), (100, "too-many-pages"));
    let failing = run(but!("tools/list", r => once(r, |_| json!("2")))).await;
    assert_eq!((failing.tools(), failing.deviations.as_str()), ("t1", "listing-incomplete"));
}

#[tokio::test]
async fn stray_output_is_passed_over() {
    fn polluted(before: &[u8], request: &Value) -> Vec<u8> {
        [before, &good("tools/list", request)].concat()
    }
    let cases: [(Answer, &str); 10] = [
        (but!("tools/list", r => polluted(b"Server running on stdio\n\n", r)), "stdout-noise"),
        (but!("tools/list", r => polluted(b"{\"level\":\"info\",\"message\":\"up\"}\n{}\n[]\n5\n", r)), "stdout-noise"),
        (but!("tools/list", r => polluted(b"{\"level\":\"info\",\"method\":\"x\"}\n", r)), "stdout-noise"),
        (but!("tools/list", r => polluted(b"Listening... ", r)), "glued-output"),
        (but!("tools/list", r => polluted(b"\xef\xbb\xbf", r)), ""),
        (
            but!("tools/list", r => polluted(b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":7}\n", r)),
            "",
        ),
        (
            but!("tools/list", r => polluted(b"{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"log\",\"params\":{\"x\":1}}\n", r)),
            "",
        ),
        (but!("tools/list", r => polluted(b"{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}\n", r)), ""),
        (but!("tools/list", r => polluted(b"{\"jsonrpc\":\"2.0\",\"method\":\"broken\n", r)), "stdout-noise"),
        (
            but!("tools/list", r => polluted(b"{\"jsonrpc\":\"2.0\",\"id\":77,\"result\":{\"tools\":[]}}\n", r)),
            "reply-with-unknown-id",
        ),
    ];
    for (at, (answer, deviations)) in cases.into_iter().enumerate() {
        let outcome = run(answer).await;
        assert_eq!((outcome.tools(), outcome.deviations.as_str()), ("a b", deviations), "case {at}");
    }
    let flood = but!("tools/list", r => polluted(&line(json!({"jsonrpc": "2.0", "id": "p", "method": "ping"})).repeat(3_000), r));
    let outcome = run(flood).await;
    assert_eq!((outcome.tools(), outcome.deviations.as_str()), ("a b", "too-many-requests"));
    let quoted = run(but!("initialize", r => polluted_start(r))).await;
    assert_eq!(quoted.noise.as_deref(), Some("1 line that is no JSON-RPC message, the first: Ready"));
}

fn polluted_start(request: &Value) -> Vec<u8> {
    let log = line(json!({"jsonrpc": "2.0", "id": 1, "method": "log", "params": {"level": "info"}}));
    [b"\x1b[32mReady\x1b[0m\n".to_vec(), log, good("initialize", request)].concat()
}

#[tokio::test]
async fn replies_with_a_poor_frame_are_put_right() {
    fn framed(id: Value, jsonrpc: Option<Value>) -> Vec<u8> {
        let mut message = json!({"id": id, "result": {"tools": [tool("a")]}});
        if let Some(version) = jsonrpc {
            message["jsonrpc"] = version;
        }
        line(message)
    }
    let cases: [(Answer, &str); 5] = [
        (but!("tools/list", r => framed(r["id"].clone(), None)), "jsonrpc-missing"),
        (but!("tools/list", r => framed(r["id"].clone(), Some(json!(2.0)))), "jsonrpc-missing"),
        (but!("tools/list", r => framed(json!(r["id"].to_string()), Some(json!("2.0")))), ""),
        (but!("tools/list", r => framed(json!(r["id"].as_f64()), Some(json!("2.0")))), ""),
        (but!("tools/list", _r => framed(Value::Null, Some(json!("2.0")))), "reply-without-id"),
    ];
    for (at, (answer, deviations)) in cases.into_iter().enumerate() {
        let outcome = run(answer).await;
        assert_eq!((outcome.tools(), outcome.deviations.as_str()), ("a", deviations), "case {at}");
    }
    let null_error: Answer = but!("tools/list", r => line(
        json!({"jsonrpc": "2.0", "id": r["id"], "result": {"tools": [tool("a")]}, "error": null})
    ));
    assert_eq!(run(null_error).await.tools(), "a");
}

#[tokio::test]
async fn replies_that_cannot_be_read_fail_at_once() {
    fn raw(request: &Value, description: &[u8]) -> Vec<u8> {
        let head = format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{{\"tools\":[{{\"name\":\"a\",\"inputSchema\":{{}},\"description\":",
            request["id"]
        );
        [head.as_bytes(), description, b"}]}}\n"].concat()
    }
    let cases: [(Answer, &str); 4] = [
        (but!("tools/list", r => raw(r, b"-1e400")), "number out of range"),
        (but!("tools/list", r => raw(r, b"\"\\ud800\"")), "hex escape"),
        (but!("tools/list", r => raw(r, b"NaN")), "expected value"),
        (but!("tools/list", r => raw(r, "[".repeat(200).as_bytes())), "EOF while parsing"),
    ];
    for (answer, why) in cases {
        let started = std::time::Instant::now();
        let outcome = run_with(answer, Options::default()).await;
        assert!(outcome.error().contains(why), "{why}: {}", outcome.error());
        assert!(outcome.error().starts_with("the answer to tools/list cannot be used"), "{}", outcome.error());
        assert!(started.elapsed() < Duration::from_secs(15));
    }
    let giant: Answer = but!("tools/list", r => raw(r, format!("\"{}\"", "x".repeat(17 << 20)).as_bytes()));
    let limit = "the server went over a limit while tools/list was awaited: its answer is longer than 16 MiB";
    assert_eq!(run_with(giant, Options::default()).await.error(), limit);
    let deep: Answer = but!("tools/list", r => raw(r, format!("{}1{}", "[".repeat(500), "]".repeat(500)).as_bytes()));
    let deep = run(deep).await;
    assert_eq!((deep.tools(), deep.deviations.as_str()), ("a", "nested-too-deep description-not-string"));
    let latin = run(but!("tools/list", r => raw(r, b"\"caf\xe9\""))).await;
    assert_eq!((latin.tools(), latin.deviations.as_str()), ("a", "not-utf8"));
}

#[tokio::test]
async fn poor_handshakes_connect() {
    let cases: [(Answer, &str, &str); 7] = [
        (
            but!("initialize", r => reply(r, json!({}))),
            "suggested",
            "protocol-version-missing server-info-missing capabilities-missing",
        ),
        (
            but!("initialize", r => reply(r, json!(null))),
            "suggested",
            "protocol-version-missing server-info-missing capabilities-missing",
        ),
        (
            but!("initialize", r => reply(r, json!({"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"version": 2}}))),
            "suggested",
            "server-name-missing server-version-missing",
        ),
        (
            but!("initialize", r => reply(r, json!({"protocolVersion": "2025-06-18", "capabilities": {"tools": true}, "serverInfo": {"name": "n", "version": "1"}}))),
            "n",
            "capabilities-malformed",
        ),
        (
            but!("initialize", r => reply(r, json!({"protocolVersion": "2025-06-18", "capabilities": {"experimental": {"x": true}}, "serverInfo": {"name": "n", "version": "1", "icons": 7}}))),
            "n",
            "",
        ),
        (
            but!("initialize", r => reply(r, json!({"protocolVersion": "2099-01-01", "capabilities": {}, "serverInfo": {"name": "n", "version": "1"}}))),
            "n",
            "",
        ),
        (but!("server/discover", r => reply(r, json!({"hello": 1}))), "good", ""),
    ];
    for (at, (answer, name, deviations)) in cases.into_iter().enumerate() {
        let outcome = run(answer).await;
        assert_eq!(
            (outcome.tools(), outcome.deviations.as_str()),
            ("a b", deviations),
            "case {at}: {}",
            outcome.error()
        );
        assert_eq!(outcome.server.name, name, "case {at}");
    }
}

#[tokio::test]
async fn errors_are_told_in_the_servers_words() {
    fn fail(request: &Value, error: Value) -> Vec<u8> {
        line(json!({"jsonrpc": "2.0", "id": request["id"], "error": error}))
    }
    let cases: [(Answer, &str); 6] = [
        (
            but!("tools/list", r => fail(r, json!({"code": -32603, "message": "fetch failed"}))),
            "tools/list with an error: fetch failed (code -32603)",
        ),
        (but!("tools/list", r => fail(r, json!({"code": "-32000", "message": "no"}))), "no (code -32000)"),
        (but!("tools/list", r => fail(r, json!("nope"))), "nope (code -32603)"),
        (but!("tools/list", r => fail(r, json!({"code": 1, "message": {"a": 1}}))), "{\"a\":1} (code 1)"),
        (
            but!("initialize", r => fail(r, json!({"code": -32000, "message": "\u{1b}[31mlog in first"}))),
            "the handshake with an error: log in first (code -32000)",
        ),
        (
            but!("tools/list", r => line(json!({"jsonrpc": "2.0", "error": {"code": -1, "message": "without id"}}))),
            "without id (code -1)",
        ),
    ];
    for (answer, why) in cases {
        let outcome = run(answer).await;
        assert!(outcome.error().contains(why), "{why}: {}", outcome.error());
    }
}

#[tokio::test]
async fn silence_and_ends() {
    assert!(matches!(run(|_, _| Vec::new()).await.result, Err(ListError::StartLimit)));
    assert!(
        matches!(run(but!("tools/list", _r => Vec::new())).await.result, Err(ListError::RequestLimit(r)) if r == "tools/list")
    );
    assert!(matches!(run(|_, _| b"END".to_vec()).await.result, Err(ListError::Closed(r)) if r == "the handshake"));
    assert!(
        matches!(run(but!("tools/list", _r => b"END".to_vec())).await.result, Err(ListError::Closed(r)) if r == "tools/list")
    );
    // JSON on several lines is not a valid message; the error quotes its first line.
    let pretty = run(but!("tools/list", r => serde_json::to_vec_pretty(&json!({"jsonrpc": "2.0", "id": r["id"], "result": {}})).unwrap())).await;
    assert!(matches!(pretty.result, Err(ListError::RequestLimit(_))));
    assert!(pretty.noise.unwrap().contains("the first: {"));
}

/// The first start of `npx` takes longer than rmcp waits for `server/discover`, so the server then answers both
/// requests.
#[tokio::test(start_paused = true)]
async fn a_late_answer_to_discover_does_not_end_the_handshake() {
    let late: Answer = |method, request| match method {
        "server/discover" => Vec::new(),
        "initialize" => [refuse(&json!({"id": 0})), good(method, request)].concat(),
        _ => good(method, request),
    };
    let outcome = run_with(late, Options::default()).await;
    assert_eq!((outcome.tools(), outcome.deviations.as_str()), ("a b", ""), "{}", outcome.error());
}

#[tokio::test]
async fn the_protocol_without_a_handshake() {
    fn modern(method: &str, request: &Value) -> Vec<u8> {
        match method {
            "server/discover" => reply(
                request,
                json!({"resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {"tools": true},
                    "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "modern", "version": 3}}}),
            ),
            "tools/list" if request["params"]["_meta"].is_object() => reply(
                request,
                json!({"resultType": "complete", "tools": [tool("a"), {"name": "x", "inputSchema": true}]}),
            ),
            _ => refuse(request),
        }
    }
    for protocol in ["auto", "2026-07-28"] {
        let options = Options { protocol: protocol.parse().unwrap(), ..Options::default() };
        let outcome = run_with(modern, options).await;
        assert_eq!(outcome.tools(), "a x", "{}", outcome.error());
        let server = outcome.server;
        assert_eq!((server.name.as_str(), server.version.as_deref()), ("modern", Some("3")));
        assert_eq!(server.protocol_version.as_deref(), Some("2026-07-28"));
    }
    let old = Options { protocol: Protocol::Version("2025-06-18".into()), ..Options::default() };
    assert!(run_with(modern, old).await.error().contains("the handshake with an error"));
    let asked: Answer = but!("server/discover", _r => panic!("asked although a version was named"));
    let outcome = run_with(asked, Options { protocol: "2025-03-26".parse().unwrap(), ..Options::default() }).await;
    assert_eq!(outcome.server.protocol_version.as_deref(), Some("2025-03-26"));
}

proptest! {
    #[test]
    fn no_bytes_make_the_wire_panic(
        bytes in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..300),
            "\\{\"jsonrpc\":\"2.0\",\"(id|result|error|method)\":[\\[\\]{}0-9\",:a-z.-]{0,40}\\}?".prop_map(String::into_bytes),
        ]
    ) {
        let mut wire = Wire::new(Replies::ById, Journal::default());
        let request = ClientRequest::ListToolsRequest(ListToolsRequest::default());
        wire.sent(&ClientJsonRpcMessage::request(request, NumberOrString::Number(1)));
        let _ = wire.received(&bytes);
        let _ = wire.received(&bytes);
    }
}
