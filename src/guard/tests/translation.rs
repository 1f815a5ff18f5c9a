//! A client of revision 2026-07-28 before a server of the older revisions.

use std::time::Duration;

use serde_json::{Value, json};

use super::session_in_memory::{End, Guarded, Setup, connection};
use crate::guard::{Ended, Restart, Translation};

/// A session that translates if it has to.
async fn translating() -> Guarded {
    Setup { translation: Translation::On(None), ..Setup::new() }.start().await
}

/// A request of revision 2026-07-28.
fn modern(id: u32, method: &str, mut params: Value) -> String {
    params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28".into();
    params["_meta"]["io.modelcontextprotocol/clientInfo"] = json!({"name": "c", "version": "1"});
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({"elicitation": {}});
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()
}

fn with_result(request: &Value, result: &Value) -> String {
    json!({"jsonrpc": "2.0", "id": request["id"], "result": result}).to_string()
}

/// Answers `server/discover` as older servers do, and the handshake.
async fn shake_hands(server: &mut End) {
    let probe = server.json().await;
    assert_eq!(probe["method"], "server/discover");
    let error = json!({"jsonrpc": "2.0", "id": probe["id"], "error": {"code": -32601, "message": "Method not found"}});
    server.send(&error.to_string()).await;
    initialized(server).await;
}

async fn initialized(server: &mut End) {
    let initialize = server.json().await;
    assert_eq!(
        (&initialize["method"], &initialize["params"]["capabilities"]),
        (&json!("initialize"), &json!({"elicitation": {}}))
    );
    assert_eq!(
        (&initialize["params"]["protocolVersion"], &initialize["params"]["clientInfo"]["name"]),
        (&json!("2025-11-25"), &json!("c"))
    );
    let result = json!({
        "protocolVersion": "2025-11-25", "serverInfo": {"name": "old", "version": "2"}, "instructions": "Be kind.",
        "capabilities": {"tools": {"listChanged": true}, "resources": {"subscribe": true}, "logging": {}, "tasks": {}},
    });
    server.send(&with_result(&initialize, &result)).await;
    assert_eq!(server.json().await["method"], "notifications/initialized");
}

