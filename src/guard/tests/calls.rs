//! What is passed on unchanged, and which calls the policy lets through.

use serde_json::{Value, json};

use super::session_in_memory::{Setup, call, guarded};
use crate::guard::ActivePolicy;
use crate::policy::Dialect;
use crate::policy::engines::EnginePolicy;

#[tokio::test]
async fn what_is_not_governed_passes_byte_for_byte() {
    let mut g = guarded().await;
    for line in [
        r#"{"jsonrpc": "2.0", "id": 1.0, "method": "resources/read", "params": {"uri": "x", "n": 1e2}}"#,
        r#"{"method":"notifications/initialized","jsonrpc":"2.0"}"#,
        r#"{"jsonrpc":"2.0","id":"s-1","result":{"roots":[],"x":10000000000000000000001}}"#,
        r#"{"jsonrpc":"2.0","id":2,"method":"some/future","params":{"a":1,"a":2}}"#,
    ] {
        g.client.send(line).await;
        assert_eq!(g.server.receive().await, line);
    }
    for line in [
        r#"{"jsonrpc":"2.0","id":1,"result":{"contents":[ ]}, "more": 1.50}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1}}"#,
        r#"{"jsonrpc":"2.0","id":7,"method":"sampling/createMessage","params":{}}"#,
        r#"{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"no"}}"#,
    ] {
        g.server.send(line).await;
        assert_eq!(g.client.receive().await, line);
    }
}

