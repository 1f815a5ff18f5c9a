//! The responses to requests over HTTP.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, Stream, StreamExt};

use super::answers::{Answers, ClientMessage};
use super::reply_room::Reply;
use crate::guard::message::RequestId;
use crate::guard::replies;

/// How long a reply is waited for before a stream begins.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a silent stream gets a comment, so that nothing on the way takes it for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A refusal in words.
pub(super) fn refusal(status: StatusCode, text: &str) -> Response {
    (status, format!("{text}\n")).into_response()
}

/// An error reply.
pub(super) fn error(status: StatusCode, id: Option<&RequestId>, code: i32, text: &str) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], replies::error(id, code, text)).into_response()
}

/// The reply if it comes soon and first, or else a stream that ends with it.
pub(super) async fn reply<A: Answers>(mut answers: A) -> Response {
    match tokio::time::timeout(PATIENCE, answers.next()).await {
        Ok(Some(ClientMessage::Last(reply))) => {
            let length = reply.line.len().to_string();
            (
                A::status(&reply.line),
                [(CONTENT_TYPE, "application/json".to_owned()), (CONTENT_LENGTH, length)],
                body(reply),
            )
                .into_response()
        }
        Ok(Some(first @ ClientMessage::Before(_))) => events(stream::iter([first]).chain(until_the_last(answers))),
        Ok(None) if answers.session_is_over() => refusal(StatusCode::BAD_GATEWAY, "the session ended before the reply"),
        // The client has cancelled the request.
        Ok(None) => events(stream::empty()),
        Err(_) => events(until_the_last(answers)),
    }
}

/// The reply as a body, which takes its room until it is written.
fn body(Reply { line, held }: Reply) -> Body {
    let parts = stream::unfold((Some(line), held), async |(line, held)| {
        let line = line?;
        Some((Ok::<_, Infallible>(line), (None, held)))
    });
    Body::from_stream(parts)
}

fn until_the_last(answers: impl Answers) -> impl Stream<Item = ClientMessage> + Send {
    stream::unfold(Some(answers), async |answers| {
        let mut answers = answers?;
        let answer = answers.next().await?;
        let rest = matches!(answer, ClientMessage::Before(_)).then_some(answers);
        Some((answer, rest))
    })
}

/// A stream of messages.
pub(super) fn events(messages: impl Stream<Item = ClientMessage> + Send + 'static) -> Response {
    // The room of a reply is free again once more is asked for, or nothing.
    let events = stream::unfold((Box::pin(messages), None), async |(mut messages, _written)| {
        let message = messages.next().await?;
        // A carriage return ends a line of the stream; in JSON it is white space.
        let text = String::from_utf8_lossy(message.line()).replace('\r', " ");
        Some((Ok::<_, Infallible>(Event::default().event("message").data(text)), (messages, Some(message))))
    });
    let stream = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    (
        [(CACHE_CONTROL, "no-cache, no-transform"), (axum::http::HeaderName::from_static("x-accel-buffering"), "no")],
        stream,
    )
        .into_response()
}
