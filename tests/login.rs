//! Signing in to a server, against an authorization server of our own that checks what it is sent.

#![cfg(unix)]

#[path = "support/program.rs"]
mod program;

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use url::Url;

use program::{finished, program};

/// How the server and its authorization server differ from good ones.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Oddity {
    None,
    /// The metadata offers no PKCE.
    NoPkce,
    /// The metadata is for another resource.
    OtherResource,
    /// The redirect carries another issuer.
    OtherIssuer,
    /// The registration adds a redirect address.
    WideRedirect,
    /// The authorization server is at the second address.
    Elsewhere,
    /// The challenge names metadata at the second address.
    MetadataElsewhere,
}

/// A server with tools and its authorization server, behind one address. A second address answers like it.
struct Site {
    address: String,
    other: String,
    log: Arc<Mutex<Vec<String>>>,
}

/// One request.
struct Request {
    method: String,
    url: Url,
    authorization: Option<String>,
    body: String,
    /// The port that it came in at.
    port: u16,
}

impl Request {
    fn form(&self) -> HashMap<String, String> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }
}

impl Site {
    fn start(oddity: Oddity) -> Self {
        let listeners = [0; 2].map(|_: i32| TcpListener::bind("127.0.0.1:0").unwrap());
        let ports: Vec<u16> = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
        let [address, other] = [ports[0], ports[1]].map(|port| format!("http://127.0.0.1:{port}"));
        let log = Arc::new(Mutex::new(Vec::new()));
        let state = Arc::new(Mutex::new(HashMap::new()));
        for (listener, port) in listeners.into_iter().zip(ports) {
            let (log, state) = (Arc::clone(&log), Arc::clone(&state));
            let (address, other) = (address.clone(), other.clone());
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    let Some(request) = stream.ok().and_then(|stream| read(stream, port)) else { continue };
                    let (mut stream, request) = request;
                    log.lock().unwrap().push(format!("{port} {} {}", request.method, request.url.path()));
                    let answer = answer(&request, oddity, &address, &other, &mut state.lock().unwrap());
                    let _ = stream.write_all(answer.as_bytes());
                }
            });
        }
        Self { address, other, log }
    }

    fn mcp(&self) -> String {
        format!("{}/mcp", self.address)
    }

    fn was_requested(&self, request: &str) -> bool {
        self.log.lock().unwrap().iter().any(|line| line.ends_with(request))
    }

    /// True if anything was requested at the second address.
    fn was_second_reached(&self) -> bool {
        let port = self.other.rsplit(':').next().unwrap();
        self.log.lock().unwrap().iter().any(|line| line.starts_with(port))
    }
}

fn read(stream: TcpStream, port: u16) -> Option<(TcpStream, Request)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let (mut length, mut authorization) = (0, None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => authorization = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let url = Url::parse("http://127.0.0.1").ok()?.join(&target).ok()?;
    let body = String::from_utf8(body).ok()?;
    Some((reader.into_inner(), Request { method, url, authorization, body, port }))
}

