//! Servers over HTTP: good answers in both forms, and every way to fail, against a listener of a few lines.

use std::time::Duration;

use mcp_scan::model::{Listing, ReportedError, Transport};
use mcp_scan::source::{Options, Target, read};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

/// A request as the server sees it.
struct Request {
    head: String,
    method: String,
    body: Value,
}

/// What a server answers: all of the response; `None` never answers.
type Answer = fn(&Request) -> Option<String>;

fn response(status: &str, headers: &str, body: &str) -> Option<String> {
    Some(format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len()))
}

fn json_reply(request: &Request, result: Value) -> Option<String> {
    let body = json!({"jsonrpc": "2.0", "id": request.body["id"], "result": result}).to_string();
    response("200 OK", "Content-Type: application/json; charset=utf-8\r\nMcp-Session-Id: s1\r\n", &body)
}

fn tools() -> Value {
    json!({"tools": [{"name": "a", "inputSchema": {}}, {"name": "odd", "inputSchema": true, "annotations": "x"}]})
}

fn handshake(request: &Request) -> Value {
    json!({"protocolVersion": request.body["params"]["protocolVersion"], "capabilities": {},
        "serverInfo": {"name": "web", "version": "1"}})
}

/// A server of the protocols with a handshake, in plain JSON.
fn good(request: &Request) -> Option<String> {
    match request.method.as_str() {
        "initialize" => json_reply(request, handshake(request)),
        "tools/list" => json_reply(request, tools()),
        "server/discover" => response("400 Bad Request", "Content-Type: text/plain\r\n", "no such method"),
        _ => response("202 Accepted", "", ""),
    }
}

/// The next request of `stream`. `None` if it ends before.
async fn requested(stream: &mut (impl AsyncRead + Unpin)) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut buffer = [0u8; 4096];
    let head_end = loop {
        match stream.read(&mut buffer).await {
            Ok(read) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
            _ => return None,
        }
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).to_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|t| t.split("\r\n").next()?.parse().ok()).unwrap_or(0);
    while bytes.len() < head_end + length {
        match stream.read(&mut buffer).await {
            Ok(read) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
            _ => return None,
        }
    }
    let body: Value = serde_json::from_slice(&bytes[head_end..]).unwrap_or_default();
    let method = body["method"].as_str().unwrap_or_default().to_owned();
    Some(Request { head, method, body })
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: Answer) {
    let Some(request) = requested(&mut stream).await else { return };
    match answer(&request) {
        Some(text) => drop(stream.write_all(text.as_bytes()).await),
        None => tokio::time::sleep(Duration::from_secs(600)).await,
    }
}

/// The address of a server that answers with `answer`.
async fn started(answer: Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, answer));
        }
    });
    address
}

async fn listed_at(address: &str, options: Options) -> Result<Listing, ReportedError> {
    let target = Target::parse(&[address.to_owned()], false).remove(0).unwrap();
    let reading = tokio::time::timeout(Duration::from_secs(30), read(&target, &options));
    let mut reading = reading.await.expect("the reading ends in time");
    match reading.listings.pop() {
        Some(listing) => Ok(listing),
        None => Err(reading.errors.remove(0).into()),
    }
}

async fn listed(answer: Answer) -> Result<Listing, ReportedError> {
    let limit = Duration::from_secs(2);
    let options = Options { start_timeout: limit, request_timeout: limit, ..Options::default() };
    listed_at(&started(answer).await, options).await
}

fn names(listing: &Listing) -> Vec<&str> {
    listing.tools.iter().map(|tool| tool.name.as_str()).collect()
}

#[tokio::test]
async fn replies_in_json() {
    let listing = listed(good).await.unwrap();
    assert_eq!(names(&listing), ["a", "odd"]);
    assert_eq!((listing.server.name.as_str(), listing.server.transport), ("web", Transport::Http));
    let ids: Vec<&str> = listing.deviations.iter().map(|d| d.id.as_str()).collect();
    assert_eq!(ids, ["annotations-not-object", "input-schema-not-object"]);
}

