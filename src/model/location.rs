//! Where the reported definitions are: file, line and column.

use serde::Serialize;

/// A place in a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Position {
    /// From 1.
    pub(crate) line: u64,
    /// In characters, from 1.
    pub(crate) column: u64,
}

impl Position {
    /// The first character.
    pub(crate) const START: Self = Self { line: 1, column: 1 };
}

/// The file by which a server is known: its saved listing, or the configuration that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DefinedIn {
    /// The file, as the user named it.
    pub(crate) file: String,
    /// The server's position.
    pub(crate) server: Position,
    /// Where each tool begins, in the order of the listing; `None` if unknown.
    pub(crate) tools: Vec<Option<Position>>,
}

/// The file of each server of a report, in the order in which they are judged; none of a server that was asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Locations(pub Vec<Option<DefinedIn>>);

impl Locations {
    /// The file of the server at `server`, and where in it the tool at that place of its listing begins, else the server.
    pub(crate) fn of(&self, server: usize, tool: Option<usize>) -> Option<(&str, Position)> {
        let defined = self.0.get(server)?.as_ref()?;
        let position = tool.and_then(|tool| *defined.tools.get(tool)?);
        Some((&defined.file, position.unwrap_or(defined.server)))
    }
}
