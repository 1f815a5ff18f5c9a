//! The servers that were found in configurations, as a table.

use std::collections::HashSet;
use std::io::{self, Write};

use serde::Serialize;

use super::rows::{Column, Look, Rows};
use crate::text::{clean, prose};

/// Most characters of one cell; the other forms have all of it.
const MAX_CELL: usize = 400;

const COLUMNS: [Column; 5] = [
    Column::value("Client"),
    Column::value("Server"),
    Column::value("Transport"),
    Column::prose("Command or address"),
    Column::prose("Environment"),
];

/// One server of a configuration, for people and programs. Of its environment only the names.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Server {
    /// The client, for people.
    pub(crate) client: String,
    pub(crate) file: String,
    /// The line of the entry, from 1, where the format tells.
    pub(crate) line: Option<usize>,
    /// The server's name there.
    pub(crate) server: String,
    /// `stdio` or `http`.
    pub(crate) transport: &'static str,
    /// The command or the address, without secrets.
    pub(crate) runs: String,
    /// The names of the variables it gets.
    pub(crate) environment: Vec<String>,
    /// The names of the headers it is sent.
    pub(crate) headers: Vec<String>,
    /// It is switched off.
    pub(crate) disabled: bool,
}

/// Writes a table of `servers`, and the files that name them.
pub(crate) fn write(servers: &[Server], look: Look, mut out: &mut dyn Write) -> io::Result<()> {
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
        // Breaking a word into lines takes time that grows with the square of its length.
        rows.push(cells.map(|cell| clean::excerpt(&cell, MAX_CELL)));
    }
    if !servers.is_empty() {
        rows.write(look, &mut out)?;
        writeln!(out)?;
        for file in &files {
            writeln!(out, "{}", clean::one_line(file))?;
        }
        writeln!(out)?;
    }
    let (servers, files) = (prose::count(servers.len(), "server"), prose::count(files.len(), "configuration"));
    writeln!(out, "{servers} in {files}.")
}