#[tokio::test]
async fn replies_in_an_event_stream() {
    let listing = listed(|request| {
        let result = match request.method.as_str() {
            "initialize" => handshake(request),
            "tools/list" => tools(),
            _ => return good(request),
        };
        let before = json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {}});
        let ping = json!({"jsonrpc": "2.0", "id": "p", "method": "ping"});
        let reply = json!({"jsonrpc": "2.0", "id": request.body["id"], "result": result});
        let events = format!(": hello\n\ndata: {before}\n\ndata: {ping}\n\nevent: message\nid: 1\ndata: {reply}\n\n");
        response("200 OK", "Content-Type: text/event-stream\r\n", &events)
    });
    assert_eq!(names(&listing.await.unwrap()), ["a", "odd"]);
}

#[tokio::test]
async fn the_protocol_without_a_handshake() {
    let listing = listed(|request| match request.method.as_str() {
        "server/discover" => {
            json_reply(request, json!({"resultType": "complete", "supportedVersions": ["2026-07-28"]}))
        }
        "tools/list" => json_reply(request, tools()),
        _ => response("400 Bad Request", "", ""),
    });
    let listing = listing.await.unwrap();
    assert_eq!((names(&listing), listing.server.protocol_version.as_deref()), (vec!["a", "odd"], Some("2026-07-28")));
}

#[tokio::test]
async fn a_server_that_refuses_at_first_is_asked_in_another_way() {
    fn refuses(request: &Request, code: i64) -> Option<String> {
        let error = json!({"code": code, "message": "no"});
        let body = json!({"jsonrpc": "2.0", "id": request.body["id"], "error": error}).to_string();
        response("400 Bad Request", "Content-Type: application/json\r\n", &body)
    }
    // It wants a capability that a scan does not declare by itself.
    let wants_more = listed(|request| {
        let declared = &request.body["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"];
        match request.method.as_str() {
            _ if !declared["elicitation"].is_object() => refuses(request, -32021),
            "server/discover" => {
                json_reply(request, json!({"resultType": "complete", "supportedVersions": ["2026-07-28"]}))
            }
            "tools/list" => json_reply(request, tools()),
            _ => refuses(request, -32601),
        }
    });
    assert_eq!(names(&wants_more.await.unwrap()), ["a", "odd"]);
    // It refuses the version and names none.
    let names_none =
        listed(|request| if request.method == "server/discover" { refuses(request, -32022) } else { good(request) });
    assert_eq!(names(&names_none.await.unwrap()), ["a", "odd"]);
    // It forbids what it does not know.
    let forbids = listed(|request| match request.method.as_str() {
        "server/discover" => response("403 Forbidden", "", ""),
        _ => good(request),
    });
    assert_eq!(names(&forbids.await.unwrap()), ["a", "odd"]);
    // The first error stays, if nothing helps.
    let error = listed(|request| refuses(request, -32021)).await.unwrap_err();
    assert!(error.why.contains("-32021"), "{}", error.why);
}

#[tokio::test]
async fn headers_are_sent_with_every_request_and_the_session_is_kept() {
    let address = started(|request| {
        let allowed = request.head.contains("authorization: bearer planted-token");
        let in_session = request.method != "tools/list" || request.head.contains("mcp-session-id: s1");
        if allowed && in_session { good(request) } else { response("401 Unauthorized", "", "") }
    });
    let headers = vec![("Authorization".to_owned(), "Bearer planted-token".to_owned())];
    let listing = listed_at(&address.await, Options { headers, ..Options::default() }).await.unwrap();
    assert_eq!(names(&listing), ["a", "odd"]);
}