fn response(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn ok(body: &Value) -> String {
    response("200 OK", "Content-Type: application/json\r\n", &body.to_string())
}

fn answer(
    request: &Request,
    oddity: Oddity,
    address: &str,
    other: &str,
    state: &mut HashMap<String, String>,
) -> String {
    let issuer = if oddity == Oddity::Elsewhere { other } else { address };
    let bad = |why: &str| {
        response("400 Bad Request", "", &json!({"error": "invalid_request", "error_description": why}).to_string())
    };
    let mcp = format!("{address}/mcp");
    let metadata_path = "/.well-known/oauth-protected-resource/mcp";
    match (request.method.as_str(), request.url.path()) {
        ("POST", "/mcp") => {
            let token = state.get("token").map(|token| format!("Bearer {token}"));
            if token.is_none() || request.authorization != token {
                let at = if oddity == Oddity::MetadataElsewhere { other } else { address };
                let challenge = format!("Bearer resource_metadata=\"{at}{metadata_path}\", scope=\"notes:read\"");
                return response("401 Unauthorized", &format!("WWW-Authenticate: {challenge}\r\n"), "");
            }
            let message: Value = serde_json::from_str(&request.body).unwrap();
            let result = match message["method"].as_str().unwrap_or_default() {
                "initialize" => json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                    "serverInfo": {"name": "notes", "version": "1"}}),
                "tools/list" => json!({"tools": [{"name": "list_notes", "inputSchema": {"type": "object"}}]}),
                "server/discover" => return bad("no such method"),
                _ => return response("202 Accepted", "", ""),
            };
            ok(&json!({"jsonrpc": "2.0", "id": message["id"], "result": result}))
        }
        ("GET", path) if path == metadata_path => {
            let resource = if oddity == Oddity::OtherResource { "https://bank.example/api" } else { &mcp };
            ok(
                &json!({"resource": resource, "authorization_servers": [issuer], "scopes_supported": ["notes:read", "*"]}),
            )
        }
        ("GET", "/.well-known/oauth-authorization-server") => {
            let methods = if oddity == Oddity::NoPkce { json!(["plain"]) } else { json!(["S256"]) };
            ok(&json!({"issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"), "registration_endpoint": format!("{issuer}/register"),
                "device_authorization_endpoint": format!("{issuer}/device"),
                "authorization_response_iss_parameter_supported": true, "code_challenge_methods_supported": methods}))
        }
        ("POST", "/register") => {
            let client: Value = serde_json::from_str(&request.body).unwrap();
            let mut redirects = client["redirect_uris"].as_array().unwrap().clone();
            if oddity == Oddity::WideRedirect {
                redirects.push(json!("https://*.shop.example/callback"));
            }
            state.insert("redirect".into(), redirects[0].as_str().unwrap().into());
            response("201 Created", "", &json!({"client_id": "c1", "redirect_uris": redirects}).to_string())
        }
        ("GET", "/authorize") => {
            let query: HashMap<String, String> = request.url.query_pairs().into_owned().collect();
            let is = |name: &str, value: &str| query.get(name).is_some_and(|found| found == value);
            let redirect = &state["redirect"];
            if !(is("client_id", "c1") && is("response_type", "code") && is("code_challenge_method", "S256")) {
                return bad("not a request for a code with PKCE");
            }
            if !(is("redirect_uri", redirect) && is("resource", &mcp) && is("scope", "notes:read")) {
                return bad("another redirect, resource or scope");
            }
            let mut back = Url::parse(redirect).unwrap();
            let iss = if oddity == Oddity::OtherIssuer { "https://bank.example" } else { issuer };
            let given = [("code", "code-1"), ("state", &query["state"]), ("iss", iss)];
            back.query_pairs_mut().extend_pairs(given);
            state.insert("challenge".into(), query["code_challenge"].clone());
            response("302 Found", &format!("Location: {back}\r\n"), "")
        }
        ("POST", "/device") => {
            ok(&json!({"device_code": "d1", "user_code": "ABCD-EFGH", "expires_in": 60, "interval": 1,
            "verification_uri": format!("{issuer}/enter")}))
        }
        ("POST", "/token") => {
            let form = request.form();
            let is = |name: &str, value: &str| form.get(name).is_some_and(|found| found == value);
            if !(is("client_id", "c1") && is("resource", &mcp)) {
                return bad("another client or resource");
            }
            let verified =
                |verifier: &String| Some(&URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))) == state.get("challenge");
            let number = match form["grant_type"].as_str() {
                "authorization_code" if is("code", "code-1") && form.get("code_verifier").is_some_and(verified) => 1,
                "urn:ietf:params:oauth:grant-type:device_code" if is("device_code", "d1") => 1,
                // A refresh token is good for one use.
                "refresh_token" if state.get("refresh") == form.get("refresh_token") => 2,
                _ => return bad("a wrong code, verifier or refresh token"),
            };
            state.insert("token".into(), format!("t0p-access-{number}"));
            state.insert("refresh".into(), format!("t0p-refresh-{number}"));
            let lifetime = if number == 1 { 1 } else { 3600 };
            ok(&json!({"access_token": state["token"], "refresh_token": state["refresh"], "token_type": "Bearer",
                "expires_in": lifetime}))
        }
        _ => {
            assert!(request.port > 0);
            response("404 Not Found", "", "")
        }
    }
}

/// A home of its own.
fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The program with the sign-ins of `home`.
fn run(home: &TempDir, args: &[&str]) -> (i32, String, String) {
    finished(program().env("XDG_DATA_HOME", home.path()).current_dir(home.path()).args(args))
}

/// Requests `url` and returns the address that it redirects to.
fn get(url: &str) -> Option<String> {
    let url = Url::parse(url).unwrap();
    let mut stream = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).unwrap();
    let target = format!("{}?{}", url.path(), url.query().unwrap_or_default());
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", url.authority()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text.lines().find_map(|line| line.strip_prefix("Location: ")).map(str::to_owned)
}

/// Signs in with a browser, which is this test. Returns the exit code and standard error.
fn signed_in(home: &TempDir, args: &[&str]) -> (i32, String) {
    let mut child: Child = Command::new(assert_cmd::cargo::cargo_bin!("mcp-scan"))
        .args(["login", "--no-browser"])
        .args(args)
        .env("XDG_DATA_HOME", home.path())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut text = String::new();
    while err.read_line(&mut text).unwrap() > 0 {
        if let Some(address) =
            text.lines().last().and_then(|line| line.strip_prefix("open this address in a browser on this machine: "))
        {
            let back = get(address).expect("the authorization server redirects");
            // Another program's guess is not taken for the answer.
            get(&back.replace("state=", "state=x"));
            get(&back);
        }
    }
    (child.wait().unwrap().code().unwrap(), text)
}