#[tokio::test]
async fn discovery_lists_and_calls_are_translated_and_governed() {
    let mut g = translating().await;
    g.client.send(&modern(1, "server/discover", json!({}))).await;
    shake_hands(&mut g.server).await;
    let reply = g.client.json().await;
    let result = &reply["result"];
    assert_eq!(
        (&reply["id"], &result["supportedVersions"], &result["instructions"]),
        (&json!(1), &json!(["2026-07-28"]), &json!("Be kind."))
    );
    assert_eq!(
        (&result["resultType"], &result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"]),
        (&json!("complete"), &json!("old"))
    );
    assert!(result["capabilities"]["tools"].is_object() && result["capabilities"].get("tasks").is_none(), "{reply}");

    g.client.send(&modern(1, "tools/list", json!({"cursor": "2"}))).await;
    let asked = g.server.json().await;
    assert_eq!((&asked["method"], &asked["params"]), (&json!("tools/list"), &json!({"cursor": "2"})));
    g.server.send(&with_result(&asked, &json!({"tools": [{"name": "look"}, {"name": "secret"}]}))).await;
    let reply = g.client.json().await;
    assert_eq!((&reply["id"], &reply["result"]["tools"]), (&json!(1), &json!([{"name": "look"}])), "{reply}");
    assert_eq!((&reply["result"]["ttlMs"], &reply["result"]["cacheScope"]), (&json!(0), &json!("private")));

    let arguments = json!({"name": "look", "arguments": {"x": 1}, "_meta": {"progressToken": "p", "traceparent": "t"}});
    g.client.send(&modern(2, "tools/call", arguments)).await;
    let asked = g.server.json().await;
    assert_eq!(
        asked["params"],
        json!({"name": "look", "arguments": {"x": 1}, "_meta": {"progressToken": "p", "traceparent": "t"}})
    );
    let progress = r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p","progress":1}}"#;
    g.server.send(progress).await;
    assert_eq!(g.client.receive().await, progress);
    g.server.send(&with_result(&asked, &json!({"content": []}))).await;
    let reply = g.client.json().await;
    assert_eq!(
        (&reply["id"], &reply["result"]["resultType"], &reply["result"]["content"]),
        (&json!(2), &json!("complete"), &json!([]))
    );

    g.client.send(&modern(3, "tools/call", json!({"name": "unknown"}))).await;
    assert_eq!(g.client.json().await["result"]["isError"], true, "the policy refuses");
    for (id, method, code) in [(4, "ping", -32601), (5, "resources/subscribe", -32601)] {
        g.client.send(&modern(id, method, json!({}))).await;
        assert_eq!(g.client.json().await["error"]["code"], code, "{method}");
    }
    g.client.send(&modern(6, "tools/list", json!({})).replace("2026-07-28", "2031-01-01")).await;
    let reply = g.client.json().await;
    assert_eq!(
        (&reply["error"]["code"], &reply["error"]["data"]["supported"]),
        (&json!(-32022), &json!(["2026-07-28"]))
    );
    g.server.send(r#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#).await;
    assert_eq!(g.server.json().await, json!({"jsonrpc": "2.0", "id": "p", "result": {}}));
}

#[tokio::test]
async fn a_tool_that_is_called_as_a_task_alone_is_reached() {
    let mut g = translating().await;
    g.client.send(&modern(1, "tools/list", json!({}))).await;
    let probe = g.server.json().await;
    g.server
        .send(&json!({"jsonrpc": "2.0", "id": probe["id"], "error": {"code": -32601, "message": "no"}}).to_string())
        .await;
    let initialize = g.server.json().await;
    let result = json!({
        "protocolVersion": "2025-11-25", "serverInfo": {"name": "old", "version": "2"},
        "capabilities": {"tools": {}, "tasks": {"requests": {"tools": {"call": {}}}, "cancel": {}}},
    });
    g.server.send(&with_result(&initialize, &result)).await;
    assert_eq!(g.server.json().await["method"], "notifications/initialized");
    let asked = g.server.json().await;
    let tools = json!({"tools": [{"name": "look", "execution": {"taskSupport": "required"}}]});
    g.server.send(&with_result(&asked, &tools)).await;
    g.client.json().await;
    for id in [2, 3] {
        g.client.send(&modern(id, "tools/call", json!({"name": "look", "arguments": {"x": 1}}))).await;
        let asked = g.server.json().await;
        assert_eq!(asked["params"], json!({"name": "look", "arguments": {"x": 1}}));
        let error = json!({"code": -32601, "message": "Tool look requires task-based execution"});
        g.server.send(&json!({"jsonrpc": "2.0", "id": asked["id"], "error": error}).to_string()).await;
        let again = g.server.json().await;
        assert_eq!(again["params"], json!({"name": "look", "arguments": {"x": 1}, "task": {}}));
        assert_ne!(again["id"], asked["id"]);
        let task = json!({"task": {"taskId": "t-1", "status": "working", "ttl": 60_000, "pollInterval": 100}});
        g.server.send(&with_result(&again, &task)).await;
        let awaited = g.server.json().await;
        assert_eq!((&awaited["method"], &awaited["params"]), (&json!("tasks/result"), &json!({"taskId": "t-1"})));
        if id == 2 {
            g.server.send(&with_result(&awaited, &json!({"content": [{"type": "text", "text": "seen"}]}))).await;
            let reply = g.client.json().await;
            assert_eq!((&reply["id"], &reply["result"]["content"][0]["text"]), (&json!(2), &json!("seen")));
            assert_eq!(reply["result"]["resultType"], "complete");
        } else {
            let cancelled = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 3}});
            g.client.send(&cancelled.to_string()).await;
            assert_eq!(g.server.json().await["params"]["requestId"], awaited["id"]);
            let ended = g.server.json().await;
            assert_eq!((&ended["method"], &ended["params"]), (&json!("tasks/cancel"), &json!({"taskId": "t-1"})));
        }
    }
}

