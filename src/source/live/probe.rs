//! A transport that does not wait long for `server/discover`: servers of the older protocols leave it unanswered, and
//! get their handshake soon after.

use std::time::Duration;

use rmcp::RoleClient;
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ErrorCode, ErrorData, RequestId, ServerJsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::time::{Instant, sleep_until};

use super::journal::Journal;

/// How long the question may stay unanswered. A server that starts slowly answers it later, beside the handshake.
pub(crate) const PATIENCE: Duration = Duration::from_millis(700);

/// `transport`, with a refusal in the place of an answer that does not come in time.
pub(crate) struct Probing<T> {
    transport: T,
    journal: Journal,
    /// The request that is refused for the server at that time.
    limited: Option<(RequestId, Instant)>,
    /// The question that was.
    given_up: Option<RequestId>,
    handshake: Option<RequestId>,
}

impl<T> Probing<T> {
    /// That the server answers the question too late is noted in `journal`.
    pub(crate) fn new(transport: T, journal: Journal) -> Self {
        Self { transport, journal, limited: None, given_up: None, handshake: None }
    }

    /// `message`, unless it is the late answer.
    fn expected(&mut self, message: ServerJsonRpcMessage) -> Option<ServerJsonRpcMessage> {
        let id = match &message {
            ServerJsonRpcMessage::Response(response) => Some(&response.id),
            ServerJsonRpcMessage::Error(error) => error.id.as_ref(),
            _ => None,
        };
        if id.is_some() && id == self.given_up.as_ref() {
            if matches!(message, ServerJsonRpcMessage::Response(_)) {
                self.journal.may_speak_newest();
                // A server that has no handshake may well say nothing to it.
                self.limited = self.handshake.clone().map(|id| (id, Instant::now() + PATIENCE));
            }
            return None;
        }
        if self.limited.as_ref().is_some_and(|(limited, _)| id == Some(limited)) {
            self.limited = None;
        }
        Some(message)
    }
}

impl<T: Transport<RoleClient>> Transport<RoleClient> for Probing<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        if let ClientJsonRpcMessage::Request(request) = &item {
            match &request.request {
                ClientRequest::DiscoverRequest(_) => {
                    self.limited = Some((request.id.clone(), Instant::now() + PATIENCE));
                }
                ClientRequest::InitializeRequest(_) => self.handshake = Some(request.id.clone()),
                _ => {}
            }
        }
        self.transport.send(item)
    }

    /// Can be dropped and called again, as that of `transport` can.
    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            let Some((id, limit)) = self.limited.clone() else {
                let message = self.transport.receive().await?;
                match self.expected(message) {
                    Some(message) => return Some(message),
                    None => continue,
                }
            };
            tokio::select! {
                message = self.transport.receive() => {
                    if let Some(message) = self.expected(message?) {
                        return Some(message);
                    }
                }
                () = sleep_until(limit) => {
                    self.limited = None;
                    if self.handshake.as_ref() != Some(&id) {
                        self.given_up = Some(id.clone());
                    }
                    let error = ErrorData::new(ErrorCode::METHOD_NOT_FOUND, "no answer in time", None);
                    return Some(ServerJsonRpcMessage::error(error, Some(id)));
                }
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.transport.close().await
    }
}
