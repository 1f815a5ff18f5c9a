//! Moves the lines of a session between the streams of a client and of a server.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;

use super::gate::Gate;
use super::replies;
use super::session::{Output, Session};

/// Longest line of either side, in bytes.
const MAX_LINE: usize = 64 << 20;
/// Most messages that wait to be written to one side.
const QUEUE: usize = 256;
/// Most bytes that are written at once, unless one message is longer.
const MAX_WRITE: usize = 256 << 10;
/// How long the output of a server is still read after the client is gone.
const AFTERWARDS: Duration = Duration::from_secs(2);

/// Which side ended a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Client,
    Server,
}

/// Both directions of a connection.
pub(crate) struct Streams<R, W> {
    pub(crate) read: R,
    pub(crate) write: W,
}

/// Runs a session until one side ends. A person may take as long as `patience` to answer a question.
pub(crate) async fn relay<CR, CW, SR, SW>(
    gate: Arc<Gate>,
    patience: Duration,
    client: Streams<CR, CW>,
    server: Streams<SR, SW>,
) -> io::Result<Ended>
where
    CR: AsyncRead + Unpin + Send + 'static,
    CW: AsyncWrite + Unpin + Send + 'static,
    SR: AsyncRead + Unpin + Send + 'static,
    SW: AsyncWrite + Unpin + Send + 'static,
{
    let (to_client, for_client) = mpsc::channel(QUEUE);
    let (to_server, for_server) = mpsc::channel(QUEUE);
    let session = Session::new(gate, patience, to_client, to_server).map_err(io::Error::other)?;
    let session = Arc::new(session);
    let mut client_writer = tokio::spawn(write(for_client, client.write));
    let server_writer = tokio::spawn(write(for_server, server.write));
    let requests = tokio::spawn(read_client(Arc::clone(&session), client.read));
    let mut replies = tokio::spawn(read_server(Arc::clone(&session), server.read));
    let ended = tokio::select! {
        _ = requests => Ended::Client,
        _ = &mut client_writer => Ended::Client,
        _ = &mut replies => Ended::Server,
    };
    match ended {
        Ended::Client => {
            // The server sees the end of its input, as it would without a guard, and may still reply.
            session.end_server().await;
            let _ = tokio::time::timeout(AFTERWARDS, &mut replies).await;
        }
        Ended::Server => session.fail_pending("the server ended before it replied").await,
    }
    session.end_client().await;
    let _ = tokio::time::timeout(AFTERWARDS, client_writer).await;
    server_writer.abort();
    replies.abort();
    Ok(ended)
}

async fn read_client(session: Arc<Session>, stream: impl AsyncRead + Unpin) {
    let mut lines = Lines::new(stream);
    while let Some(line) = lines.next().await {
        match line {
            Line::Whole(line) => session.from_client(line).await,
            Line::TooLong => session.send_to_client(replies::error(None, -32600, TOO_LONG)).await,
        }
    }
}

async fn read_server(session: Arc<Session>, stream: impl AsyncRead + Unpin) {
    let mut lines = Lines::new(stream);
    while let Some(line) = lines.next().await {
        match line {
            Line::Whole(line) => session.from_server(line).await,
            // Nobody knows which request it was the reply to.
            Line::TooLong => session.fail_pending(TOO_LONG).await,
        }
    }
}

const TOO_LONG: &str = "a message is longer than 64 MiB";

/// Writes messages, several at once if they wait, until the end or until the stream is closed.
async fn write(mut messages: mpsc::Receiver<Output>, mut stream: impl AsyncWrite + Unpin) {
    let mut bytes = Vec::new();
    while let Some(first) = messages.recv().await {
        let mut next = Some(first);
        let mut ends = false;
        bytes.clear();
        while let Some(output) = next.take() {
            match output {
                Output::Line(line) => {
                    bytes.extend_from_slice(&line);
                    bytes.push(b'\n');
                }
                Output::End => {
                    ends = true;
                    break;
                }
            }
            if bytes.len() < MAX_WRITE {
                next = messages.try_recv().ok();
            }
        }
        if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() || ends {
            break;
        }
        bytes.shrink_to(MAX_WRITE);
    }
}

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    Whole(Vec<u8>),
    TooLong,
}

/// Reads lines of bounded length.
struct Lines<R> {
    stream: BufReader<R>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(stream: R) -> Self {
        Self { stream: BufReader::with_capacity(64 << 10, stream) }
    }

    /// The next line, or `None` at the end. Text after the last line end is an incomplete message and is dropped.
    async fn next(&mut self) -> Option<Line> {
        let mut line = Vec::new();
        let mut too_long = false;
        loop {
            let bytes = self.stream.fill_buf().await.ok().filter(|bytes| !bytes.is_empty())?;
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let part = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
            too_long |= line.len() + part.len() > MAX_LINE;
            if too_long {
                line = Vec::new();
            } else {
                line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.stream.consume(used);
            if end.is_some() {
                return Some(if too_long { Line::TooLong } else { Line::Whole(line) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_bounded_and_an_incomplete_one_is_dropped() {
        let mut text = b"a\n\n".to_vec();
        text.extend(vec![b'x'; MAX_LINE + 1]);
        text.extend(b"\nb\nincomplete");
        let mut lines = Lines::new(&text[..]);
        let mut read = Vec::new();
        while let Some(line) = lines.next().await {
            read.push(line);
        }
        let whole = |text: &[u8]| Line::Whole(text.to_vec());
        assert_eq!(read, [whole(b"a"), whole(b""), Line::TooLong, whole(b"b")]);
    }
}
