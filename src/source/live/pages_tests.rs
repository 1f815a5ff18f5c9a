//! Tests with servers that answer the first page and not the next one, or under the ids of other requests.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::cases::{Answer, good, refuse, reply, run, run_with, tool};
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
    for (answer, why) in [(refused, "Method not found"), (silent, "in time"), (ended, "the connection ended")] {
        let outcome = run(answer).await;
        assert_eq!((outcome.tools(), outcome.deviations.as_str()), ("a", "listing-incomplete"), "{}", outcome.error());
        assert!(outcome.texts.contains(why), "{}", outcome.texts);
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
    for (answer, why) in [(unknown, "the id x instead of"), (of_another, "the id 0 instead of")] {
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