#[tokio::test]
async fn a_question_of_the_server_is_a_result_that_requires_input() {
    let mut g = translating().await;
    let call = |id: u32, more: Value| {
        let mut params = json!({"name": "look", "arguments": {"x": 1}});
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        modern(id, "tools/call", params)
    };
    g.client.send(&call(1, json!({}))).await;
    shake_hands(&mut g.server).await;
    let asked = g.server.json().await;
    let question = json!({"message": "Who?", "requestedSchema": {"type": "object", "properties": {}}});
    g.server
        .send(&json!({"jsonrpc": "2.0", "id": 0, "method": "elicitation/create", "params": question}).to_string())
        .await;
    let reply = g.client.json().await;
    assert_eq!((&reply["id"], &reply["result"]["resultType"]), (&json!(1), &json!("input_required")), "{reply}");
    assert_eq!(
        reply["result"]["inputRequests"]["input-1"],
        json!({"method": "elicitation/create", "params": question})
    );
    let state = reply["result"]["requestState"].as_str().unwrap();
    let answer = json!({"input-1": {"action": "accept", "content": {"name": "Ada"}}});

    // Not for another call, and not a made-up one.
    let other = call(2, json!({"requestState": state, "inputResponses": answer})).replace(r#""x":1"#, r#""x":2"#);
    g.client.send(&other).await;
    assert_eq!(g.client.json().await["error"]["code"], -32602);
    g.client.send(&call(3, json!({"requestState": "made up"}))).await;
    assert_eq!(g.client.json().await["error"]["code"], -32602);

    // The id is free again, and the server still waits under its own.
    g.client.send(&call(1, json!({"requestState": state, "inputResponses": answer}))).await;
    assert_eq!(
        g.server.json().await,
        json!({"jsonrpc": "2.0", "id": 0, "result": {"action": "accept", "content": {"name": "Ada"}}})
    );
    g.server.send(&with_result(&asked, &json!({"content": ["Hello Ada"]}))).await;
    let reply = g.client.json().await;
    assert_eq!((&reply["id"], &reply["result"]["content"]), (&json!(1), &json!(["Hello Ada"])));
    g.client.send(&call(4, json!({"requestState": state}))).await;
    assert_eq!(g.client.json().await["error"]["code"], -32602, "a state is valid once");
}

#[tokio::test]
async fn what_nobody_can_answer_is_refused_and_does_not_hang() {
    let mut g = translating().await;
    g.client.send(&modern(1, "tools/call", json!({"name": "look"}))).await;
    shake_hands(&mut g.server).await;
    let asked = g.server.json().await;
    // The client has not said that it can do this.
    g.server.send(r#"{"jsonrpc":"2.0","id":"s","method":"sampling/createMessage","params":{}}"#).await;
    let refusal = g.server.json().await;
    assert_eq!((&refusal["id"], &refusal["error"]["code"]), (&json!("s"), &json!(-32000)), "{refusal}");
    g.server.send(&with_result(&asked, &json!({"content": []}))).await;
    assert_eq!(g.client.json().await["id"], 1);
    // No request waits.
    g.server.send(r#"{"jsonrpc":"2.0","id":"e","method":"elicitation/create","params":{}}"#).await;
    assert_eq!(g.server.json().await["error"]["code"], -32000);
}

#[tokio::test]
async fn subscriptions_hear_of_changes_and_nobody_else_does() {
    let mut g = translating().await;
    let filter = json!({"toolsListChanged": true, "promptsListChanged": true, "resourceSubscriptions": ["test://a"]});
    g.client.send(&modern(7, "subscriptions/listen", json!({"notifications": filter}))).await;
    shake_hands(&mut g.server).await;
    let acknowledged = g.client.json().await;
    assert_eq!(acknowledged["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(
        acknowledged["params"]["notifications"],
        json!({"toolsListChanged": true, "resourceSubscriptions": ["test://a"]})
    );
    let subscribe = g.server.json().await;
    assert_eq!(
        (&subscribe["method"], &subscribe["params"]),
        (&json!("resources/subscribe"), &json!({"uri": "test://a"}))
    );
    g.server.send(&with_result(&subscribe, &json!({}))).await;
    for notification in [
        json!({"jsonrpc": "2.0", "method": "notifications/prompts/list_changed"}),
        json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "x"}}),
        json!({"jsonrpc": "2.0", "method": "notifications/resources/updated", "params": {"uri": "test://b"}}),
        json!({"jsonrpc": "2.0", "method": "notifications/resources/updated", "params": {"uri": "test://a"}}),
    ] {
        g.server.send(&notification.to_string()).await;
    }
    let updated = g.client.json().await;
    assert_eq!(
        (&updated["params"]["uri"], &updated["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"]),
        (&json!("test://a"), &json!(7))
    );
    g.client.send(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}"#).await;
    assert_eq!(g.server.json().await["method"], "resources/unsubscribe");
    g.server.send(r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#).await;
    assert!(g.client.is_silent().await);
}

#[tokio::test]
async fn a_client_and_a_server_of_one_kind_of_revisions_are_left_alone() {
    // Both of 2026-07-28.
    let mut g = translating().await;
    let discover = modern(1, "server/discover", json!({}));
    g.client.send(&discover).await;
    let probe = g.server.json().await;
    g.server.send(&with_result(&probe, &json!({"supportedVersions": ["2026-07-28"]}))).await;
    assert_eq!(g.server.receive().await, discover);
    g.server.send(r#"{"jsonrpc":"2.0","id":1,"result":{"supportedVersions": ["2026-07-28"], "x": 1.0}}"#).await;
    assert_eq!(
        g.client.receive().await,
        r#"{"jsonrpc":"2.0","id":1,"result":{"supportedVersions": ["2026-07-28"], "x": 1.0}}"#
    );
    // Both of the older ones.
    let mut g = translating().await;
    g.initialize("{}").await;
    assert!(g.passes(1, "look", "{}").await);
    g.server.send(r#"{"jsonrpc":"2.0","id":5,"method":"roots/list"}"#).await;
    assert_eq!(g.client.json().await["method"], "roots/list");
}

#[tokio::test]
async fn a_client_that_gives_up_and_initializes_is_left_alone() {
    let mut g = translating().await;
    g.client.send(&modern(1, "server/discover", json!({}))).await;
    assert_eq!(g.server.json().await["method"], "server/discover");
    let initialize = r#"{"jsonrpc":"2.0","id":2,"method":"initialize","params":{}}"#;
    g.client.send(initialize).await;
    assert_eq!(g.client.json().await["id"], 1, "the request that waited has an answer");
    assert_eq!(g.server.receive().await, initialize);
    g.server.send(r#"{"jsonrpc":"2.0","id":2,"result":{}}"#).await;
    assert_eq!(g.client.json().await["id"], 2);
    assert!(g.passes(3, "look", "{}").await);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_silent_before_the_handshake_is_reached() {
    let mut g = translating().await;
    g.client.send(&modern(1, "tools/list", json!({}))).await;
    assert_eq!(g.server.json_after(Duration::from_secs(20)).await["method"], "server/discover");
    let initialize = g.server.json_after(Duration::from_secs(20)).await;
    assert_eq!(initialize["method"], "initialize");
    g.server.send(&with_result(&initialize, &json!({"capabilities": {"tools": {}}}))).await;
    assert_eq!(g.server.json().await["method"], "notifications/initialized");
    let asked = g.server.json().await;
    g.server.send(&with_result(&asked, &json!({"tools": []}))).await;
    assert_eq!(g.client.json().await["result"]["tools"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_speaks_the_revision_late_is_left_alone() {
    let mut g = translating().await;
    let list = modern(1, "tools/list", json!({}));
    g.client.send(&list).await;
    let probe = g.server.json().await;
    assert_eq!(g.server.json_after(Duration::from_secs(20)).await["method"], "initialize");
    g.server.send(&with_result(&probe, &json!({"supportedVersions": ["2026-07-28"]}))).await;
    assert_eq!(g.server.receive().await, list);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_nothing_is_an_error_and_no_hang() {
    let mut g = translating().await;
    g.client.send(&modern(1, "tools/list", json!({}))).await;
    let reply = g.client.json_after(Duration::from_secs(60)).await;
    assert_eq!((&reply["id"], &reply["error"]["code"]), (&json!(1), &json!(-32022)), "{reply}");
}

#[tokio::test]
async fn a_server_that_ends_at_the_first_question_is_started_anew() {
    let (first, mut server) = connection();
    let (again, mut anew) = connection();
    let restart: Restart = Box::new(move || Box::pin(async move { Ok(again) }));
    let setup = Setup { translation: Translation::On(Some(restart)), ..Setup::new() };
    let (mut client, session, _) = setup.start_before(first).await;
    client.send(&modern(1, "tools/list", json!({}))).await;
    server.receive().await;
    drop(server);
    initialized(&mut anew).await;
    let asked = anew.json().await;
    anew.send(&with_result(&asked, &json!({"tools": []}))).await;
    assert_eq!(client.json().await["result"]["tools"], json!([]));
    drop(anew);
    assert_eq!(session.await.unwrap(), Ended::Server);
}
