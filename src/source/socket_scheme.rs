//! The address of a server behind a Unix socket.

/// The URL scheme. The percent-encoded socket path takes the place of the host: `http+unix://%2Frun%2Fshop.sock/mcp`.
pub(crate) const UNIX_SCHEME: &str = "http+unix";