#[tokio::test]
async fn calls_are_decided_by_the_policy() {
    let mut g = guarded().await;
    assert!(g.passes(1, "look", "{}").await);
    assert!(!g.passes(2, "unnamed", "{}").await);
    assert!(!g.passes(3, "secret", "{}").await);
    assert!(!g.passes(4, "LOOK", "{}").await, "a spelling of a named tool");
    assert!(g.passes(5, "read", r#"{"path":"/srv/a"}"#).await);
    assert!(!g.passes(6, "read", r#"{"path":"/etc/passwd"}"#).await);
    assert!(!g.passes(7, "read", r#"{"path":"/srv/a","Path":"/etc/passwd"}"#).await);
    for (id, passes) in [(8, true), (9, true), (10, false)] {
        assert_eq!(g.passes(id, "change", "{}").await, passes, "{id}");
    }
}

#[tokio::test]
async fn a_refusal_says_which_rule_and_the_session_goes_on() {
    let mut g = guarded().await;
    g.client.send(&call(1, "read", r#"{"path":"/etc"}"#)).await;
    let reply = g.client.json().await;
    assert_eq!(reply["result"]["content"][0]["text"], "[DENIED BY POLICY] Only below /srv. (rule: inside)");
    assert!(reply["result"].get("resultType").is_none());
    assert!(g.passes(1, "look", "{}").await, "the id is free again");
}

#[tokio::test]
async fn a_call_is_governed_however_it_is_written() {
    let mut g = guarded().await;
    let escaped = r#"{"id":1,"method":"tools\u002fcall","params":{"n\u0061me":"secret"}}"#;
    let refused = |reply: &Value| reply["result"]["isError"] == true || reply.get("error").is_some();
    for line in [
        escaped,
        r#"{"id":1,"method":"Tools/Call","params":{"name":"secret"}}"#,
        r#"{"id":1,"method":" tools/call","params":{"name":"secret"}}"#,
        r#"{"id":1,"method":"ping","Method":"tools/call","params":{"name":"secret"}}"#,
        r#"{"id":1,"method":"ping","method":"tools/call","params":{"name":"secret"}}"#,
        r#"{"id":1,"method":"tools/call","params":{"name":"look","name":"secret"}}"#,
        r#"{"id":1,"method":"tools/call","params":{"name":"look","Name":"secret"}}"#,
        r#"{"id":null,"method":"tools/call","params":{"name":"secret"}}"#,
        r#"{"id":[1],"method":"tools/call","params":{"name":"secret"}}"#,
        r#"[{"id":1,"method":"tools/call","params":{"name":"secret"}}]"#,
        r#"[[{"id":1,"method":"tools/call","params":{"name":"look"}}]]"#,
        "[]",
        "{\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"secret\"}}\r",
    ] {
        g.client.send(line).await;
        let reply = g.client.json().await;
        assert!(refused(&reply), "{line}: {reply}");
    }
    for method in ["Prompts/Get", "Resources/Read", "resources/List", "Initialize", "server/discover ", "Skills/get"] {
        g.client.send(&json!({"id": 1, "method": method}).to_string()).await;
        assert_eq!(g.client.json().await["error"]["code"], -32601, "{method}");
    }
    g.client.send(r#"{"method":"tools/call","params":{"name":"look"}}"#).await;
    assert!(g.server.is_silent().await, "a call without an id is dropped");
    // A server that ends lines at a carriage return must not see the inner message as a line.
    g.client.send("{\"id\":2,\"method\":\"x\",\"params\":\r{\"id\":3,\"method\":\"tools/call\",\"params\":{\"name\":\"secret\"}}\r}").await;
    assert!(!g.server.receive().await.contains('\r'));
}

#[tokio::test]
async fn a_batch_is_taken_apart() {
    let mut g = guarded().await;
    let batch = format!("[{},{}]", call(1, "secret", "{}"), call(2, "look", "{}"));
    g.client.send(&batch).await;
    assert_eq!(g.server.receive().await, call(2, "look", "{}"));
    assert_eq!(g.client.json().await["id"], 1);
    g.server.send(r#"[{"jsonrpc":"2.0","id":2,"result":{}}]"#).await;
    assert_eq!(g.client.receive().await, r#"{"jsonrpc":"2.0","id":2,"result":{}}"#);
}

#[tokio::test]
async fn hidden_tools_are_not_listed_and_replies_are_matched_once() {
    let mut g = guarded().await;
    g.client.send(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#).await;
    g.server.receive().await;
    let listing = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"look"},{"name":"secret"}]}}"#;
    g.server.send(r#"{"jsonrpc":"2.0","id":"1","result":{"tools":[{"name":"secret"}]}}"#).await;
    g.server.send("a banner on standard output").await;
    g.server.send(listing).await;
    g.server.send(listing).await;
    assert_eq!(g.client.receive().await, r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"look"}]}}"#);
    assert!(g.client.is_silent().await);
    assert_eq!(g.reports.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_id_that_waits_is_not_used_twice() {
    let mut g = guarded().await;
    g.client.send(r#"{"id":1,"method":"resources/list"}"#).await;
    g.client.send(r#"{"id":1.0,"method":"tools/list"}"#).await;
    assert_eq!(g.client.json().await["error"]["code"], -32600);
}

#[tokio::test]
async fn a_call_that_the_server_refuses_is_not_counted() {
    let mut g = guarded().await;
    for id in 1..=3 {
        g.client.send(&call(id, "fails", "{}")).await;
        g.server.receive().await;
        g.server
            .send(&json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32603, "message": "away"}}).to_string())
            .await;
        g.client.receive().await;
    }
    assert!(g.passes(4, "fails", "{}").await);
    assert!(!g.passes(5, "fails", "{}").await);
}

#[tokio::test]
async fn observing_refuses_nothing() {
    let mut g = Setup { observe: true, ..Setup::new() }.start().await;
    for (id, tool) in (1..).zip(["secret", "send", "unnamed", "change", "change", "change"]) {
        assert!(g.passes(id, tool, "{}").await, "{tool}");
    }
    let reports = g.reports.lock().unwrap().join("\n");
    assert!(
        reports.contains("secret would be refused (") && reports.contains("change would be refused, because a limit"),
        "{reports}"
    );
}

#[tokio::test]
async fn a_rego_module_decides() {
    let module = "package mcp_scan\nimport rego.v1\ndefault decision := \"deny\"\n\
        decision := \"allow\" if input.tool == \"look\"\ndecision := \"ask\" if input.tool == \"send\"\n";
    let engine = EnginePolicy::read(module, Dialect::OPA).unwrap();
    let mut g = Setup { policy: ActivePolicy::of_engine(engine), ..Setup::new() }.start().await;
    for (id, tool, passes) in [(1, "look", true), (2, "secret", false), (3, "LOOK", false), (4, "send", false)] {
        assert_eq!(g.passes(id, tool, "{}").await, passes, "{tool}");
    }
}
