//! `mcp-scan serve` as a client meets it: what it lists, what it answers, and what it refuses.

mod support;

use std::fs;
use std::path::Path;

use assert_cmd::cargo::cargo_bin;
use mcp_scan::rules::Ruleset;
use mcp_scan::source::{Options, Target, read};
use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::RunningService;
use rmcp::{RoleClient, ServiceExt};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

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
    let server = json!({"command": support::example("fixture-server"), "args": ["normal", mark]});
    fs::write(dir.path().join(".mcp.json"), json!({"mcpServers": {"mine": server}}).to_string()).unwrap();
    dir
}

#[tokio::test]
async fn our_own_audit_has_nothing_against_it() {
    let words = [cargo_bin!("mcp-scan").to_str().unwrap(), "serve"].map(str::to_owned);
    let target = Target::parse(&words, true).remove(0).unwrap();
    let reading = read(&target, &Options::default()).await;
    let report = mcp_scan::report(reading.listings, reading.errors, &Ruleset::builtin().unwrap());
    let server = &report.servers[0];
    assert_eq!(server.server.name, "mcp-scan");
    let names: Vec<&str> = server.tools.iter().map(|tool| tool.tool.name.as_str()).collect();
    assert_eq!(names, ["check_mcp_server", "check_tool", "explain", "make_policy"]);
    assert_eq!((&server.findings, &server.deviations), (&Vec::new(), &Vec::new()));
    let verdicts: Vec<String> = server.tools.iter().map(|tool| tool.assessment.category.to_string()).collect();
    assert_eq!(verdicts, ["Read"; 4]);
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
    assert!(client.refusal("check_mcp_server", json!({"target": 1})).await.contains("arguments"));
    assert!(client.refusal("check_mcp_server", json!({"target": ".", "launch": true})).await.contains("launch"));
    assert!(client.refusal("check_tool", json!({"definition": []})).await.contains("definition"));
    assert!(client.refusal("make_policy", json!({"target": "shop.json", "format": "x"})).await.contains("intercept"));
    client.ends().await;
    support::assert_nothing_left(&mark);
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
