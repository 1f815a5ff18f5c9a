//! Event streams that stay open: each event is bounded, the stream is not.

use futures::{Stream, StreamExt};
use reqwest::Response;
use rmcp::transport::streamable_http_client::SseError;
use sse_stream::{Sse, SseStream};

use super::super::http_fault::HttpFault;
use crate::text::root_cause::root_cause;

/// Longest event, in bytes.
const MAX_EVENT: usize = 64 << 20;

/// The events in the body of `response`.
pub(super) fn events(response: Response) -> impl Stream<Item = Result<Sse, SseError>> + Send {
    let mut size = 0;
    let bytes = response.bytes_stream().map(move |chunk| {
        let chunk = chunk.map_err(|cause| HttpFault::Broken(root_cause(&cause)))?;
        size = size_after(size, &chunk).ok_or(HttpFault::TooLong)?;
        Ok::<_, HttpFault>(chunk)
    });
    SseStream::from_bytes_stream(bytes)
}

/// The bytes of the last event after `chunk`. `None` if they are too many.
fn size_after(size: usize, chunk: &[u8]) -> Option<usize> {
    let ends = [&b"\n\n"[..], b"\r\n\r\n", b"\r\r"];
    let end = ends.iter().filter_map(|end| chunk.windows(end.len()).rposition(|bytes| bytes == *end)).max();
    let size = end.map_or(size + chunk.len(), |at| chunk.len() - at);
    (size <= MAX_EVENT).then_some(size)
}

/// The message of an event on one line. `None` if it has none.
pub(super) fn message(event: &Sse) -> Option<String> {
    let data = event.data.as_deref().unwrap_or_default().trim();
    (!data.is_empty() && event.event.as_deref().is_none_or(|kind| kind == "message")).then(|| on_one_line(data))
}

/// `json` with its line ends, which are white space there, as blanks.
pub(super) fn on_one_line(json: &str) -> String {
    json.trim().replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_bounded_and_a_stream_is_not() {
        assert_eq!(size_after(MAX_EVENT, b"data: x\n\ndata"), Some(6));
        assert_eq!(size_after(MAX_EVENT, b"x"), None);
        assert_eq!(size_after(3, b"ab"), Some(5));
    }
}
