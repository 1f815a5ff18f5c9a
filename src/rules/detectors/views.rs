//! What detectors see of servers, and what they find there.

use crate::model::{Deviation, Server, ToolReport};

/// A server as detectors see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServerView<'a> {
    /// Who it is.
    pub(crate) server: &'a Server,
    pub(crate) tools: &'a [ToolReport],
    /// Where it left the protocol.
    pub(crate) deviations: &'a [Deviation],
}

/// Something found on a server, or on one of its tools.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OnServer {
    /// The index of the tool, if it is about one.
    pub(crate) tool: Option<usize>,
    /// What is wrong.
    pub(crate) text: String,
}

/// Something found on a tool of one of several servers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AcrossServers {
    /// The index of the server.
    pub(crate) server: usize,
    /// The index of the tool.
    pub(crate) tool: usize,
    /// What is wrong.
    pub(crate) text: String,
}
