//! Reads and writes messages, one a line.

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};

use super::output::Output;
use crate::source::queue::Receiver;

/// Longest line of either side, in bytes.
const MAX_LINE: usize = 64 << 20;
/// Most bytes that are written at once, unless one message is longer.
const MAX_WRITE: usize = 256 << 10;
/// Why a longer line is not passed on.
pub(super) const TOO_LONG: &str = "a message is longer than 64 MiB";

/// Writes messages, several at once if they wait, until the end or until the stream is closed.
pub(super) async fn write(mut messages: Receiver<Output>, mut stream: impl AsyncWrite + Unpin) {
    let mut bytes = Vec::new();
    while let Some(first) = messages.recv().await {
        let mut next = Some(first);
        let mut ends = false;
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
                next = messages.try_recv();
            }
        }
        if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() || ends {
            break;
        }
        bytes.clear();
        bytes.shrink_to(MAX_WRITE);
    }
}

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Whole(Vec<u8>),
    TooLong,
}

/// Reads lines of bounded length.
pub(super) struct Lines<R> {
    stream: BufReader<R>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(stream: R) -> Self {
        Self { stream: BufReader::with_capacity(64 << 10, stream) }
    }

    /// The next line, or `None` at the end. Text after the last line end is an incomplete message and is dropped.
    pub(super) async fn next(&mut self) -> Option<Line> {
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
