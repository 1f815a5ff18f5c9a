//! Servers that a program makes, and what they list.

use std::rc::Rc;

use super::value::{Function, Value};
use crate::package::extraction::{FoundTool, Gap};

/// The library that a server is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerLibrary {
    /// The high-level server of the official SDK.
    Official,
    /// FastMCP as a package of its own.
    Fast,
    /// The low-level server of the official SDK.
    LowLevel,
}

impl ServerLibrary {
    /// The kind of server that the class of this full name makes.
    pub(super) fn of_class(name: &str) -> Option<Self> {
        let (module, class) = name.rsplit_once('.')?;
        match class {
            "FastMCP" | "MCPServer" if module.split('.').next() == Some("mcp") => Some(Self::Official),
            "FastMCP" => Some(Self::Fast),
            "Server" if module.split('.').next() == Some("mcp") => Some(Self::LowLevel),
            _ => None,
        }
    }
}

/// A server that the program makes.
pub(super) struct Server<'t> {
    pub(super) kind: ServerLibrary,
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) instructions: Option<Value<'t>>,
    pub(super) entries: Vec<ServerEntry>,
    /// The functions that list the tools.
    pub(super) list_handlers: Vec<Rc<Function<'t>>>,
    /// True if it is started.
    pub(super) runs: bool,
    /// True if another server lists its tools.
    pub(super) is_mounted: bool,
}

/// What a server lists.
pub(super) enum ServerEntry {
    Tool(Box<RegisteredTool>),
    /// The tools of another server, with a prefix of their names.
    Mounted {
        server: usize,
        prefix: Option<String>,
    },
}

/// A registered tool.
#[derive(Clone)]
pub(super) struct RegisteredTool {
    pub(super) tool: FoundTool,
    /// True if it is registered only when something is set.
    pub(super) switched_off: bool,
}

/// Sets the description of a tool to what is known of `value`.
pub(super) fn describe(tool: &mut FoundTool, value: &Value<'_>) {
    match value.as_text() {
        Some(text) if text.partial && text.text.is_empty() => tool.gaps.push(Gap::Description),
        Some(text) => {
            if text.partial {
                tool.gaps.push(Gap::DescriptionPart);
            }
            tool.description = Some(text.text.to_string());
        }
        None => tool.gaps.push(Gap::Description),
    }
}

/// The server that a value is.
pub(super) fn server_of(value: &Value<'_>) -> Option<usize> {
    match value {
        Value::Server(server) => Some(*server),
        Value::Instance(instance) => instance.server,
        _ => None,
    }
}
