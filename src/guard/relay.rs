//! A session with a client over two streams, one message a line.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncRead;

use super::call_gate::CallGate;
use super::error_codes::INVALID_REQUEST;
use super::lines::{Line, Lines, TOO_LONG, write};
use super::replies;
use super::restarting::{Translation, until_it_ends};
use super::server_connection::{QUEUE, ServerConnection, Streams};
use super::session::Session;
use crate::source::queue::queue;

/// How long calls are still decided after the client is gone, and how long the server's output is then read.
const AFTERWARDS: Duration = Duration::from_secs(2);

/// Which side ended a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Client,
    Server,
}

/// Runs a session until one side ends. A person may take as long as `patience` to answer a question.
pub(crate) async fn relay(
    gate: Arc<CallGate>,
    patience: Duration,
    client: Streams,
    server: ServerConnection,
    translation: Translation,
) -> io::Result<Ended> {
    let (to_client, for_client) = queue(QUEUE);
    let (to_server, for_server) = queue(QUEUE);
    let (link, mut restart) = translation.link(to_server);
    let session = Session::new(gate, patience, to_client, link).map_err(io::Error::other)?;
    let session = Arc::new(session);
    let mut client_writer = tokio::spawn(write(for_client, client.write));
    let mut server = server.serve(&session, for_server);
    let requests = tokio::spawn(read_client(Arc::clone(&session), client.read));
    let ended = tokio::select! {
        _ = requests => Ended::Client,
        _ = &mut client_writer => Ended::Client,
        () = until_it_ends(&session, &mut server, &mut restart) => Ended::Server,
    };
    match ended {
        Ended::Client => {
            // What the client sent before it ended is still passed on.
            let _ = tokio::time::timeout(AFTERWARDS, session.calls_are_decided()).await;
            // The server sees the end of its input, as it would without a guard, and may still reply.
            let ended = async {
                session.server.end().await;
                server.ended().await;
            };
            // A server that does not read does not take the end either.
            let _ = tokio::time::timeout(AFTERWARDS, ended).await;
        }
        Ended::Server => session.fail_pending("the server ended before it replied").await,
    }
    let written = async {
        session.end_client().await;
        client_writer.await
    };
    let _ = tokio::time::timeout(AFTERWARDS, written).await;
    Ok(ended)
}

async fn read_client(session: Arc<Session>, stream: impl AsyncRead + Unpin) {
    let mut lines = Lines::new(stream);
    while let Some(line) = lines.next().await {
        match line {
            Line::Whole(line) => session.from_client(line).await,
            Line::TooLong => session.send_to_client(replies::error(None, INVALID_REQUEST, TOO_LONG)).await,
        }
    }
}
