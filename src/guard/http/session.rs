//! One session of a client over HTTP.

use std::sync::Arc;

use tokio::sync::Notify;

use super::outbox::{Outbox, OutboxAnswers};
use super::reply_room::ReplyRoom;
use crate::guard::message::RequestId;
use crate::guard::output::Output;
use crate::guard::session::Session;
use crate::source::queue::Receiver;

/// A session of a client.
pub(super) struct HttpSession {
    pub(super) session: Arc<Session>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) ending: Notify,
}

impl HttpSession {
    pub(super) fn new(session: Arc<Session>, room: Arc<ReplyRoom>) -> Self {
        Self { session, outbox: Arc::new(Outbox::new(room)), ending: Notify::new() }
    }

    /// Hands a request to the session. Its answers arrive at what is returned.
    pub(super) async fn ask(
        &self,
        id: &RequestId,
        token: Option<String>,
        line: String,
    ) -> Result<OutboxAnswers, &'static str> {
        let answers = self.outbox.wait(id, token)?;
        self.session.from_client(one_line(line)).await;
        Ok(answers)
    }

    /// Hands a message to the session that has no reply.
    pub(super) async fn forward(&self, line: String) {
        self.outbox.touch();
        self.session.from_client(one_line(line)).await;
    }

    /// The stream of what the server sends by itself. `None` if there is one already.
    pub(super) fn listen(&self) -> Option<OutboxAnswers> {
        self.outbox.listen()
    }

    pub(super) fn end(&self) {
        self.ending.notify_one();
    }

    /// Sends what the session writes to the client, until the session ends.
    pub(super) async fn deliver(outbox: Arc<Outbox>, mut messages: Receiver<Output>) {
        while let Some(Output::Line(line)) = messages.recv().await {
            outbox.deliver(line).await;
        }
        outbox.close();
    }
}

/// A message on one line: line ends are white space in JSON, and end a message for a server.
fn one_line(text: String) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    bytes.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
    bytes
}
