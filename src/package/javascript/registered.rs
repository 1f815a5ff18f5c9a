//! What was registered until now.

use super::syntax::Position;
use super::value::Value;
use crate::package::extraction::{FoundTool, ServerGap};

/// What was registered.
#[derive(Default)]
pub(super) struct Registrations {
    pub(super) tools: Vec<RegisteredTool>,
    /// The bytes of their definitions.
    pub(super) tool_bytes: usize,
    /// The functions that list the tools of a server.
    pub(super) list_handlers: Vec<Listing>,
    /// The functions that run when a client connects, before it lists the tools.
    pub(super) start_handlers: Vec<Value>,
    pub(super) server: Option<ServerIdentity>,
    pub(super) gaps: Vec<ServerGap>,
}

pub(super) struct RegisteredTool {
    pub(super) tool: FoundTool,
    /// Its handle was disabled or removed.
    pub(super) removed: bool,
}

pub(super) struct Listing {
    pub(super) handler: Value,
    pub(super) place: Position,
}

#[derive(Default)]
pub(super) struct ServerIdentity {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) instructions: Value,
}
