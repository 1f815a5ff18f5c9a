//! Tests with servers that answer the first page and not the next one, or under the ids of other requests.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::cases::{Answer, good, line, refuse, reply, run, run_with, tool};
use crate::source::Options;

#[tokio::test(start_paused = true)]
async fn a_page_that_is_refused_costs_no_page_before_it() {
    fn paged(request: &Value, further: Vec<u8>) -> Vec<u8> {
        match request["params"]["cursor"].as_str() {
            None => reply(request, json!({"tools": [tool("a")], "nextCursor": "2"})),
            Some(_) => further,
        }
    }
    let refused: Answer = |method, r| if method == "tools/list" { paged(r, refuse(r)) } else { good(method, r) };
    let silent: Answer = |method, r| if method == "tools/list" { paged(r, Vec::new()) } else { good(method, r) };
    let ended: Answer = |method, r| if method == "tools/list" { paged(r, b"END".to_vec()) } else { good(method, r) };
    for answer in [refused, silent, ended] {
        let outcome = run(answer).await;
        assert_eq!((outcome.tools(), outcome.deviations.as_str()), ("a", "listing-incomplete"), "{}", outcome.error());
    }
}

#[tokio::test(start_paused = true)]
async fn answers_with_other_ids_end_the_wait_soon() {
    fn with_id(id: Value, request: &Value) -> Vec<u8> {
        good(
            request["method"].as_str().unwrap(),
            &json!({"id": id, "method": request["method"], "params": request["params"]}),
        )
    }
    let unknown: Answer = |_, request| with_id(json!("x"), request);
    let of_another: Answer = |method, r| if method == "tools/list" { with_id(json!(0), r) } else { good(method, r) };
    let options = || Options {
        start_timeout: Duration::from_secs(15),
        request_timeout: Duration::from_secs(15),
        ..Options::default()
    };
    for (answer, why) in [(unknown, "its id, x, is not that"), (of_another, "its id, 0, is not that")] {
        let before = Instant::now();
        let outcome = run_with(answer, options()).await;
        assert!(outcome.error().contains(why), "{}", outcome.error());
        assert!(before.elapsed() < Duration::from_secs(6), "{:?}", before.elapsed());
    }
    // One that was meant for nobody, and the right one after it.
    let both: Answer = |method, r| match method {
        "tools/list" => [with_id(json!("x"), r), good(method, r)].concat(),
        _ => good(method, r),
    };
    let outcome = run_with(both, options()).await;
    assert_eq!((outcome.tools(), outcome.deviations.as_str()), ("a b", "reply-with-unknown-id"));
}

#[tokio::test]
async fn a_page_that_says_in_other_words_that_it_is_not_all_fails_a_gate() {
    let spelled: Answer = |method, r| match method {
        "tools/list" => reply(r, json!({"tools": [tool("a")], "next_cursor": "2"})),
        _ => good(method, r),
    };
    let elsewhere: Answer = |method, r| match method {
        "tools/list" => reply(r, json!({"tools": [tool("a")], "_meta": {"nextCursor": "2"}})),
        _ => good(method, r),
    };
    let asks: Answer = |method, r| match method {
        "tools/list" => reply(r, json!({"resultType": "input_required", "tools": []})),
        _ => good(method, r),
    };
    for (answer, id) in [(spelled, "cursor-elsewhere"), (elsewhere, "cursor-elsewhere"), (asks, "result-not-complete")]
    {
        assert_eq!(run(answer).await.deviations, id);
    }
    let last: Answer = |method, r| match method {
        "tools/list" => reply(r, json!({"resultType": "complete", "tools": [tool("a")], "next_cursor": null})),
        _ => good(method, r),
    };
    assert_eq!(run(last).await.deviations, "");
}

/// A server that cannot read a request says so without its id.
#[tokio::test]
async fn a_server_that_cannot_read_a_request_is_no_answer_that_cannot_be_read() {
    let strict: Answer = |method, r| match method {
        "server/discover" => {
            line(json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32700, "message": "Parse error"}}))
        }
        _ => good(method, r),
    };
    let outcome = run(strict).await;
    assert_eq!(outcome.tools(), "a b", "{}", outcome.error());
}
