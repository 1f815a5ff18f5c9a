//! Calls about which a person is asked.

use std::sync::Arc;

use serde_json::{Value, json};

use super::session_in_memory::{Guarded, Setup, call, guarded};
use crate::audit::lock::Lock;
use crate::model::{Listing, Server};
use crate::rules::Ruleset;
use crate::source::decode;

#[tokio::test]
async fn a_person_is_asked_where_the_client_can() {
    let mut g = guarded().await;
    assert!(!g.passes(1, "send", "{}").await, "nobody can be asked");
    g.initialize(r#"{"elicitation":{}}"#).await;
    let answers = [
        ("accept", "Allow this call", true),
        ("decline", "", false),
        ("accept", "Allow this tool in this session", true),
    ];
    for (id, (action, decision, allowed)) in (2..).zip(answers) {
        g.client.send(&call(id, "send", r#"{"to":"x"}"#)).await;
        let question = g.client.json().await;
        assert_eq!(question["method"], "elicitation/create");
        let message = question["params"]["message"].as_str().unwrap();
        assert!(message.contains("send") && message.contains(r#"{"to":"x"}"#) && message.contains("approve sending"));
        assert!(message.contains("\nRisk: "), "{message}");
        let answer = json!({"jsonrpc": "2.0", "id": question["id"], "result": {"action": action, "content": {"decision": decision}}});
        g.client.send(&answer.to_string()).await;
        if allowed {
            assert_eq!(g.server.receive().await, call(id, "send", r#"{"to":"x"}"#));
        } else {
            assert_eq!(g.client.json().await["result"]["isError"], true);
        }
    }
    assert!(g.passes(9, "send", r#"{"to":"y"}"#).await, "the tool is allowed for the session");
}

#[tokio::test]
async fn a_question_without_an_answer_refuses_and_a_cancelled_call_is_not_made() {
    let mut g = guarded().await;
    g.initialize(r#"{"elicitation":{}}"#).await;
    g.client.send(&call(1, "send", "{}")).await;
    g.client.receive().await;
    assert_eq!(g.client.json().await["result"]["isError"], true, "after the time limit");
    g.client.send(&call(2, "send", "{}")).await;
    let question = g.client.json().await;
    g.client.send(r#"{"method":"notifications/cancelled","params":{"requestId":2}}"#).await;
    let answer =
        json!({"id": question["id"], "result": {"action": "accept", "content": {"decision": "Allow this call"}}});
    g.client.send(&answer.to_string()).await;
    assert!(g.server.is_silent().await && g.client.is_silent().await);
}

/// A call by a client of revision 2026-07-28 that can be asked, with `more` parameters.
fn request(id: u32, more: Value) -> String {
    let mut params = json!({"name": "send", "arguments": {}, "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}},
    }});
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}).to_string()
}

#[tokio::test]
async fn a_client_without_initialize_is_asked_by_a_result() {
    let mut g = guarded().await;
    g.client.send(&request(1, json!({}))).await;
    let result = g.client.json().await["result"].take();
    assert_eq!(result["resultType"], "input_required");
    let (name, question) = result["inputRequests"].as_object().unwrap().iter().next().unwrap();
    assert_eq!(question["method"], "elicitation/create");
    let answer = json!({name: {"action": "accept", "content": {"decision": "Allow this call"}}});
    let retry = json!({"requestState": result["requestState"], "inputResponses": answer});
    g.client.send(&request(2, retry.clone())).await;
    assert_eq!(g.server.receive().await, request(2, json!({})), "the answer is the guard's alone");
    g.client.send(&request(3, retry)).await;
    assert_eq!(g.client.json().await["result"]["resultType"], "input_required", "the token is used up");
}

#[tokio::test]
async fn the_server_cannot_ask_in_the_guards_name() {
    let mut g = guarded().await;
    g.server.send(r#"{"jsonrpc":"2.0","id":"mcp-scan-guard:x:1","method":"elicitation/create","params":{}}"#).await;
    assert!(g.client.is_silent().await);
}

#[tokio::test]
async fn a_call_that_answers_the_server_still_does_after_a_person_was_asked() {
    let mut g = guarded().await;
    let of_server = json!({"inputResponses": {"size": {"action": "accept"}}, "requestState": "of the server"});
    g.client.send(&request(1, of_server.clone())).await;
    let result = g.client.json().await["result"].take();
    let name = result["inputRequests"].as_object().unwrap().keys().next().unwrap();
    let answer = json!({name: {"action": "accept", "content": {"decision": "Allow this call"}}});
    g.client.send(&request(2, json!({"requestState": result["requestState"], "inputResponses": answer}))).await;
    assert_eq!(g.server.receive().await, request(2, of_server));
}

#[tokio::test]
async fn what_a_person_allowed_for_the_session_ends_when_the_tool_is_defined_otherwise() {
    let mut g = guarded().await;
    g.initialize(r#"{"elicitation":{}}"#).await;
    let list = async |g: &mut Guarded, id: u32, description: &str| {
        g.client.send(&json!({"id": id, "method": "tools/list"}).to_string()).await;
        g.server.receive().await;
        let tools = json!([{"name": "send", "description": description}]);
        g.server.send(&json!({"id": id, "result": {"tools": tools}}).to_string()).await;
        g.client.receive().await;
    };
    list(&mut g, 1, "Sends mail.").await;
    g.client.send(&call(2, "send", "{}")).await;
    let question = g.client.json().await;
    let answer = json!({"action": "accept", "content": {"decision": "Allow this tool in this session"}});
    g.client.send(&json!({"id": question["id"], "result": answer}).to_string()).await;
    assert_eq!(g.server.receive().await, call(2, "send", "{}"));
    assert!(g.passes(3, "send", "{}").await);
    list(&mut g, 4, "Sends mail.").await;
    assert!(g.passes(5, "send", "{}").await);
    for (id, change) in [(10, "Sends mail and pays."), (20, "")] {
        match change {
            "" => {
                g.server.send(r#"{"method":"notifications/tools/list_changed"}"#).await;
                g.client.receive().await;
            }
            changed => list(&mut g, id, changed).await,
        }
        g.client.send(&call(id + 1, "send", "{}")).await;
        assert_eq!(g.client.json().await["method"], "elicitation/create", "{change}");
        assert_eq!(g.client.json().await["result"]["isError"], true, "nobody answers");
        list(&mut g, id + 2, "Sends mail.").await;
        assert!(g.passes(id + 3, "send", "{}").await, "it is as it was");
    }
}

#[tokio::test]
async fn an_answer_about_a_tool_that_is_defined_otherwise_meanwhile_is_asked_for_again() {
    let mut g = guarded().await;
    g.client.send(&request(1, json!({}))).await;
    let result = g.client.json().await["result"].take();
    let name = result["inputRequests"].as_object().unwrap().keys().next().unwrap();
    let answer = json!({name: {"action": "accept", "content": {"decision": "Allow this call"}}});
    g.client.send(r#"{"id":2,"method":"tools/list"}"#).await;
    g.server.receive().await;
    g.server.send(r#"{"id":2,"result":{"tools":[{"name":"send","description":"Pays."}]}}"#).await;
    g.client.receive().await;
    g.client.send(&request(3, json!({"requestState": result["requestState"], "inputResponses": answer}))).await;
    assert_eq!(g.client.json().await["result"]["resultType"], "input_required");
}

#[tokio::test]
async fn an_answer_about_a_cancelled_call_frees_no_other_call_under_its_id() {
    let mut g = guarded().await;
    g.initialize(r#"{"elicitation":{}}"#).await;
    g.client.send(&call(1, "send", r#"{"to":"a"}"#)).await;
    let first = g.client.json().await;
    g.client.send(r#"{"method":"notifications/cancelled","params":{"requestId":1}}"#).await;
    g.client.send(&call(1, "send", r#"{"to":"b"}"#)).await;
    let second = g.client.json().await;
    let answer = |question: &Value, decision: &str| {
        json!({"id": question["id"], "result": {"action": "accept", "content": {"decision": decision}}}).to_string()
    };
    g.client.send(&answer(&first, "Allow this call")).await;
    assert!(g.server.is_silent().await, "the call was cancelled");
    g.client.send(&answer(&second, "Allow this call")).await;
    assert_eq!(g.server.receive().await, call(1, "send", r#"{"to":"b"}"#));
}

#[tokio::test]
async fn a_tool_that_changes_while_a_person_is_asked_is_not_called() {
    let tool = json!({"name": "send", "description": "Sends mail."});
    let server = Server { name: "shop".into(), ..Server::default() };
    let listing = Listing { server, tools: vec![decode::tool(&tool, 1).0], ..Listing::default() };
    let report = crate::report(vec![listing], Vec::new(), &Ruleset::builtin().unwrap());
    let pinned = Some(Arc::new(Lock::new(&report).pinned_server("shop").unwrap()));
    let mut g = Setup { pinned, ..Setup::new() }.start().await;
    g.initialize(r#"{"elicitation":{}}"#).await;
    let mut allowed = async |id: u32, changes: bool| {
        g.client.send(&json!({"id": "l", "method": "tools/list"}).to_string()).await;
        g.server.receive().await;
        g.server.send(&json!({"id": "l", "result": {"tools": [tool]}}).to_string()).await;
        g.client.receive().await;
        g.client.send(&call(id, "send", "{}")).await;
        let question = g.client.json().await;
        if changes {
            g.server.send(r#"{"method":"notifications/tools/list_changed"}"#).await;
            g.client.receive().await;
        }
        let answer = json!({"action": "accept", "content": {"decision": "Allow this call"}});
        g.client.send(&json!({"id": question["id"], "result": answer}).to_string()).await;
        !g.server.is_silent().await
    };
    assert!(allowed(1, false).await && !allowed(2, true).await);
}
