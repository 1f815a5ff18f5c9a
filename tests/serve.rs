//! `mcp-scan serve` as a client meets it: what it lists, what it answers, and what it refuses.

#[path = "support/alone.rs"]
mod alone;
#[path = "support/reading.rs"]
mod reading;
mod support;

use std::fs;
use std::path::Path;

use assert_cmd::cargo::cargo_bin;
use mcp_scan::rules::Ruleset;
use mcp_scan::source::{Target, read};
use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::RunningService;
use rmcp::{RoleClient, ServiceExt};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use reading::options;

/// A client of a server that serves `folder`.
struct Client {
    service: RunningService<RoleClient, ()>,
    process: Child,
}

impl Client {
    async fn of(folder: &Path, options: &[&str]) -> Self {
        let mut process = Command::new(cargo_bin!("mcp-scan"))
            .arg("serve")
            .args(options)
            .current_dir(folder)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let streams = (process.stdout.take().unwrap(), process.stdin.take().unwrap());
        Self { service: ().serve(streams).await.unwrap(), process }
    }

    async fn call(&self, name: &'static str, arguments: Value) -> CallToolResult {
        let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
        self.service.call_tool(CallToolRequestParams::new(name).with_arguments(arguments)).await.unwrap()
    }

    /// The answer to a call that succeeds.
    async fn answer(&self, name: &'static str, arguments: Value) -> Value {
        let result = self.call(name, arguments).await;
        assert_ne!(result.is_error, Some(true), "{result:?}");
        result.structured_content.unwrap()
    }

    /// What is said of a call that fails.
    async fn refusal(&self, name: &'static str, arguments: Value) -> String {
        let result = self.call(name, arguments).await;
        assert_eq!(result.is_error, Some(true), "{result:?}");
        serde_json::to_string(&result.content).unwrap()
    }

    /// Hangs up; the server ends by itself.
    async fn ends(mut self) {
        self.service.cancel().await.unwrap();
        let ended = tokio::time::timeout(std::time::Duration::from_secs(20), self.process.wait()).await;
        assert!(ended.expect("it ends").unwrap().success());
    }
}

/// A folder with a listing, and a configuration of a server of ours with `mark` among its words.
fn folder(mark: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::copy("fixtures/listings/example-shop.json", dir.path().join("shop.json")).unwrap();
    let server = json!({"command": alone::example_alone("fixture-server"), "args": ["normal", mark]});
    fs::write(dir.path().join(".mcp.json"), json!({"mcpServers": {"mine": server}}).to_string()).unwrap();
    dir
}

