//! Why an HTTP request failed.

use crate::source::bounds::MAX_MESSAGE;
use crate::text::clean;

/// Longest challenge in a message, in characters.
const MAX_SHOWN: usize = 200;

/// Why an HTTP request failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HttpFault {
    /// 401, with the value of `WWW-Authenticate`.
    #[error("the server asks for authorization (HTTP 401{})", challenge_text(.0.as_deref()))]
    Unauthorized(Option<String>),
    /// 403, with the value of `WWW-Authenticate`.
    #[error("the server forbids access (HTTP 403{})", challenge_text(.0.as_deref()))]
    Forbidden(Option<String>),
    /// 404.
    #[error("there is nothing at this address (HTTP 404)")]
    NotFound,
    /// 405.
    #[error("the address does not take POST requests (HTTP 405)")]
    NoPost,
    /// 429, with the value of `Retry-After`.
    #[error("the server refuses further requests for now (HTTP 429{})", retry_text(.0.as_deref()))]
    TooMany(Option<String>),
    /// Any other unsuccessful status.
    #[error("the server answered with HTTP {status}{}", body_text(.body))]
    Status {
        /// The status code.
        status: u16,
        /// The start of the body, unless it is HTML.
        body: String,
    },
    /// A redirect that is not followed, for example to another origin.
    #[error("the server redirects to {0}, which is not followed")]
    Redirect(String),
    /// A body that is neither JSON nor an event stream.
    #[error("the server answered with {0} instead of JSON or an event stream")]
    ContentType(String),
    /// A body in an encoding that cannot be read.
    #[error("the server compresses its answer ({0}), which it was not asked for")]
    Encoded(String),
    /// The older transport names an endpoint at another origin, to which nothing is sent.
    #[error("the server names {0} as the address for messages, which is not of its own origin")]
    Endpoint(String),
    /// A success without a reply to the request.
    #[error("the server's answer does not hold a reply to the request{}", body_text(.0))]
    NoReply(String),
    /// The body is over the size limit.
    #[error("the server's answer is longer than {} MiB", MAX_MESSAGE >> 20)]
    TooLong,
    /// No connection; with the cause.
    #[error("no connection: {0}")]
    Connect(String),
    /// A private or local address, while only public ones are allowed.
    #[error("{0} is not an address of the public internet")]
    NotPublic(String),
    /// The connection failed after it was established; with the cause.
    #[error("the connection failed: {0}")]
    Broken(String),
}

impl HttpFault {
    /// The fault for a refusal with the text `body`.
    pub(crate) fn from_status(status: u16, body: &str) -> Self {
        match status {
            401 => Self::Unauthorized(None),
            403 => Self::Forbidden(None),
            404 => Self::NotFound,
            405 => Self::NoPost,
            429 => Self::TooMany(None),
            _ => Self::Status { status, body: clean::excerpt(body, 200) },
        }
    }

    /// What the user can try.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unauthorized(_) => {
                Some("sign in with `mcp-scan login URL`, or pass a credential: --header 'Authorization: Bearer TOKEN'")
            }
            Self::Forbidden(_) => Some("the credential passed with --header may not be enough for this server"),
            Self::NotFound => Some("check the path; many servers answer at /mcp"),
            Self::NoPost | Self::ContentType(_) => {
                Some("this may not be the address of an MCP server; check the path (many servers answer at /mcp)")
            }
            Self::TooMany(_) => Some("wait a while, then try again"),
            Self::Redirect(to) if to.starts_with("http://") || to.starts_with("https://") => {
                Some("name that address as the target if you trust it")
            }
            Self::Redirect(_) => Some("check the path; many servers answer at /mcp"),
            Self::Connect(cause) if cause.contains("certificate") => {
                Some("the server's certificate is not trusted by this machine")
            }
            Self::NotPublic(_) => Some("the user allows it with `mcp-scan serve --allow-local-urls`"),
            Self::Connect(_) => Some("check the host and the port, and that the server is running"),
            Self::Status { .. }
            | Self::Encoded(_)
            | Self::Endpoint(_)
            | Self::NoReply(_)
            | Self::TooLong
            | Self::Broken(_) => None,
        }
    }

    /// True for faults that are typical for a server with the older HTTP+SSE transport.
    pub(crate) fn may_be_older_transport(&self) -> bool {
        matches!(self, Self::NotFound | Self::NoPost | Self::Status { status: 400..=499 | 501, .. })
    }
}

fn challenge_text(challenge: Option<&str>) -> String {
    challenge.map(|text| format!(", challenge: {}", clean::excerpt(text, MAX_SHOWN))).unwrap_or_default()
}

fn retry_text(after: Option<&str>) -> String {
    after.map(|text| format!(", retry after {text}")).unwrap_or_default()
}

fn body_text(body: &str) -> String {
    if body.is_empty() { String::new() } else { format!(": {body}") }
}
