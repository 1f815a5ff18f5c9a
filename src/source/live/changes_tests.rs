//! Servers that announce other tools after their listing.

use serde_json::{Value, json};

use super::cases::{Answer, good, line, reply, run, tool};

/// A server that announces other tools with its listing, and lists `later` from the second time on.
fn announcing(method: &str, request: &Value, later: &[&str], times: u64) -> Vec<u8> {
    // Requests are numbered: the handshake takes the first two.
    let number = request["id"].as_u64().unwrap_or_default();
    match method {
        "initialize" => reply(
            request,
            json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {"listChanged": true}},
                "serverInfo": {"name": "s", "version": "1"}}),
        ),
        "tools/list" => {
            let names = if number <= 2 { &["a"] } else { later };
            let tools: Vec<Value> = names.iter().map(|name| tool(name)).collect();
            let mut answer = reply(request, json!({"tools": tools}));
            if number < 2 + times {
                answer.extend(line(json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})));
            }
            answer
        }
        _ => good(method, request),
    }
}

#[tokio::test]
async fn tools_that_are_announced_after_the_listing_are_listed() {
    let cases: [(Answer, &str, &str); 4] = [
        (|method, request| announcing(method, request, &["a", "late"], 1), "a late", ""),
        (|method, request| announcing(method, request, &["late"], 1), "late", "tools-taken-back"),
        (|method, request| announcing(method, request, &["a"], 99), "a", "changed-tools-not-listed"),
        (|method, request| announcing(method, request, &["a", "late"], 0), "a", ""),
    ];
    for (at, (answer, tools, deviations)) in cases.into_iter().enumerate() {
        let outcome = run(answer).await;
        assert_eq!((outcome.tools(), outcome.deviations.as_str()), (tools, deviations), "case {at}");
    }
}
