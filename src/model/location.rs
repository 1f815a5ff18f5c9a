//! The source locations of definitions: file, line and column.

use serde::Serialize;

/// A position in a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Position {
    /// From 1.
    pub(crate) line: u64,
    /// In characters, from 1.
    pub(crate) column: u64,
}

impl Position {
    pub(crate) const START: Self = Self { line: 1, column: 1 };
}

/// The file that defines a server: its saved listing, or the configuration that contains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DefinedIn {
    /// The path as the user named it.
    pub(crate) file: String,
    /// The server's position.
    pub(crate) server: Position,
    /// The position of each tool, in listing order. `None` if unknown.
    pub(crate) tools: Vec<Option<Position>>,
}

/// The file of each server, in the order of `Report::all_servers`. `None` for a server that was queried directly.
#[derive(Debug, Clone, Default)]
pub(crate) struct Locations(pub Vec<Option<DefinedIn>>);

impl Locations {
    /// The file of the server at index `server`, with the position of the tool at index `tool`, or of the server if
    /// that is unknown.
    pub(crate) fn position_of(&self, server: usize, tool: Option<usize>) -> Option<(&str, Position)> {
        let defined = self.0.get(server)?.as_ref()?;
        let position = tool.and_then(|tool| *defined.tools.get(tool)?);
        Some((&defined.file, position.unwrap_or(defined.server)))
    }
}