#[test]
fn a_scan_uses_the_sign_in_and_refreshes_it() {
    let (site, home) = (Site::start(Oddity::None), home());
    let (code, _, err) = run(&home, &[&site.mcp()]);
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("mcp-scan login"), "{err}");
    let (code, err) = signed_in(&home, &[&site.mcp()]);
    assert_eq!(code, 0, "{err}");
    let file = home.path().join("mcp-scan/sign-ins.json");
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions()) & 0o777, 0o600);
    let (code, out, scan_err) = run(&home, &["-f", "json", &site.mcp()]);
    assert_eq!(code, 0, "{scan_err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["servers"][0]["tools"][0]["name"], "list_notes");
    // The first token had ended.
    assert!(fs::read_to_string(&file).unwrap().contains("t0p-refresh-2"));
    for text in [&err, &out, &scan_err] {
        assert!(!text.contains("t0p-"), "{text}");
    }
    assert_eq!(run(&home, &["logout", &site.mcp()]).0, 0);
    assert!(!fs::read_to_string(&file).unwrap().contains("t0p-"));
    assert_eq!(run(&home, &[&site.mcp()]).0, 3);
    assert_eq!(run(&home, &["logout", &site.mcp()]).0, 2);
}

#[test]
fn a_guard_uses_the_sign_in() {
    let (site, home) = (Site::start(Oddity::None), home());
    assert_eq!(signed_in(&home, &[&site.mcp()]).0, 0);
    assert_eq!(run(&home, &["--policy", "policy.yaml", &site.mcp()]).0, 0);
    let call = |id: u32, method: &str, params: Value| {
        json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()
    };
    let hello =
        json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let lines = format!("{}\n{}\n", call(1, "initialize", hello), call(2, "tools/list", json!({})));
    let mut guard = program();
    guard.env("XDG_DATA_HOME", home.path()).env("XDG_STATE_HOME", home.path()).current_dir(home.path());
    let (_, out, err) = finished(guard.args(["guard", "--policy", "policy.yaml", &site.mcp()]).write_stdin(lines));
    assert!(out.contains("list_notes"), "{out} {err}");
    assert!(!out.contains("t0p-") && !err.contains("t0p-"), "{out} {err}");
}

#[test]
fn a_device_signs_in_with_a_code() {
    let (site, home) = (Site::start(Oddity::None), home());
    let (code, _, err) = run(&home, &["login", "--device", "--client-id", "c1", &site.mcp()]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("/enter and enter the code ABCD-EFGH"), "{err}");
    assert_eq!(run(&home, &[&site.mcp()]).0, 0);
}

#[test]
fn another_host_is_reached_only_after_consent() {
    let (site, home) = (Site::start(Oddity::Elsewhere), home());
    let (code, _, err) = run(&home, &["login", "--no-browser", &site.mcp()]);
    assert_eq!(code, 2, "{err}");
    let host = site.other.strip_prefix("http://").unwrap();
    assert!(err.contains(&format!("--allow-host {host}")), "{err}");
    assert_eq!(run(&home, &[&site.mcp()]).0, 3);
    assert!(!site.was_second_reached(), "{:?}", site.log);
    let (code, err) = signed_in(&home, &["--allow-host", host, &site.mcp()]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(run(&home, &[&site.mcp()]).0, 0);
}

#[test]
fn unsafe_sign_ins_are_refused() {
    for (oddity, why) in [
        (Oddity::NoPkce, "does not offer PKCE"),
        (Oddity::OtherResource, "which is not this server"),
        (Oddity::OtherIssuer, "the answer comes from https://bank.example"),
        (Oddity::WideRedirect, "it also registered the redirect address"),
    ] {
        let (site, home) = (Site::start(oddity), home());
        let (code, err) = signed_in(&home, &[&site.mcp()]);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(why), "{err}");
        assert!(!site.was_requested("POST /token"));
    }
    let home = home();
    let (code, _, err) = run(&home, &["login", "http://shop.example/mcp"]);
    assert!(code == 2 && err.contains("without encryption"), "{err}");
}

/// The ids of the findings of a scan without a sign-in.
fn findings(site: &Site) -> Vec<String> {
    let (code, out, err) = run(&home(), &["-f", "json", &site.mcp()]);
    assert_eq!(code, 3, "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let schema: Value = serde_json::from_str(include_str!("../schemas/report.schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    assert_eq!(validator.iter_errors(&report).map(|error| error.to_string()).collect::<Vec<_>>(), Vec::<String>::new());
    let unread = report["unread"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found = unread.iter().flat_map(|server| server["findings"].as_array().unwrap());
    found.filter_map(|finding| finding["id"].as_str().map(str::to_owned)).collect()
}

#[test]
fn what_a_401_publishes_is_judged_without_signing_in() {
    let site = Site::start(Oddity::None);
    assert_eq!(findings(&site), Vec::<String>::new());
    assert_eq!(findings(&Site::start(Oddity::NoPkce)), ["authorization-without-pkce"]);
    assert_eq!(findings(&Site::start(Oddity::OtherResource)), ["authorization-of-another-origin"]);
    let site = Site::start(Oddity::MetadataElsewhere);
    assert_eq!(findings(&site), ["authorization-of-another-origin"]);
    assert!(!site.was_second_reached(), "{:?}", site.log);
    // What is named and was not read is said.
    let (_, _, err) = run(&home(), &[&site.mcp()]);
    assert!(err.contains("not read: the sign-in metadata at http") && err.contains("is of another host"), "{err}");
}
