//! `--format jsonl`: a tool a line, the server's name first, so that a listing of any size needs no more memory than
//! one tool.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap};
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Serializer};

use super::escape::EscapingFormatter;
use crate::model::{Report, ToolReport};

/// Writes every tool of `report` as a line, in the order of the listings.
pub(crate) fn write(report: &Report, mut out: impl Write) -> io::Result<()> {
    for server in &report.servers {
        let name = Value::String(server.server.name.clone());
        for tool in &server.tools {
            write_tool(&name, tool, &mut out)?;
        }
    }
    Ok(())
}

/// Writes one tool as a line; `server` is what the input line gave as its server, or the server's name.
pub(crate) fn write_tool(server: &Value, tool: &ToolReport, mut out: impl Write) -> io::Result<()> {
    Line { server, tool }.serialize(&mut Serializer::with_formatter(&mut out, EscapingFormatter(CompactFormatter)))?;
    writeln!(out)
}

struct Line<'a> {
    server: &'a Value,
    tool: &'a ToolReport,
}

impl Serialize for Line<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("server", self.server)?;
        self.tool.serialize_fields(&mut map)?;
        map.end()
    }
}