#[tokio::test]
async fn every_failure_has_its_words() {
    let cases: [(Answer, &str, &str); 14] = [
        (
            |_| response("401 Unauthorized", "WWW-Authenticate: Bearer realm=\"shop\"\r\n", ""),
            "HTTP 401, challenge: Bearer realm=\"shop\"",
            "--header 'Authorization: Bearer TOKEN'",
        ),
        (|_| response("401 Unauthorized", "", "who are you"), "(HTTP 401)", "--header"),
        (|_| response("403 Forbidden", "", ""), "forbids access (HTTP 403)", "--header"),
        (
            |_| response("404 Not Found", "Content-Type: text/html\r\n", "<html>lost</html>"),
            "nothing at this address (HTTP 404)",
            "/mcp",
        ),
        (|_| response("405 Method Not Allowed", "", ""), "HTTP 405", "/mcp"),
        (|_| response("429 Too Many Requests", "Retry-After: 30\r\n", ""), "HTTP 429, retry after 30", "wait"),
        (
            |_| response("500 Internal Server Error", "Content-Type: text/plain\r\n", "\u{1b}[31mboom"),
            "HTTP 500: boom",
            "",
        ),
        (
            |_| response("503 Service Unavailable", "Content-Type: text/html\r\n", "<html>"),
            "answered with HTTP 503",
            "",
        ),
        (
            |_| response("200 OK", "Content-Type: text/html\r\n", "<html>Welcome</html>"),
            "text/html instead of JSON",
            "/mcp",
        ),
        (
            |_| response("302 Found", "Location: https://elsewhere.example/\r\n", ""),
            "redirects to https://elsewhere.example/",
            "trust",
        ),
        (
            |_| response("307 Temporary Redirect", "Location: http://127.0.0.2:1/\r\n", ""),
            "redirects to http://127.0.0.2:1/",
            "trust",
        ),
        (|_| response("200 OK", "Content-Type: application/json\r\n", "{\"ok\":true}"), "does not hold a reply", ""),
        (|_| response("202 Accepted", "", ""), "does not hold a reply", ""),
        (|_| response("200 OK", "Content-Type: text/event-stream\r\n", "data: hello\n\n"), "does not hold a reply", ""),
    ];
    for (answer, why, hint) in cases {
        let error = listed(answer).await.unwrap_err();
        assert_eq!(error.what, "could not connect to the server", "{why}");
        assert!(error.why.contains(why), "{why}: {}", error.why);
        assert!(error.hint.unwrap_or_default().contains(hint), "{why}");
        assert!(
            !error.why.contains("rmcp") && !error.why.contains('<') && !error.why.contains('\u{1b}'),
            "{}",
            error.why
        );
    }
}

#[tokio::test]
async fn json_rpc_errors_and_broken_replies_of_the_list() {
    fn listing(request: &Request, body: &str) -> Option<String> {
        if request.method == "tools/list" {
            let body = body.replace("ID", &request.body["id"].to_string());
            return response("200 OK", "Content-Type: application/json\r\n", &body);
        }
        good(request)
    }
    let refused = listed(|r| {
        listing(r, "{\"jsonrpc\":\"2.0\",\"id\":ID,\"error\":{\"code\":-32603,\"message\":\"fetch failed\"}}")
    });
    let error = refused.await.unwrap_err();
    assert_eq!(error.what, "could not list the tools");
    assert!(error.why.contains("fetch failed (code -32603)"), "{}", error.why);
    let gone = listed(|r| if r.method == "tools/list" { response("401 Unauthorized", "", "") } else { good(r) });
    let error = gone.await.unwrap_err();
    assert_eq!(error.what, "could not list the tools");
    assert!(error.why.contains("HTTP 401"), "{}", error.why);
    let broken = listed(|r| listing(r, "{\"jsonrpc\":\"2.0\",\"id\":ID,\"result\":{\"tools\":[")).await.unwrap_err();
    assert!(broken.why.contains("not valid JSON"), "{}", broken.why);
}

#[tokio::test]
async fn silence_ends_at_the_limits() {
    let error = listed(|_| None).await.unwrap_err();
    assert!(
        error.why.contains("handshake within 2 s") && error.hint.unwrap().contains("--start-timeout"),
        "{}",
        error.why
    );
    let error = listed(|request| if request.method == "tools/list" { None } else { good(request) }).await.unwrap_err();
    assert!(error.why.contains("tools/list within 2 s") && error.hint.unwrap().contains("--timeout"), "{}", error.why);
}

