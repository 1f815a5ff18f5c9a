//! Servers that answer as they should not.

use serde_json::json;

use super::session_in_memory::{call, guarded};

fn result(id: u32, text: &str) -> String {
    json!({"jsonrpc": "2.0", "id": id, "result": {"content": [{"type": "text", "text": text}]}}).to_string()
}

fn error(id: u32) -> String {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32603, "message": "no"}}).to_string()
}

#[tokio::test]
async fn a_second_answer_is_dropped_and_gives_no_second_call_back() {
    let mut g = guarded().await;
    assert!(g.passes(1, "change", "{}").await);
    g.client.send(&call(2, "change", "{}")).await;
    g.server.receive().await;
    // The call is given back once, and the client has one answer.
    for answer in [error(2), error(2), result(2, "late"), error(1)] {
        g.server.send(&answer).await;
    }
    assert_eq!(g.client.receive().await, error(2));
    assert!(g.client.is_silent().await);
    assert!(g.passes(3, "change", "{}").await);
    assert!(!g.passes(4, "change", "{}").await, "two a day");
}

#[tokio::test]
async fn answers_out_of_order_reach_their_calls() {
    let mut g = guarded().await;
    for id in 1..=20 {
        g.client.send(&call(id, "look", "{}")).await;
        g.server.receive().await;
    }
    for id in (1..=20).rev() {
        g.server.send(&result(id, &id.to_string())).await;
        assert_eq!(g.client.receive().await, result(id, &id.to_string()));
    }
    g.server.send(&result(99, "nobody asked")).await;
    assert!(g.client.is_silent().await);
}

#[tokio::test]
async fn an_answer_that_comes_after_its_call_was_cancelled_is_dropped() {
    let mut g = guarded().await;
    g.client.send(&call(1, "change", "{}")).await;
    g.server.receive().await;
    let cancelled = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#;
    g.client.send(cancelled).await;
    assert_eq!(g.server.receive().await, cancelled);
    g.server.send(&error(1)).await;
    assert!(g.client.is_silent().await);
    // It stays counted, although its late answer is an error: the server may have made it.
    assert!(g.passes(2, "change", "{}").await);
    assert!(!g.passes(3, "change", "{}").await);
}
