//! The connections of clients over HTTP: how many there may be, and how long one may be of no use.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

/// Most connections at once. More wait until one ends.
const MAX_CONNECTIONS: usize = 2_000;
/// How long a connection may go on without a response, or a part of one: the head of a request that does not arrive, a
/// client that does not read. A stream that waits has a comment more often.
const PATIENCE: Duration = Duration::from_secs(60);

/// Accepts a bounded number of connections.
pub(super) struct Connections<L = TcpListener> {
    listener: L,
    permits: Arc<Semaphore>,
}

/// A connection that ends by itself if nothing is written to it for too long.
pub(super) struct Connection<S = TcpStream> {
    stream: S,
    deadline: Pin<Box<Sleep>>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl<L> Connections<L> {
    pub(super) fn new(listener: L) -> Self {
        Self { listener, permits: Arc::new(Semaphore::new(MAX_CONNECTIONS)) }
    }
}

impl<L: Listener> Listener for Connections<L> {
    type Io = Connection<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Connection<L::Io>, L::Addr) {
        // Nobody closes the semaphore.
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
        let (stream, address) = self.listener.accept().await;
        (Connection::new(stream, permit), address)
    }

    fn local_addr(&self) -> io::Result<L::Addr> {
        self.listener.local_addr()
    }
}

impl<S> Connection<S> {
    fn new(stream: S, permit: Option<OwnedSemaphorePermit>) -> Self {
        Self { stream, deadline: Box::pin(sleep(PATIENCE)), _permit: permit }
    }

    /// An error once the time is over.
    fn poll_deadline<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        ready!(self.deadline.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn put_off(&mut self) {
        self.deadline.as_mut().reset(Instant::now() + PATIENCE);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Pending => self.poll_deadline(context),
            read @ Poll::Ready(_) => read,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Pending => self.poll_deadline(context),
            written @ Poll::Ready(_) => {
                self.put_off();
                written
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_sends_or_reads_too_slowly_is_cut_off() {
        let (mut client, server) = duplex(64);
        let mut connection = Connection::new(server, None);
        tokio::spawn(async move {
            while client.write_all(b"x").await.is_ok() {
                sleep(Duration::from_secs(10)).await;
            }
        });
        let begun = Instant::now();
        let mut bytes = Vec::new();
        let cut = connection.read_to_end(&mut bytes).await.unwrap_err();
        assert_eq!((cut.kind(), begun.elapsed(), bytes.len()), (io::ErrorKind::TimedOut, PATIENCE, 6));
        let (_client, server) = duplex(64);
        let mut connection = Connection::new(server, None);
        let cut = connection.write_all(&[0; 1_000]).await.unwrap_err();
        assert_eq!((cut.kind(), begun.elapsed()), (io::ErrorKind::TimedOut, 2 * PATIENCE));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_with_comments_stays() {
        let (mut client, server) = duplex(1 << 20);
        let mut connection = Connection::new(server, None);
        let reading = tokio::spawn(async move { client.read_to_end(&mut Vec::new()).await });
        for _ in 0..100 {
            connection.write_all(b":\n\n").await.unwrap();
            let waited = tokio::time::timeout(Duration::from_secs(15), connection.read_u8()).await;
            assert!(waited.is_err(), "the connection is open");
        }
        drop(connection);
        assert_eq!(reading.await.unwrap().unwrap(), 300);
    }
}
