//! A transport over stdio with one message per line. Every request gets a reply: a line that is too long, nested too
//! deep or not a message gets an error, with its id if there is one, and the session continues. rmcp's own transport
//! drops such lines.

use std::io;
use std::sync::Arc;

use futures::StreamExt;
use futures::future::BoxFuture;
use rmcp::model::{ErrorData, RequestId};
use rmcp::service::{RoleServer, RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::Mutex;
use tokio_util::bytes::{Buf, BytesMut};
use tokio_util::codec::{Decoder, FramedRead};

/// Maximum length of a message, in bytes. A call contains at most a tool definition or a file name.
const MAX_MESSAGE: usize = 4 << 20;
/// Maximum length of a line that is buffered, in bytes, so that an error reply can still contain its id.
const MAX_LINE: usize = 64 << 20;

/// A line without its newline. `None` if it was too long.
type Line = Option<BytesMut>;

/// Splits the input into lines.
#[derive(Default)]
struct Lines {
    /// The number of buffered bytes already searched for a newline.
    seen: usize,
    /// Whether the rest of a line that is too long is being dropped.
    dropping: bool,
}

impl Decoder for Lines {
    type Item = Line;
    type Error = io::Error;

    fn decode(&mut self, read: &mut BytesMut) -> io::Result<Option<Line>> {
        if let Some(end) = read[self.seen..].iter().position(|byte| *byte == b'\n') {
            let line = read.split_to(self.seen + end);
            read.advance(1);
            self.seen = 0;
            return Ok(Some(if std::mem::take(&mut self.dropping) { None } else { Some(line) }));
        }
        if self.dropping || read.len() > MAX_LINE {
            self.dropping = true;
            read.clear();
        }
        self.seen = read.len();
        Ok(None)
    }

    /// Input after the last newline is an incomplete message.
    fn decode_eof(&mut self, read: &mut BytesMut) -> io::Result<Option<Line>> {
        let line = self.decode(read)?;
        if line.is_none() {
            read.clear();
        }
        Ok(line)
    }
}

/// The parts of an invalid message that are still readable. Depth and parameters do not matter.
#[derive(Deserialize)]
struct Head {
    id: Option<RequestId>,
    method: Option<IgnoredAny>,
    result: Option<IgnoredAny>,
    error: Option<IgnoredAny>,
}

/// Messages read from `R` and written to `W`.
pub(crate) struct Messages<R, W> {
    lines: FramedRead<R, Lines>,
    out: Arc<Mutex<W>>,
    /// A reply that is being sent. It is stored here because rmcp cancels `receive` whenever there is something to
    /// send.
    answering: Option<BoxFuture<'static, io::Result<()>>>,
}

impl<R: AsyncRead, W> Messages<R, W> {
    pub(crate) fn new(read: R, write: W) -> Self {
        Self { lines: FramedRead::new(read, Lines::default()), out: Arc::new(Mutex::new(write)), answering: None }
    }
}

impl<R, W> Transport<RoleServer> for Messages<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(&mut self, message: TxJsonRpcMessage<RoleServer>) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let out = Arc::clone(&self.out);
        async move {
            let mut line = serde_json::to_vec(&message)?;
            line.push(b'\n');
            let mut out = out.lock().await;
            out.write_all(&line).await?;
            out.flush().await
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            if let Some(answer) = &mut self.answering {
                answer.await.ok()?;
                self.answering = None;
            }
            match self.lines.next().await?.ok()?.map_or_else(|| Read::Refused(too_long(), None), |line| read(&line)) {
                Read::Message(message) => return Some(*message),
                Read::Refused(error, id) => {
                    self.answering = Some(Box::pin(self.send(TxJsonRpcMessage::<RoleServer>::error(error, id))));
                }
                Read::Passed => {}
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.out.lock().await.shutdown().await
    }
}

/// The result of reading a line.
enum Read {
    Message(Box<RxJsonRpcMessage<RoleServer>>),
    /// Not a message. The error reply for the sender, and the id that it answers.
    Refused(ErrorData, Option<RequestId>),
    /// Nothing to process, and no reply is expected.
    Passed,
}

fn read(line: &[u8]) -> Read {
    if line.trim_ascii().is_empty() {
        return Read::Passed;
    }
    let is_long = line.len() > MAX_MESSAGE;
    let error = match (!is_long).then(|| serde_json::from_slice(line)) {
        None => too_long(),
        Some(Ok(message)) => return Read::Message(message),
        Some(Err(cause)) => ErrorData::invalid_request(format!("this is no message that can be read: {cause}"), None),
    };
    // Ignoring the content avoids the parser's depth limit.
    match serde_json::from_slice::<Head>(line) {
        Ok(Head { id: None, method: Some(_), .. }) => Read::Passed,
        Ok(Head { method: None, result, error, .. }) if result.is_some() || error.is_some() => Read::Passed,
        Ok(Head { id, .. }) => Read::Refused(error, id),
        Err(_) if is_long => Read::Refused(error, None),
        Err(_) => Read::Refused(no_message(line), None),
    }
}

/// Why `line` is not a message. Not even its head could be parsed.
fn no_message(line: &[u8]) -> ErrorData {
    match serde_json::from_slice::<IgnoredAny>(line) {
        Err(cause) => ErrorData::parse_error(format!("this is not JSON: {cause}"), None),
        Ok(_) => {
            let why = match line.trim_ascii_start().first() {
                Some(b'{') => {
                    "this is no message that can be read: its id must be text or a whole number, and no key may stand twice"
                }
                Some(b'[') => "a message is one JSON object; several in a list are not read",
                _ => "a message is a JSON object, and this is none",
            };
            ErrorData::invalid_request(why, None)
        }
    }
}

fn too_long() -> ErrorData {
    let why = format!("the message is too long: at most {} MiB are read", MAX_MESSAGE >> 20);
    ErrorData::invalid_request(why, None)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tokio::io::{AsyncBufReadExt, BufReader, duplex};

    use super::*;

    /// Returns the messages that pass and the replies to the others.
    async fn exchange(lines: Vec<String>) -> (Vec<Value>, Vec<Value>) {
        let (ours, theirs) = duplex(1 << 16);
        let (read, mut write) = tokio::io::split(theirs);
        let (own_read, own_write) = tokio::io::split(ours);
        let writing = tokio::spawn(async move {
            for line in lines {
                write.write_all(format!("{line}\n").as_bytes()).await.unwrap();
            }
            write.shutdown().await.unwrap();
        });
        let answers = tokio::spawn(async move {
            let (mut lines, mut answers) = (BufReader::new(read).lines(), Vec::new());
            while let Some(line) = lines.next_line().await.unwrap() {
                answers.push(serde_json::from_str(&line).unwrap());
            }
            answers
        });
        let mut messages = Messages::new(own_read, own_write);
        let mut taken = Vec::new();
        while let Some(message) = messages.receive().await {
            taken.push(serde_json::to_value(message).unwrap());
        }
        messages.close().await.unwrap();
        writing.await.unwrap();
        (taken, answers.await.unwrap())
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_answered_and_the_rest_comes_through() {
        let ping = |id: u32| json!({"jsonrpc": "2.0", "method": "ping", "id": id});
        let call = |id: u32, arguments: &str| {
            let params = format!(r#"{{"name":"x","arguments":{{"a":{arguments}}}}}"#);
            format!(r#"{{"method":"tools/call","params":{params},"jsonrpc":"2.0","id":{id}}}"#)
        };
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let long = |bytes: usize| format!("\"{}\"", "a".repeat(bytes));
        let (taken, answers) = exchange(vec![
            call(1, &deep(100_000)),
            call(2, &long(MAX_MESSAGE)),
            long(MAX_LINE),
            "{\"half\"".into(),
            String::new(),
            json!({"jsonrpc": "2.0", "id": 3}).to_string(),
            json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": 5}).to_string(),
            json!({"jsonrpc": "2.0", "id": null, "error": {"code": "x"}}).to_string(),
            "[]".into(),
            "null".into(),
            json!({"jsonrpc": "2.0", "id": {}, "method": "ping"}).to_string(),
            ping(4).to_string(),
        ])
        .await;
        assert_eq!(taken, [ping(4)]);
        let ids_and_codes: Vec<(Value, i64)> =
            answers.iter().map(|answer| (answer["id"].clone(), answer["error"]["code"].as_i64().unwrap())).collect();
        let invalid = |id: Value| (id, -32600);
        assert_eq!(
            ids_and_codes,
            [
                invalid(json!(1)),
                invalid(json!(2)),
                invalid(Value::Null),
                (Value::Null, -32700),
                invalid(json!(3)),
                invalid(Value::Null),
                invalid(Value::Null),
                invalid(Value::Null),
            ]
        );
        let error_message = |at: usize| answers[at]["error"]["message"].as_str().unwrap();
        assert!(error_message(3).starts_with("this is not JSON: EOF while parsing"), "{}", error_message(3));
        assert!(
            error_message(5).contains("several in a list") && error_message(6).contains("is a JSON object"),
            "{answers:?}"
        );
        assert!(answers.iter().all(|answer| !answer.to_string().contains("struct Head")), "{answers:?}");
        assert!(answers[0]["error"]["message"].as_str().unwrap().contains("recursion limit"));
        assert!(answers[1]["error"]["message"].as_str().unwrap().contains("at most 4 MiB"));
    }
}
