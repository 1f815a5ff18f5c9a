//! What detectors see of servers, and what they find there.

use crate::model::{Deviation, Server, ToolReport};

/// A server as detectors see it.
#[derive(Debug, Clone, Copy)]
pub struct ServerView<'a> {
    /// Who it is.
    pub server: &'a Server,
    pub tools: &'a [ToolReport],
    /// Where it left the protocol.
    pub deviations: &'a [Deviation],
}

/// Something found on a server, or on one of its tools.
#[derive(Debug, PartialEq, Eq)]
pub struct OnServer {
    /// The index of the tool, if it is about one.
    pub tool: Option<usize>,
    /// What is wrong.
    pub text: String,
}

/// Something found on a tool of one of several servers.
#[derive(Debug, PartialEq, Eq)]
pub struct AcrossServers {
    /// The index of the server.
    pub server: usize,
    /// The index of the tool.
    pub tool: usize,
    /// What is wrong.
    pub text: String,
}
