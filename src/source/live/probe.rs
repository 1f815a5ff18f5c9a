//! A transport with a short wait for `server/discover`. Servers with an older protocol do not answer it, and so get
//! their handshake soon.

use std::time::Duration;

use rmcp::RoleClient;
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ErrorCode, ErrorData, RequestId, ServerJsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::time::{Instant, sleep_until};

use super::journal::Journal;

/// How long to wait for `server/discover`. A slow server answers it later, along with the handshake.
pub(crate) const PATIENCE: Duration = Duration::from_millis(700);

/// Wraps `transport` and creates an error reply if the server does not answer in time.
pub(crate) struct Probing<T> {
    transport: T,
    journal: Journal,
    /// The request with a deadline, after which it gets an error reply.
    limited: Option<(RequestId, Instant)>,
    /// The `server/discover` request that was given up.
    given_up: Option<RequestId>,
    handshake: Option<RequestId>,
}

impl<T> Probing<T> {
    /// A late reply to `server/discover` is recorded in `journal`.
    pub(crate) fn new(transport: T, journal: Journal) -> Self {
        Self { transport, journal, limited: None, given_up: None, handshake: None }
    }

    /// `message`, or `None` if it is the late reply to `server/discover`.
    fn expected(&mut self, message: ServerJsonRpcMessage) -> Option<ServerJsonRpcMessage> {
        let id = match &message {
            ServerJsonRpcMessage::Response(response) => Some(&response.id),
            ServerJsonRpcMessage::Error(error) => error.id.as_ref(),
            _ => None,
        };
        if id.is_some() && id == self.given_up.as_ref() {
            if matches!(message, ServerJsonRpcMessage::Response(_)) {
                self.journal.may_speak_newest();
                // A server without a handshake may not reply to it at all.
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

    /// Cancel safe, like that of `transport`.
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
