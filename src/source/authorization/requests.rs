//! The HTTP requests of a sign-in: without redirects, limited in time and size.

use std::time::Duration;

use oauth2::{ErrorResponse, HttpRequest, HttpResponse, RequestTokenError};
use reqwest::redirect;
use url::Url;

use super::error::LoginCause;
use super::metadata::body;
use crate::text::clean;

/// Longest text of a server in an error, in characters.
const MAX_TEXT: usize = 300;

/// Time limit for one request.
const LIMIT: Duration = Duration::from_secs(20);

/// A client that follows no redirect, so that a code or token goes to no other address.
pub(super) fn client() -> Result<reqwest::Client, LoginCause> {
    let client = reqwest::Client::builder().redirect(redirect::Policy::none()).timeout(LIMIT);
    let client = client.user_agent(concat!("mcp-scan/", env!("CARGO_PKG_VERSION"))).build();
    client.map_err(|cause| LoginCause::NoConnection { host: "the network".into(), why: cause.to_string() })
}

/// Why a request of the OAuth library failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    #[error("{0}")]
    Http(#[from] reqwest::Error),
    #[error("{0}")]
    Response(#[from] oauth2::http::Error),
    #[error("the answer is too long, or breaks off")]
    Body,
}

/// Sends a request of the OAuth library.
pub(super) async fn send(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, RequestError> {
    let response = http.execute(request.try_into()?).await?;
    let mut built = oauth2::http::Response::builder().status(response.status());
    for (name, value) in response.headers() {
        built = built.header(name, value);
    }
    Ok(built.body(body(response).await.ok_or(RequestError::Body)?)?)
}

/// The host of `url`, with its port if it is not the usual one.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The error of a token request, without the tokens that an unreadable answer may hold.
pub(super) fn token_error<E, T>(error: &RequestTokenError<E, T>) -> String
where
    E: std::error::Error + 'static,
    T: ErrorResponse + std::fmt::Display + 'static,
{
    let text = match error {
        RequestTokenError::ServerResponse(response) => response.to_string(),
        RequestTokenError::Request(cause) => cause.to_string(),
        RequestTokenError::Parse(..) => "its answer is not one of a token endpoint".to_owned(),
        RequestTokenError::Other(text) => text.clone(),
    };
    clean::excerpt(&text, MAX_TEXT)
}
