//! Why a live server could not be listed.

use rmcp::model::{ErrorCode, ProtocolVersion};
use rmcp::service::{ClientInitializeError, ServiceError};

use super::wire::{OVER_LIMIT, UNUSABLE};
use crate::text::clean;

/// How servers begin the message that they do not know a method.
const UNKNOWN_METHOD: [&str; 6] = [
    "method not found",
    "unknown method",
    "method not supported",
    "unsupported method",
    "not implemented",
    "not found",
];

/// Why a live server could not be listed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListError {
    /// No reply to the handshake within the start timeout.
    #[error("the server did not answer the handshake in time")]
    StartLimit,
    /// No reply to a request within the request timeout.
    #[error("the server did not answer {0} in time")]
    RequestLimit(String),
    /// The listing took longer than the total timeout.
    #[error("the listing did not end in time")]
    TotalLimit,
    /// The server exceeded a limit.
    #[error("the server went over a limit while {request} was awaited: {limit}")]
    OverLimit { request: String, limit: String },
    /// The connection was closed.
    #[error("the connection ended while {0} was awaited")]
    Closed(String),
    /// The server replied with an error.
    #[error("the server answered {request} with an error: {message}")]
    Refused {
        request: String,
        code: i64,
        /// The error's message and code.
        message: String,
    },
    /// The server speaks none of the versions that were offered.
    #[error("{}", other_versions(supported))]
    OtherVersions {
        /// The versions that it names.
        supported: Vec<String>,
    },
    /// The reply is unusable for another reason.
    #[error("the answer to {request} cannot be used: {why}")]
    Unusable { request: String, why: String },
}

impl ListError {
    /// True if the server does not know the requested method. Some say so with a code of their own.
    pub(super) fn is_unknown_method(&self) -> bool {
        let Self::Refused { code, message, .. } = self else { return false };
        let message = message.to_ascii_lowercase();
        *code == i64::from(ErrorCode::METHOD_NOT_FOUND.0)
            || UNKNOWN_METHOD.iter().any(|words| message.starts_with(words))
    }

    /// True if the server wants a client that can do more. Only servers without a handshake say so.
    pub(super) fn is_missing_capability(&self) -> bool {
        let missing = i64::from(ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY.0);
        matches!(self, Self::Refused { code, .. } if *code == missing)
    }

    /// True if the server refuses the version and names none that it speaks.
    pub(super) fn names_no_version(&self) -> bool {
        matches!(self, Self::OtherVersions { supported } if supported.is_empty())
    }

    /// True if the server refuses to list its tools.
    pub(super) fn is_refused_list(&self) -> bool {
        matches!(self, Self::Refused { request, .. } if request == "tools/list")
    }

    /// The newest version that the server names and this program speaks.
    pub(super) fn common_version(&self) -> Option<&'static ProtocolVersion> {
        let Self::OtherVersions { supported } = self else { return None };
        let is_supported = |known: &&ProtocolVersion| supported.iter().any(|version| version == known.as_str());
        ProtocolVersion::KNOWN_VERSIONS.iter().filter(is_supported).max_by_key(|known| known.as_str())
    }
}

fn other_versions(supported: &[String]) -> String {
    match supported {
        [] => "it speaks none of the versions that were offered, and names no other".into(),
        _ => format!("it speaks only {}", clean::excerpt(&supported.join(", "), 200)),
    }
}

pub(super) fn handshake_error(error: ClientInitializeError) -> ListError {
    let request = "the handshake".to_owned();
    match error {
        ClientInitializeError::LegacyFallbackFailed { fallback, .. } => handshake_error(*fallback),
        ClientInitializeError::JsonRpcError(error) => refused(request, &error),
        ClientInitializeError::ConnectionClosed(_) | ClientInitializeError::TransportError { .. } => {
            ListError::Closed(request)
        }
        ClientInitializeError::NoCompatibleProtocolVersion { server_supported, .. } => {
            ListError::OtherVersions { supported: server_supported.iter().map(ToString::to_string).collect() }
        }
        other => ListError::Unusable { request, why: clean::excerpt(&other.to_string(), 200) },
    }
}

pub(super) fn request_error(request: &str, error: ServiceError) -> ListError {
    let request = request.to_owned();
    match error {
        ServiceError::McpError(error) => refused(request, &error),
        ServiceError::TransportClosed | ServiceError::TransportSend(_) | ServiceError::Cancelled { .. } => {
            ListError::Closed(request)
        }
        other => ListError::Unusable { request, why: clean::excerpt(&other.to_string(), 200) },
    }
}

fn refused(request: String, error: &rmcp::ErrorData) -> ListError {
    let message = clean::excerpt(&error.message, 500);
    // For an unreadable reply, the wire creates an error reply that does not come from the server.
    match i64::from(error.code.0) {
        UNUSABLE => ListError::Unusable { request, why: message },
        OVER_LIMIT => ListError::OverLimit { request, limit: message },
        code => ListError::Refused { request, code, message: format!("{message} (code {code})") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_may_be_unknown_in_other_words() {
        for (code, message, is_unknown) in [
            (-32601, "No.", true),
            (404, "Not Found (code 404)", true),
            (-32603, "Method not found: prompts/list (code -32603)", true),
            (-32000, "Unknown method prompts/list (code -32000)", true),
            (-32603, "Internal error (code -32603)", false),
            (-32000, "The database was not found (code -32000)", false),
        ] {
            let error = ListError::Refused { request: "prompts/list".into(), code, message: message.into() };
            assert_eq!(error.is_unknown_method(), is_unknown, "{code} {message}");
        }
    }
}
