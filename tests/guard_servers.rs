//! Several servers behind one guard, each with a policy of its own.

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
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use governed::{POLICY, call, is_refused};
use listening::Listening;
use peer::Peer;
use serde_json::{Value, json};

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
    let logged: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
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

/// Sends a request and returns its reply. What else comes before it is dropped.
fn reply(peer: &mut Peer, id: u32, method: &str, params: Value) -> Value {
    peer.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
    loop {
        let line = peer.receive();
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{method}: {line}"));
        if message["id"] == id && message.get("method").is_none() {
            return message;
        }
    }
}

/// A guard before several servers, over standard input and output.
fn at_stdio(folder: &Path, servers: &str) -> Command {
    let mut command = guard(folder, servers);
    let words: Vec<_> = command.get_args().map(std::ffi::OsStr::to_owned).collect();
    let words = words.into_iter().filter(|word| word != "--listen" && word != "127.0.0.1:0");
    command = Command::new(cargo_bin!("mcp-scan"));
    command.env("NO_COLOR", "1").args(words);
    command
}

/// A shop with a policy, the same without one, a wiki with prompts and resources, and a server that ends at once.
fn shops_and_a_wiki() -> String {
    let wiki = entry("open.yaml", "").replace("calls", "offers");
    let (shop, open) = (entry("shop.yaml", ""), entry("open.yaml", ""));
    let gone = "{command: sh, args: [-c, exit 3], policy: open.yaml}";
    format!("servers:\n  shop: {shop}\n  open: {open}\n  wiki: {wiki}\n  gone: {gone}\n")
}

/// The members `key` of the items of a list.
fn listed(reply: &Value, list: &str, key: &str) -> Vec<String> {
    let items = reply["result"][list].as_array().unwrap_or_else(|| panic!("{reply}"));
    items.iter().map(|item| item[key].as_str().unwrap().to_owned()).collect()
}

#[test]
fn several_servers_are_one_over_stdio() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("guard.jsonl");
    let mut peer = Peer::start(at_stdio(folder.path(), &shops_and_a_wiki()).arg("--log").arg(&log));
    let initialize =
        json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let handshake = reply(&mut peer, 1, "initialize", initialize);
    let capabilities = &handshake["result"]["capabilities"];
    assert!(capabilities["tools"].is_object() && capabilities["prompts"].is_object(), "{handshake}");
    assert_eq!(handshake["result"]["protocolVersion"], "2025-11-25");
    let tools = listed(&reply(&mut peer, 2, "tools/list", json!({})), "tools", "name");
    assert_eq!(tools, ["shop__first", "open__first", "open__second", "wiki__first", "wiki__second"]);
    let prompts = listed(&reply(&mut peer, 3, "prompts/list", json!({})), "prompts", "name");
    assert_eq!(prompts, ["wiki__tidy_page", "wiki__greet"], "all pages");
    let resources = listed(&reply(&mut peer, 4, "resources/list", json!({})), "resources", "uri");
    assert_eq!(resources, ["wiki+wiki://pages/start", "wiki+ui://wiki/editor"]);
    let templates = reply(&mut peer, 5, "resources/templates/list", json!({}));
    assert_eq!(listed(&templates, "resourceTemplates", "uriTemplate"), ["wiki+file:///{path}"]);

    let call = |peer: &mut Peer, tool: &str| reply(peer, 6, "tools/call", json!({"name": tool, "arguments": {"x": 1}}));
    assert_eq!(call(&mut peer, "shop__first")["result"]["content"][0]["text"], r#"{"x":1}"#);
    assert!(is_refused(&call(&mut peer, "shop__never")) && !is_refused(&call(&mut peer, "open__never")));
    for unknown in ["first", "market__first"] {
        assert_eq!(call(&mut peer, unknown)["error"]["code"], -32602, "{unknown}");
    }
    let prompt = reply(&mut peer, 7, "prompts/get", json!({"name": "wiki__greet"}));
    assert_eq!(prompt["result"]["messages"][0]["content"]["text"], "Say hello to the author.");
    let page = reply(&mut peer, 8, "resources/read", json!({"uri": "wiki+wiki://pages/start"}));
    assert_eq!(page["result"]["contents"][0]["uri"], "wiki+wiki://pages/start");
    let completion =
        json!({"ref": {"type": "ref/prompt", "name": "wiki__greet"}, "argument": {"name": "a", "value": ""}});
    let completed = reply(&mut peer, 9, "completion/complete", completion);
    assert_eq!(completed["error"]["message"], "Method not found", "the server's own answer");
    assert!(reply(&mut peer, 10, "ping", json!({}))["result"].is_object());

    // One server dies; the others go on.
    let dead = call(&mut peer, "shop__dies");
    assert!(dead["error"]["message"].as_str().unwrap().contains("ended before it replied"), "{dead}");
    assert!(!is_refused(&call(&mut peer, "open__first")));
    std::thread::sleep(std::time::Duration::from_millis(500));
    let gone = call(&mut peer, "shop__first");
    assert!(gone["error"]["message"].as_str().unwrap().contains("the server shop has ended"), "{gone}");
    let tools = listed(&reply(&mut peer, 11, "tools/list", json!({})), "tools", "name");
    assert_eq!(tools, ["open__first", "open__second", "wiki__first", "wiki__second"]);
    assert_eq!(peer.end(), Some(0));
    support::assert_nothing_left("guard-servers");
    let text = fs::read_to_string(&log).unwrap();
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!((&first["server"], &first["tool"]), (&json!("shop"), &json!("first")));
}

#[test]
fn several_servers_are_one_for_a_client_without_initialize() {
    let folder = tempfile::tempdir().unwrap();
    let mut peer = Peer::start(&mut at_stdio(folder.path(), &shops_and_a_wiki()));
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {},
    });
    let discovered = reply(&mut peer, 1, "server/discover", json!({"_meta": meta}));
    assert_eq!(discovered["result"]["supportedVersions"], json!(["2026-07-28"]), "{discovered}");
    let tools = reply(&mut peer, 2, "tools/list", json!({"_meta": meta}));
    assert_eq!(listed(&tools, "tools", "name").len(), 5, "{tools}");
    assert_eq!(
        (&tools["result"]["resultType"], &tools["result"]["cacheScope"]),
        (&json!("complete"), &json!("private"))
    );
    let params = json!({"name": "open__first", "arguments": {"y": 2}, "_meta": meta});
    assert_eq!(reply(&mut peer, 3, "tools/call", params)["result"]["content"][0]["text"], r#"{"y":2}"#);
}

#[test]
fn servers_whose_tools_cannot_be_told_apart_are_refused_over_stdio() {
    for name in ["my__shop", "shop_"] {
        let folder = tempfile::tempdir().unwrap();
        let servers = format!("servers:\n  {name}: {}\n", entry("shop.yaml", ""));
        let output = at_stdio(folder.path(), &servers).stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && text.contains("cannot be told"), "{name}: {text}");
    }
}
