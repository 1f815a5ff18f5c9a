//! Where the definitions stand that a report speaks of.

use std::collections::HashMap;

use serde::Serialize;

/// A place in a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// From 1.
    pub line: u64,
    /// In characters, from 1.
    pub column: u64,
}

/// A file that holds the definitions of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DefinedIn {
    /// The file, as the user named it.
    pub file: String,
    /// Where the first tool of a name begins; empty where that cannot be told.
    pub tools: HashMap<String, Position>,
}

/// The file of each server of a report, in its order; none of a server that was asked.
#[derive(Debug, Clone, Default)]
pub struct Locations(pub Vec<Option<DefinedIn>>);

impl Locations {
    /// The file of the server at `server`, and where in it `tool` begins, else its first character.
    pub fn of(&self, server: usize, tool: Option<&str>) -> Option<(&str, Position)> {
        let defined = self.0.get(server)?.as_ref()?;
        let position = tool.and_then(|tool| defined.tools.get(tool).copied());
        Some((&defined.file, position.unwrap_or(Position { line: 1, column: 1 })))
    }
}
