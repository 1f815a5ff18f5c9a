//! `--format jsonl`: one line per tool, with the server's name and the answer about it first. Memory use is bounded by
//! one tool, whatever the size of the listing; a listing in JSONL, which is written while it is read, has no answer. What
//! lists no tools has a line of its own, and so have a server's findings that are about none of its tools.

use std::io::{self, Write};

use serde::Serializer as _;
use serde::ser::{Serialize, SerializeMap};
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Serializer};

use super::escape::EscapingFormatter;
use crate::model::{ItemKind, Report, ServerReport, ToolReport, Verdict};

/// Writes a line for each tool of `report`, in listing order.
pub(crate) fn write(report: &Report, mut out: impl Write) -> io::Result<()> {
    for server in &report.servers {
        let name = Value::String(server.server.name.clone());
        for tool in &server.tools {
            write_line(
                &Line { server: &name, verdict: Some((&server.verdict, server.grade.as_deref())), tool },
                &mut out,
            )?;
        }
        if !server.own_findings.is_empty() || (server.tools.is_empty() && !server.items.is_empty()) {
            write_server(server, &mut out)?;
        }
    }
    for entry in &report.unread {
        write_server(entry, &mut out)?;
    }
    Ok(())
}

/// Writes what is no tool of `server` as a line: all of a skill or of an entry whose server was not started, otherwise the
/// findings on the server itself.
fn write_server(server: &ServerReport, out: &mut impl Write) -> io::Result<()> {
    let mut line = Serializer::with_formatter(&mut *out, EscapingFormatter(CompactFormatter));
    let mut map = line.serialize_map(None)?;
    map.serialize_entry("server", &server.server.name)?;
    map.serialize_entry("server_verdict", &server.verdict)?;
    map.serialize_entry("server_grade", &server.grade)?;
    if let Some(why) = server.left_unread {
        map.serialize_entry("left_unread", &why)?;
    }
    for kind in ItemKind::ALL {
        let names: Vec<&str> = server.items(kind).map(|item| item.name.as_str()).collect();
        if !names.is_empty() {
            map.serialize_entry(kind.report_key(), &names)?;
        }
    }
    map.serialize_entry("findings", &server.own_findings)?;
    if let Some(why) = server.left_unread {
        map.serialize_entry("left_unread", &why)?;
    }
    map.end()?;
    writeln!(out)
}

/// Writes one tool as a line. `server` is the server from the input line, or the server's name.
pub(crate) fn write_tool(server: &Value, tool: &ToolReport, mut out: impl Write) -> io::Result<()> {
    write_line(&Line { server, verdict: None, tool }, &mut out)
}

fn write_line(line: &Line<'_>, mut out: impl Write) -> io::Result<()> {
    line.serialize(&mut Serializer::with_formatter(&mut out, EscapingFormatter(CompactFormatter)))?;
    writeln!(out)
}

struct Line<'a> {
    server: &'a Value,
    /// The answer about the server, and its grade. `None` if not all of its tools are known yet.
    verdict: Option<(&'a Verdict, Option<&'a str>)>,
    tool: &'a ToolReport,
}

impl Serialize for Line<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("server", self.server)?;
        if let Some((verdict, grade)) = self.verdict {
            map.serialize_entry("server_verdict", verdict)?;
            map.serialize_entry("server_grade", &grade)?;
        }
        self.tool.serialize_fields(&mut map)?;
        map.end()
    }
}
