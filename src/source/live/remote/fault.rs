//! Why a request over HTTP has no reply.

use reqwest::Response;

use super::super::body::bounded_body;
use super::super::http::{self, connection_fault, status_fault};
use super::super::http_fault::HttpFault;

/// Longest body of a refusal that is read, in bytes.
pub(super) const MAX_REFUSAL: usize = 1 << 20;

/// Why a request has no reply.
#[derive(Debug)]
pub(super) struct RequestFault {
    pub(super) fault: HttpFault,
    /// False if the server certainly did not act on the request.
    pub(super) may_have_acted: bool,
}

impl RequestFault {
    /// A request that could not be sent, or that got no response.
    pub(super) fn unsent(error: reqwest::Error) -> Self {
        let may_have_acted = !error.is_connect() && !error.is_builder();
        Self { fault: connection_fault(error), may_have_acted }
    }

    /// A response that refuses the request. A server may have begun before it failed with a status from 500.
    pub(super) async fn refused(response: Response) -> Self {
        let may_have_acted = response.status().is_server_error();
        Self { fault: status_fault(response).await, may_have_acted }
    }

    /// A success in which the reply is missing or cannot be read.
    pub(super) fn unreadable(fault: HttpFault) -> Self {
        Self { fault, may_have_acted: true }
    }
}

/// The body of a refusal if it is JSON: it may be the reply.
pub(super) async fn refusal_body(response: Response) -> Result<String, RequestFault> {
    if http::content_type(&response) != http::JSON {
        return Err(RequestFault::refused(response).await);
    }
    let status = response.status();
    let body = bounded_body(response, MAX_REFUSAL).await.map_err(RequestFault::unreadable)?;
    String::from_utf8(body).map_err(|_| RequestFault {
        fault: HttpFault::Status { status: status.as_u16(), body: String::new() },
        may_have_acted: status.is_server_error(),
    })
}
