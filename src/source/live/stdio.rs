//! A transport over two byte streams with one message per line, through the lenient [`Wire`].

use std::io;
use std::sync::Arc;

use rmcp::RoleClient;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::Mutex;
use tokio::time::timeout_at;

use super::journal::Journal;
use super::wire::{Replies, Wire};
use crate::source::bounds::MAX_MESSAGE;

/// The transport to a server that reads from `writer` and writes to `reader`.
pub(crate) struct StdioTransport<R, W> {
    reader: BufReader<R>,
    /// `None` after closing. Shared, because rmcp needs sends that do not borrow the transport.
    writer: Arc<Mutex<Option<W>>>,
    wire: Wire,
    journal: Journal,
    line: Vec<u8>,
    /// Whether the rest of the current line is skipped because the line is too long.
    skipping: bool,
    ended: bool,
}

impl<R: AsyncRead + Unpin, W> StdioTransport<R, W> {
    /// Creates a transport that reports its observations to `journal`.
    pub(crate) fn new(reader: R, writer: W, journal: Journal) -> Self {
        Self {
            reader: BufReader::with_capacity(64 << 10, reader),
            writer: Arc::new(Mutex::new(Some(writer))),
            wire: Wire::new(Replies::ById, journal.clone()),
            journal,
            line: Vec::new(),
            skipping: false,
            ended: false,
        }
    }

    /// The next message, or `None` at the end. Cancel safe, because partial input stays in `self.line`.
    async fn next(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        while !self.ended {
            let reading = read_some(&mut self.reader, &mut self.line);
            let read = match self.wire.limit_for_id() {
                None => reading.await,
                Some(limit) => match timeout_at(limit, reading).await {
                    Ok(read) => read,
                    Err(_) => match self.wire.end_misaddressed() {
                        Some(message) => return Some(message),
                        None => continue,
                    },
                },
            };
            let complete = match read {
                Ok(Some(complete)) => complete,
                Ok(None) | Err(_) => {
                    self.ended = true;
                    true
                }
            };
            let message = if complete {
                let skipped = std::mem::take(&mut self.skipping);
                let message = if skipped { None } else { self.wire.received(&self.line) };
                self.line.clear();
                message
            } else if self.line.len() > MAX_MESSAGE {
                self.line.clear();
                self.skipping = true;
                self.wire.too_long()
            } else {
                None
            };
            if message.is_some() {
                return message;
            }
        }
        None
    }
}

/// Moves available bytes up to a newline into `line`. True if the line is complete, `None` at the end.
async fn read_some(reader: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    let there = reader.fill_buf().await?;
    if there.is_empty() {
        return Ok(None);
    }
    let (part, complete) = match there.iter().position(|byte| *byte == b'\n') {
        Some(end) => (there.get(..=end).unwrap_or(there), true),
        None => (there, false),
    };
    let read = part.len();
    line.extend_from_slice(part);
    reader.consume(read);
    Ok(Some(complete))
}

impl<R, W> Transport<RoleClient> for StdioTransport<R, W>
where
    R: AsyncRead + Unpin + Send,
    W: AsyncWrite + Unpin + Send + 'static,
{
    type Error = io::Error;

    fn send(&mut self, item: TxJsonRpcMessage<RoleClient>) -> impl Future<Output = io::Result<()>> + Send + 'static {
        self.wire.sent(&item);
        let (writer, journal) = (Arc::clone(&self.writer), self.journal.clone());
        async move {
            let mut bytes = serde_json::to_vec(&item)?;
            bytes.push(b'\n');
            let mut writer = writer.lock().await;
            let writer = writer.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
            writer.write_all(&bytes).await?;
            journal.bytes_sent(bytes.len());
            writer.flush().await
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        self.next().await
    }

    async fn close(&mut self) -> io::Result<()> {
        *self.writer.lock().await = None;
        Ok(())
    }
}
