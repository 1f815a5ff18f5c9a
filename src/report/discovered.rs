//! The servers found in client configurations, as a table.

use std::collections::HashSet;
use std::io::{self, Write};

use serde::Serialize;

use super::rows::{Column, Layout, Rows};
use crate::text::{clean, prose};

/// Longest cell in characters. The JSON output is not cut.
const MAX_CELL: usize = 400;

const COLUMNS: [Column; 5] = [
    Column::value("Client"),
    Column::value("Server"),
    Column::value("Transport"),
    Column::prose("Command or address"),
    Column::prose("Environment"),
];

/// A server entry of a configuration, without the values of its environment.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Server {
    /// The display name of the client.
    pub(crate) client: String,
    pub(crate) file: String,
    /// The line of the entry, from 1. `None` if unknown.
    pub(crate) line: Option<usize>,
    /// The name of the server in the configuration.
    pub(crate) server: String,
    /// `stdio` or `http`.
    pub(crate) transport: &'static str,
    /// The command or the URL, secrets redacted.
    pub(crate) runs: String,
    /// The names of its environment variables.
    pub(crate) environment: Vec<String>,
    /// The names of its HTTP headers.
    pub(crate) headers: Vec<String>,
    /// True if the entry is disabled.
    pub(crate) disabled: bool,
}

/// Writes a table of `servers`, and the configuration files.
pub(crate) fn write(servers: &[Server], layout: Layout, mut out: &mut dyn Write) -> io::Result<()> {
    let mut rows = Rows::new(&COLUMNS, 1);
    let mut files: Vec<&str> = Vec::new();
    let mut seen = HashSet::new();
    for server in servers {
        if seen.insert(server.file.as_str()) {
            files.push(&server.file);
        }
        let off = if server.disabled { " (switched off)" } else { "" };
        let names = [server.environment.as_slice(), server.headers.as_slice()].concat();
        let cells = [
            server.client.clone(),
            format!("{}{off}", server.server),
            server.transport.to_owned(),
            server.runs.clone(),
            names.join(" "),
        ];
        // The time to wrap a word grows with the square of its length.
        rows.push(cells.map(|cell| clean::excerpt(&cell, MAX_CELL)));
    }
    if !servers.is_empty() {
        rows.write(layout, &mut out)?;
        writeln!(out)?;
        for file in &files {
            writeln!(out, "{}", clean::one_line(file))?;
        }
        writeln!(out)?;
    }
    let (servers, files) = (prose::count(servers.len(), "server"), prose::count(files.len(), "configuration"));
    writeln!(out, "{servers} in {files}.")
}