#[tokio::test]
async fn our_own_audit_has_nothing_against_it() {
    let words = [cargo_bin!("mcp-scan").to_str().unwrap(), "serve"].map(str::to_owned);
    let target = Target::parse(&words, true).remove(0).unwrap();
    let reading = read(&target, &options()).await;
    let report = mcp_scan::report(reading.listings, reading.errors, &Ruleset::builtin().unwrap());
    let server = &report.servers[0];
    assert_eq!(server.server.name, "mcp-scan");
    let names: Vec<&str> = server.tools.iter().map(|tool| tool.tool.name.as_str()).collect();
    assert_eq!(names, ["check_mcp_server", "check_tool", "explain", "make_policy"]);
    assert_eq!((server.findings().count(), &server.deviations), (0, &Vec::new()));
    let verdicts: Vec<String> = server.tools.iter().map(|tool| tool.assessment.category.to_string()).collect();
    // Two may start a server, which is a program that somebody else wrote.
    assert_eq!(verdicts, ["Execute", "Read", "Read", "Execute"]);
    // What may start a server that the user allowed does not call itself read-only, and reaches the world outside.
    let hints: Vec<_> = server.tools.iter().map(|tool| &tool.tool.annotations).collect();
    let claims = hints.iter().map(|hints| (hints.read_only_hint, hints.open_world_hint));
    assert_eq!(
        claims.collect::<Vec<_>>(),
        [(None, Some(true)), (Some(true), Some(false)), (Some(true), Some(false)), (None, Some(true))]
    );
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_refused_and_the_session_goes_on() {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    let dir = folder("unused");
    let mut process = Command::new(cargo_bin!("mcp-scan"))
        .arg("serve")
        .current_dir(dir.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    let mut answers = BufReader::new(process.stdout.take().unwrap()).lines();
    let info = json!({"name": "test", "version": "1"});
    let start = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": info});
    let request = |id: u32, method: &str, params: Value| {
        json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()
    };
    let check = |id: u32, definition: &str| {
        request(id, "tools/call", json!({"name": "check_tool", "arguments": {"definition": "DEFINITION"}}))
            .replace("\"DEFINITION\"", definition)
    };
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let lines = [
        request(1, "initialize", start),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string(),
        check(2, &deep),
        check(3, &format!("{{\"name\": \"{}\"}}", "a".repeat(5 << 20))),
        "no JSON".into(),
        check(4, r#"{"name": "delete_order"}"#),
        json!({"jsonrpc": "2.0", "id": 5, "method": "tools/call"}).to_string(),
        request(6, "tools/call", json!({"name": "check_tool", "arguments": []})),
        request(8, "no/such", json!({})),
    ];
    for line in lines {
        input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }
    let mut told = Vec::new();
    for _ in 0..8 {
        let line = tokio::time::timeout(std::time::Duration::from_secs(60), answers.next_line()).await;
        let answer: Value = serde_json::from_str(&line.expect("no silence").unwrap().unwrap()).unwrap();
        if answer["id"] == 5 {
            assert!(answer["error"]["message"].as_str().unwrap().starts_with("tools/call needs params"));
        }
        told.push((answer["id"].clone(), answer["error"]["code"].clone()));
    }
    told.sort_by_key(|(id, _)| id.as_u64().unwrap_or(9));
    let refused = |id: Value, code: i32| (id, json!(code));
    assert_eq!(
        told,
        [
            (json!(1), Value::Null),
            refused(json!(2), -32600),
            refused(json!(3), -32600),
            (json!(4), Value::Null),
            refused(json!(5), -32602),
            refused(json!(6), -32602),
            refused(json!(8), -32601),
            refused(Value::Null, -32700),
        ]
    );
    drop(input);
    let ended = tokio::time::timeout(std::time::Duration::from_secs(20), process.wait()).await;
    assert!(ended.expect("it ends").unwrap().success());
}

#[tokio::test]
async fn it_judges_what_lies_in_the_folder() {
    let dir = folder("unused");
    let client = Client::of(dir.path(), &[]).await;
    let checked = client.answer("check_mcp_server", json!({"target": "shop.json"})).await;
    let tools = checked["servers"][0]["tools"].as_array().unwrap();
    assert_eq!(checked["servers"][0]["tool_count"], tools.len());
    assert_eq!(tools[0]["severity"], "Critical");
    assert!(checked["servers"][0]["grade"].is_string());
    assert_eq!(checked["flows"][0]["id"], "secret-to-outbound");
    assert_eq!(checked["cut_by_denying"].as_array().unwrap().len(), 2);
    let tool = json!({"name": "delete_order", "description": "Deletes an order for good."});
    let verdict = client.answer("check_tool", json!({"definition": tool})).await;
    assert_eq!((&verdict["category"], &verdict["score"]), (&json!("Destructive"), &json!(4)));
    let trace = client.answer("explain", json!({"definition": tool})).await;
    assert!(trace["trace"].as_str().unwrap().contains("delete"));
    let policy = client.answer("make_policy", json!({"target": "shop.json", "profile": "read-only"})).await;
    assert!(policy["policies"][0]["text"].as_str().unwrap().contains("deny"), "{policy}");
    client.ends().await;
}

#[tokio::test]
async fn what_nobody_allowed_is_refused() {
    let mark = format!("mark-{}-refused", std::process::id());
    let dir = folder(&mark);
    let secret = tempfile::NamedTempFile::new().unwrap();
    fs::write(secret.path(), "{\"tools\": []}").unwrap();
    let client = Client::of(dir.path(), &[]).await;
    for (target, why) in [
        (secret.path().to_str().unwrap(), "outside of the folder"),
        ("..", "outside of the folder"),
        ("npx -y some-server", "no such file"),
        ("-", "no such file"),
        ("sh", "no such file"),
        ("http://127.0.0.1:9/mcp", "not reached here"),
        ("file:///etc/passwd", "could not read the address"),
        (".mcp.json", "nobody has agreed"),
    ] {
        for tool in ["check_mcp_server", "make_policy"] {
            let said = client.refusal(tool, json!({"target": target})).await;
            assert!(said.contains(why), "{target}: {said}");
        }
    }
    let said = client.refusal("check_mcp_server", json!({"target": ".mcp.json"})).await;
    assert!(said.contains("mcp-scan serve --launch-allow FILE") && !said.contains("--launch agrees"), "{said}");
    assert!(client.refusal("check_mcp_server", json!({"target": 1})).await.contains("arguments"));
    assert!(client.refusal("check_mcp_server", json!({"target": ".", "launch": true})).await.contains("launch"));
    assert!(client.refusal("check_tool", json!({"definition": []})).await.contains("definition"));
    assert!(client.refusal("make_policy", json!({"target": "shop.json", "format": "x"})).await.contains("intercept"));
    client.ends().await;
    support::assert_nothing_left(&mark);
}

/// An address is one of the public internet, however it is written; this machine and private networks need their own option.
#[tokio::test]
async fn addresses_of_this_machine_need_their_own_option() {
    let dir = folder("unused");
    let client = Client::of(dir.path(), &["--allow-urls"]).await;
    for target in [
        "http://127.0.0.1:9/mcp",
        "http://localhost:9/mcp",
        "http://0x7f.1:9/",
        "http://[::1]:9/",
        "http://[::ffff:127.0.0.1]:9/",
        "http://10.0.0.1:9/",
        "http://169.254.169.254/latest/meta-data/",
        "http+unix://%2Fvar%2Frun%2Fdocker.sock/mcp",
    ] {
        let said = client.refusal("check_mcp_server", json!({"target": target})).await;
        assert!(said.contains("public"), "{target}: {said}");
    }
    client.ends().await;
    let client = Client::of(dir.path(), &["--allow-local-urls"]).await;
    let said = client.refusal("check_mcp_server", json!({"target": "http://127.0.0.1:9/mcp"})).await;
    assert!(said.contains("no connection"), "{said}");
    client.ends().await;
}

#[test]
fn what_cannot_be_served_is_said_at_the_start() {
    let dir = folder("unused");
    fs::write(dir.path().join("odd.json"), "[]").unwrap();
    for (args, why) in [
        (["--folder", "shop.json"], "could not serve the folder: shop.json\n  it is a file"),
        (["--folder", "nowhere"], "could not serve the folder: nowhere"),
        (["--launch-allow", "nope.json"], "could not read the file of agreements: nope.json\n  there is no such file"),
        (["--launch-allow", "odd.json"], "could not read the file of agreements: odd.json"),
    ] {
        let mut command = assert_cmd::Command::new(cargo_bin!("mcp-scan"));
        let output = command.arg("serve").args(args).current_dir(dir.path()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains(why) && said.contains("help: "), "{said}");
    }
}

#[tokio::test]
async fn what_was_allowed_is_started_and_ends() {
    let mark = format!("mark-{}-allowed", std::process::id());
    let dir = folder(&mark);
    let agreed = Command::new(cargo_bin!("mcp-scan"))
        .args(["--launch", "--launch-allow", "allowed.json", "-q", "-o", "report.txt", ".mcp.json"])
        .current_dir(dir.path())
        .status();
    assert!(agreed.await.unwrap().success());
    let client = Client::of(dir.path(), &["--launch-allow", "allowed.json"]).await;
    let checked = client.answer("check_mcp_server", json!({"target": ".mcp.json"})).await;
    assert_eq!(checked["servers"][0]["name"], "fixture-normal");
    // Another command is not what was agreed to.
    let changed = fs::read_to_string(dir.path().join(".mcp.json")).unwrap().replace("normal", "noisy");
    fs::write(dir.path().join(".mcp.json"), changed).unwrap();
    let said = client.refusal("check_mcp_server", json!({"target": ".mcp.json"})).await;
    assert!(said.contains("not what was agreed to"), "{said}");
    client.ends().await;
    support::assert_nothing_left(&mark);
}
