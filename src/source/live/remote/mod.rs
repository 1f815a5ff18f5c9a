//! A server over HTTP that is used and not only listed. Messages are sent and returned as they were written.
//!
//! Speaks streamable HTTP of all revisions, and HTTP+SSE (2024-11-05) where the server has only that.

mod connection;
mod event;
mod fault;
mod headers;
mod outgoing;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use url::Url;

use super::queue::{Receiver, queue};
use super::{http, socket};
use crate::source::Options;
use crate::source::secret::KnownSecrets;
use connection::Connection;
pub(crate) use event::RemoteEvent;
use outgoing::{MessageKind, Outgoing};

/// Most messages of a server that wait to be read.
const QUEUE: usize = 256;
/// How long running requests may go on after the client is gone.
const AFTERWARDS: Duration = Duration::from_secs(2);

/// Where a server is, and what is sent to it with every request.
#[derive(Debug, Clone)]
pub(crate) struct RemoteAddress {
    http: reqwest::Client,
    url: Url,
    secrets: KnownSecrets,
}

/// The connection of one client to a server. All of it ends when this is dropped.
pub(crate) struct RemoteServer {
    connection: Arc<Connection>,
    requests: JoinSet<()>,
    /// Streams that belong to no request.
    streams: JoinSet<()>,
}

/// Why a server cannot be reached at its address.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AddressError {
    #[error(transparent)]
    Header(#[from] http::HeaderError),
    #[error(transparent)]
    Http(#[from] super::http_fault::HttpFault),
}

impl RemoteAddress {
    /// The server at `url`, reached with the headers of `options`.
    pub(crate) fn new(url: &Url, options: &Options, secrets: KnownSecrets) -> Result<Self, AddressError> {
        let headers = http::headers(&options.headers)?;
        let (socket, url) = socket::socket(url).map_or((None, url.clone()), |(socket, url)| (Some(socket), url));
        let http = http::client(headers, socket, options)?;
        Ok(Self { http, url, secrets })
    }

    /// A new connection. Its events arrive at the receiver.
    pub(crate) fn open(&self) -> (RemoteServer, Receiver<RemoteEvent>) {
        let (events, receiver) = queue(QUEUE);
        let connection = Connection::new(self.http.clone(), self.url.clone(), self.secrets.clone(), events);
        let server =
            RemoteServer { connection: Arc::new(connection), requests: JoinSet::new(), streams: JoinSet::new() };
        (server, receiver)
    }
}

impl RemoteServer {
    /// Sends the message `line`. Replies to requests arrive as events. False if `line` is not a message, so that it was not
    /// sent.
    pub(crate) async fn send(&mut self, line: String) -> bool {
        while self.requests.try_join_next().is_some() {}
        let Some(message) = Outgoing::parse(line) else { return false };
        let connection = Arc::clone(&self.connection);
        match message.kind {
            // All that follows needs the session.
            MessageKind::Request if message.method == "initialize" => {
                if let Some(stream) = connection.initialize(message).await {
                    self.streams.spawn(stream);
                }
            }
            MessageKind::Request => {
                let id = message.id.clone();
                let handle = self.requests.spawn(async move { connection.request(message).await });
                self.connection.remember(id, handle);
            }
            MessageKind::Notification | MessageKind::Response => {
                let is_initialized = message.method == "notifications/initialized";
                connection.notify(message).await;
                if is_initialized {
                    self.streams.spawn(async move { connection.listen().await });
                }
            }
        }
        true
    }

    /// Ends the connection: running requests get a moment, then the session is deleted at the server.
    pub(crate) async fn close(mut self) {
        let finished = async { while self.requests.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(AFTERWARDS, finished).await;
        self.connection.delete_session().await;
    }
}