#[tokio::test]
async fn lists_that_a_server_has_not_are_no_deviation() {
    let listing = listed(|request| match request.method.as_str() {
        "initialize" => {
            let mut handshake = handshake(request);
            handshake["capabilities"] = json!({"tools": {}, "prompts": {}, "resources": {}});
            json_reply(request, handshake)
        }
        "prompts/list" => response("404 Not Found", "Content-Type: text/html\r\n", "<h1>No.</h1>"),
        "resources/list" => response("501 Not Implemented", "Content-Type: text/plain\r\n", "no"),
        "resources/templates/list" => response("405 Method Not Allowed", "", ""),
        _ => good(request),
    });
    let listing = listing.await.unwrap();
    assert_eq!(names(&listing), ["a", "odd"]);
    let notes: Vec<&str> = listing.deviations.iter().map(|note| note.id.as_str()).collect();
    assert!(!notes.contains(&"items-not-listed"), "{notes:?}");
}

/// A server of the transport with two addresses: a stream of events, and where messages are posted.
async fn started_with_events() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/sse", listener.local_addr().unwrap());
    let events: std::sync::Arc<tokio::sync::Mutex<Option<tokio::net::TcpStream>>> = std::sync::Arc::default();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let events = std::sync::Arc::clone(&events);
            tokio::spawn(async move {
                let Some(request) = requested(&mut stream).await else { return };
                let mut events = events.lock().await;
                if request.head.starts_with("get /sse") {
                    let text = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\n\
                                event: endpoint\ndata: messages?id=7\n\n";
                    let _ = stream.write_all(text.as_bytes()).await;
                    *events = Some(stream);
                    return;
                }
                let is_posted = request.head.starts_with("post /messages?id=7");
                let status = if is_posted { "202 Accepted" } else { "404 Not Found" };
                let _ = stream.write_all(response(status, "", "").unwrap().as_bytes()).await;
                let result = match request.method.as_str() {
                    "initialize" => handshake(&request),
                    "tools/list" => tools(),
                    _ => return,
                };
                if let (true, Some(events)) = (is_posted, &mut *events) {
                    let reply = json!({"jsonrpc": "2.0", "id": request.body["id"], "result": result});
                    let _ = events.write_all(format!("event: message\ndata: {reply}\n\n").as_bytes()).await;
                }
            });
        }
    });
    address
}

#[tokio::test]
async fn a_server_with_events_only_is_listed_and_the_transport_is_noted() {
    let listing = listed_at(&started_with_events().await, Options::default()).await.unwrap();
    assert_eq!((names(&listing), listing.server.transport), (vec!["a", "odd"], Transport::Sse));
    assert!(listing.deviations.iter().any(|note| note.id == "http-sse-deprecated"), "{:?}", listing.deviations);
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_is_reached_as_a_host_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.sock");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, good));
        }
    });
    let address = format!("http+unix://{}/mcp", path.to_str().unwrap().replace('/', "%2F"));
    let listing = listed_at(&address, Options::default()).await.unwrap();
    assert_eq!((names(&listing), listing.server.transport), (vec!["a", "odd"], Transport::Http));
}

#[tokio::test]
async fn no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/mcp?key=planted-secret", listener.local_addr().unwrap());
    drop(listener);
    let error = listed_at(&address, Options::default()).await.unwrap_err();
    assert!(error.why.contains("no connection: ") && error.why.contains("refused"), "{}", error.why);
    assert!(!format!("{error:?}").contains("planted-secret"), "{error:?}");
    // Plain text where TLS is expected.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let secure = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let error = listed_at(&secure, Options::default()).await.unwrap_err();
    assert!(error.why.contains("no connection: "), "{}", error.why);
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_refused() {
    let headers = vec![("Bad Name".to_owned(), "x".to_owned())];
    let error = listed_at("http://127.0.0.1:9/", Options { headers, ..Options::default() }).await.unwrap_err();
    assert!(error.why.contains("not the name of a header"), "{}", error.why);
}
