//! The input of server detectors, and their results.

use crate::model::{Deviation, Server, ToolReport};
use crate::rules::known_packages::KnownPackages;

/// A server as detectors see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServerView<'a> {
    pub(crate) server: &'a Server,
    pub(crate) tools: &'a [ToolReport],
    /// Where it violates the protocol.
    pub(crate) deviations: &'a [Deviation],
    /// The names of widely used packages.
    pub(crate) known: &'a KnownPackages,
}

/// A problem of a server or of one of its tools.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OnServer {
    /// The index of the tool; `None` if it is about the server.
    pub(crate) tool: Option<usize>,
    /// What is wrong.
    pub(crate) text: String,
}

/// A problem of a tool that depends on other servers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AcrossServers {
    /// The index of the server.
    pub(crate) server: usize,
    /// The index of the tool.
    pub(crate) tool: usize,
    /// What is wrong.
    pub(crate) text: String,
}
