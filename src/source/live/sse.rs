//! The older HTTP+SSE transport (protocol 2024-11-05). The server sends its messages as events of one stream; the first
//! event names the URL for our messages.

use std::pin::Pin;
use std::time::Duration;

use futures::{Stream, StreamExt};
use reqwest::header::ACCEPT;
use reqwest::{Client, Response};
use rmcp::RoleClient;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::streamable_http_client::SseError;
use sse_stream::Sse;
use tokio::time::timeout_at;
use url::Url;

use super::http::{self, EVENTS};
use super::http_fault::HttpFault;
use super::journal::Journal;
use super::wire::{Replies, Wire};
use crate::text::clean;

/// Maximum number of bytes read from the stream, which carries all pages of a listing.
const MAX_STREAM: usize = 64 << 20;
/// Timeout for posting a message. The reply comes through the stream.
const POST_LIMIT: Duration = Duration::from_secs(10);

/// The events of a stream.
pub(crate) type Events = Pin<Box<dyn Stream<Item = Result<Sse, SseError>> + Send>>;

/// The transport for a server that supports it.
pub(crate) struct SseTransport {
    http: Client,
    endpoint: Url,
    events: Events,
    wire: Wire,
    journal: Journal,
}

impl SseTransport {
    /// Opens the stream at `url`. `None` if there is none.
    pub(crate) async fn connect(url: &Url, http: Client, journal: Journal) -> Result<Option<Self>, HttpFault> {
        let opened = open(url, &http, |response| http::events(response, MAX_STREAM)).await?;
        Ok(opened.map(|(endpoint, events)| {
            let wire = Wire::new(Replies::ById, journal.clone());
            Self { http, endpoint, events, wire, journal }
        }))
    }
}

/// Opens the stream at `url` and returns the URL for our messages, with the rest of the events. `None` if there is none.
pub(crate) async fn open<S>(
    url: &Url,
    http: &Client,
    read: impl FnOnce(Response) -> S,
) -> Result<Option<(Url, Events)>, HttpFault>
where
    S: Stream<Item = Result<Sse, SseError>> + Send + 'static,
{
    let answered = http.get(url.clone()).header(ACCEPT, EVENTS).send().await;
    let Ok(response) = answered else { return Ok(None) };
    if !response.status().is_success() || http::content_type(&response) != EVENTS {
        return Ok(None);
    }
    let mut events: Events = Box::pin(read(response));
    while let Some(event) = events.next().await {
        let Sse { event, data, .. } = event.map_err(http::event_fault)?;
        if event.as_deref() == Some("endpoint") {
            let endpoint = endpoint(url, data.unwrap_or_default().trim())?;
            return Ok(Some((endpoint, events)));
        }
    }
    Ok(None)
}

/// The URL for our messages. It must have the origin of the stream, because the headers of `--header` are sent there.
fn endpoint(url: &Url, named: &str) -> Result<Url, HttpFault> {
    let joined = url.join(named).ok().filter(|endpoint| endpoint.origin() == url.origin());
    joined.ok_or_else(|| HttpFault::Endpoint(clean::excerpt(named, 200)))
}

impl Transport<RoleClient> for SseTransport {
    type Error = HttpFault;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), HttpFault>> + Send + 'static {
        self.wire.sent(&item);
        let request = self.http.post(self.endpoint.clone()).timeout(POST_LIMIT).json(&item);
        let journal = self.journal.clone();
        async move {
            let sent = match request.send().await {
                Ok(response) if response.status().is_success() => return Ok(()),
                Ok(response) => http::status_fault(response).await,
                Err(cause) => http::connection_fault(cause),
            };
            journal.fault(sent.clone());
            Err(sent)
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            let next = match self.wire.limit_for_id() {
                None => self.events.next().await,
                Some(limit) => match timeout_at(limit, self.events.next()).await {
                    Ok(next) => next,
                    Err(_) => match self.wire.end_misaddressed() {
                        Some(message) => return Some(message),
                        None => continue,
                    },
                },
            };
            match next? {
                Ok(event) => {
                    if let Some(message) = self.wire.received(event.data.unwrap_or_default().as_bytes()) {
                        return Some(message);
                    }
                }
                Err(cause) => {
                    self.journal.fault(http::event_fault(cause));
                    return None;
                }
            }
        }
    }

    async fn close(&mut self) -> Result<(), HttpFault> {
        self.events = Box::pin(futures::stream::empty());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_go_to_the_origin_of_the_stream() {
        let url = Url::parse("https://host.example/sse").unwrap();
        let posted = |named: &str| endpoint(&url, named).map(|url| url.to_string());
        assert_eq!(posted("/messages?id=1").unwrap(), "https://host.example/messages?id=1");
        for elsewhere in ["https://other.example/m", "//other.example/m", "http://host.example/m", "file:///etc/passwd"]
        {
            assert!(matches!(posted(elsewhere), Err(HttpFault::Endpoint(_))), "{elsewhere}");
        }
    }
}
