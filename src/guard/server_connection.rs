//! The connection of a session to its server: the pipes of a process, or HTTP.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;

use super::lines::{Line, Lines, TOO_LONG, write};
use super::message::{self, RequestId};
use super::output::Output;
use super::session::Session;
use crate::source::queue::Receiver;
use crate::source::{RemoteEvent, RemoteServer};

/// Most messages that wait to be written to one side.
pub(super) const QUEUE: usize = 256;

/// Both directions of a connection.
pub(crate) struct Streams {
    pub(super) read: Box<dyn AsyncRead + Send + Unpin>,
    pub(super) write: Box<dyn AsyncWrite + Send + Unpin>,
}

impl Streams {
    pub(crate) fn new(
        read: impl AsyncRead + Send + Unpin + 'static,
        write: impl AsyncWrite + Send + Unpin + 'static,
    ) -> Self {
        Self { read: Box::new(read), write: Box::new(write) }
    }
}

/// The connection of a session to its server.
pub(crate) enum ServerConnection {
    Streams(Streams),
    Remote(RemoteServer, Receiver<RemoteEvent>),
}

/// The work of a connection. It stops when this is dropped.
pub(super) struct ServerTasks {
    reader: JoinHandle<()>,
    writer: JoinHandle<()>,
}

impl ServerConnection {
    /// Sends `messages` to the server and hands what it sends to `session`.
    pub(super) fn serve(self, session: &Arc<Session>, messages: Receiver<Output>) -> ServerTasks {
        let session = Arc::clone(session);
        match self {
            Self::Streams(Streams { read, write: stream }) => ServerTasks {
                reader: tokio::spawn(read_stream(session, read)),
                writer: tokio::spawn(write(messages, stream)),
            },
            Self::Remote(server, events) => ServerTasks {
                reader: tokio::spawn(read_events(Arc::clone(&session), events)),
                writer: tokio::spawn(send_to_remote(session, messages, server)),
            },
        }
    }
}

impl ServerTasks {
    /// Waits until the server sends nothing more. Cancel safe.
    pub(super) async fn ended(&mut self) {
        if !self.reader.is_finished() {
            // A panic of the reader is the end of it too.
            let _ = (&mut self.reader).await;
        }
    }
}

impl ServerTasks {
    /// True if the server sends nothing more.
    pub(super) fn has_ended(&self) -> bool {
        self.reader.is_finished()
    }
}

impl Drop for ServerTasks {
    fn drop(&mut self) {
        self.reader.abort();
        self.writer.abort();
    }
}

async fn read_stream(session: Arc<Session>, stream: impl AsyncRead + Unpin) {
    let mut lines = Lines::new(stream);
    while let Some(line) = lines.next().await {
        match line {
            Line::Whole(line) => session.from_server(line).await,
            // Nobody knows which request it was the reply to.
            Line::TooLong => session.fail_pending(TOO_LONG).await,
        }
    }
}

async fn read_events(session: Arc<Session>, mut events: Receiver<RemoteEvent>) {
    while let Some(event) = events.recv().await {
        match event {
            RemoteEvent::Message(text) => session.from_server(text.into_bytes()).await,
            RemoteEvent::Failed { id, why, may_have_acted } => {
                if let Some(id) = RequestId::parse(&id) {
                    session.fail_request(&id, &why, may_have_acted).await;
                }
            }
            RemoteEvent::NewSession => session.tools_may_have_changed().await,
            RemoteEvent::Ended(_) => return,
        }
    }
}

async fn send_to_remote(session: Arc<Session>, mut messages: Receiver<Output>, mut server: RemoteServer) {
    while let Some(Output::Line(line)) = messages.recv().await {
        // The session has parsed it as UTF-8.
        let Ok(line) = String::from_utf8(line) else { continue };
        let id = message::request_id(&line);
        if !server.send(line).await
            && let Some(id) = id
        {
            session.fail_request(&id, "the request cannot be read, so it was not sent", false).await;
        }
    }
    server.close().await;
}
