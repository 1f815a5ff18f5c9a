//! Several servers as one.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::duplex;

use super::session_in_memory::{End, Setup, connection, streams};
use crate::guard::Translation;
use crate::guard::several::{OneOfSeveral, relay_several};

/// A client and the servers `a` and `b` behind one guard.
async fn two() -> (End, End, End) {
    let (mut several, mut ends) = (Vec::new(), Vec::new());
    for name in ["a", "b"] {
        let (connection, end) = connection();
        let (gate, _) = Setup::new().gate().await;
        several.push(OneOfSeveral { name: name.into(), gate, connection, translation: Translation::On(None) });
        ends.push(end);
    }
    let (client, ours) = duplex(1 << 20);
    tokio::spawn(relay_several(several, Duration::from_millis(200), streams(ours)));
    let (b, a) = (ends.pop().unwrap(), ends.pop().unwrap());
    (End::new(client), a, b)
}

fn request(id: u32, method: &str, params: Value) -> String {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()
}

fn result(request: &Value, result: Value) -> String {
    json!({"jsonrpc": "2.0", "id": request["id"], "result": result}).to_string()
}

async fn answer(server: &mut End, with: Value) -> Value {
    let asked = server.json().await;
    server.send(&result(&asked, with)).await;
    asked
}

async fn initialized() -> (End, End, End) {
    let (mut client, mut a, mut b) = two().await;
    client.send(&request(1, "initialize", json!({}))).await;
    answer(
        &mut a,
        json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "instructions": "One.\nTwo."}),
    )
    .await;
    answer(
        &mut b,
        json!({"protocolVersion": "2025-03-26", "capabilities": {"tools": {"listChanged": true}, "prompts": {}}}),
    )
    .await;
    let reply = client.json().await;
    assert_eq!(reply["result"]["protocolVersion"], "2025-03-26", "the oldest");
    assert_eq!(reply["result"]["capabilities"], json!({"tools": {"listChanged": true}, "prompts": {}}));
    assert_eq!(reply["result"]["instructions"], "The tools a__* are of the server a. It says:\nOne.\nTwo.");
    (client, a, b)
}

#[tokio::test]
async fn questions_of_servers_with_one_id_are_told_apart() {
    let (mut client, mut a, mut b) = initialized().await;
    a.send(&request(1, "elicitation/create", json!({"message": "a"}))).await;
    let of_a = client.json().await;
    b.send(&request(1, "elicitation/create", json!({"message": "b"}))).await;
    let of_b = client.json().await;
    assert_ne!(of_a["id"], of_b["id"]);
    client.send(&result(&of_b, json!({"of": "b"}))).await;
    assert_eq!(b.json().await, json!({"jsonrpc": "2.0", "id": 1, "result": {"of": "b"}}));
    client.send(&result(&of_a, json!({"of": "a"}))).await;
    assert_eq!(a.json().await, json!({"jsonrpc": "2.0", "id": 1, "result": {"of": "a"}}));
    // An answer to nothing reaches nobody.
    client.send(&result(&of_a, json!({}))).await;
    assert!(a.is_silent().await && b.is_silent().await);
}

#[tokio::test]
async fn a_call_and_its_end_reach_one_server() {
    let (mut client, mut a, mut b) = initialized().await;
    let call = json!({"name": "b__look", "arguments": {"x": 1}});
    client.send(&request(7, "tools/call", call)).await;
    assert_eq!(b.json().await["params"], json!({"name": "look", "arguments": {"x": 1}}));
    let progress = r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}"#;
    b.send(progress).await;
    assert_eq!(client.receive().await, progress);
    let cancelled = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}"#;
    client.send(cancelled).await;
    assert_eq!(b.receive().await, cancelled);
    assert!(a.is_silent().await);
    b.send(r#"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"x:y"}}"#).await;
    assert_eq!(client.json().await["params"]["uri"], "b+x:y");
}

#[tokio::test]
async fn a_subscription_has_one_acknowledgment() {
    let (mut client, mut a, mut b) = two().await;
    let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28"});
    let filter = json!({"toolsListChanged": true, "resourceSubscriptions": ["a+x:1", "b+y:2"]});
    client.send(&request(5, "subscriptions/listen", json!({"_meta": meta, "notifications": filter}))).await;
    for (server, uri) in [(&mut a, "x:1"), (&mut b, "y:2")] {
        // It speaks the client's revision.
        answer(server, json!({"supportedVersions": ["2026-07-28"]})).await;
        let listen = server.json().await;
        assert_eq!(
            listen["params"]["notifications"],
            json!({"toolsListChanged": true, "resourceSubscriptions": [uri]})
        );
        let meta = json!({"io.modelcontextprotocol/subscriptionId": 5});
        let params = json!({"_meta": meta, "notifications": {"resourceSubscriptions": [uri]}});
        let acknowledged =
            json!({"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged", "params": params});
        server.send(&acknowledged.to_string()).await;
    }
    let acknowledged = client.json().await;
    let mut resources: Vec<&str> = acknowledged["params"]["notifications"]["resourceSubscriptions"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    resources.sort_unstable();
    assert_eq!(resources, ["a+x:1", "b+y:2"], "{acknowledged}");
    assert!(client.is_silent().await);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_is_left_out_of_a_list() {
    let (mut client, mut a, mut b) = initialized().await;
    client.send(&request(2, "tools/list", json!({}))).await;
    answer(&mut b, json!({"tools": [{"name": "look"}]})).await;
    assert_eq!(a.json().await["method"], "tools/list");
    let reply = client.json_after(Duration::from_secs(40)).await;
    assert_eq!(reply["result"]["tools"], json!([{"name": "b__look"}]));
}
