//! The servers found in client configurations, as a table.

use std::collections::HashSet;
use std::io::{self, Write};

use serde::Serialize;

use super::rows::{Column, Layout, Rows, write_paragraph};
use crate::model::{Answer, Finding, Severity};
use crate::text::{clean, prose};

/// Longest cell in characters. The JSON output is not cut.
const MAX_CELL: usize = 400;

/// The transport of a file with settings and no server.
pub(crate) const SETTINGS: &str = "settings";

/// The transport of a skill, or of a part of a plugin that is no server.
pub(crate) const SKILL: &str = "skill";

const COLUMNS: [Column; 6] = [
    Column::value("Client"),
    Column::value("Server"),
    Column::value("Verdict"),
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
    /// `stdio`, `http`, `settings` for a file with settings and no server, or `skill`.
    pub(crate) transport: &'static str,
    /// The command or the URL, secrets redacted.
    pub(crate) runs: String,
    /// The names of its environment variables.
    pub(crate) environment: Vec<String>,
    /// The names of its HTTP headers.
    pub(crate) headers: Vec<String>,
    /// True if the entry is disabled.
    pub(crate) disabled: bool,
    /// What the findings on the entry mean.
    pub(crate) verdict: EntryVerdict,
    /// The answer of a scan that reads no more than this, and what it rests on: as long as its tools are not read, a server
    /// is not to be added.
    pub(crate) answer: Option<Answer>,
    pub(crate) because: Option<String>,
    /// The findings on the entry and on the settings that apply to it. Its tools are not known.
    pub(crate) findings: Vec<Finding>,
}

/// What the findings on an entry mean. Nothing is known of the tools of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EntryVerdict {
    /// A finding of severity High or above.
    FixFirst,
    /// Lesser findings.
    Check,
    NothingFound,
}

impl EntryVerdict {
    /// The verdict for these findings. Those that are suppressed do not count.
    pub(crate) fn new(findings: &[Finding]) -> Self {
        let open = findings.iter().filter(|finding| finding.suppression().is_none());
        match open.map(|finding| finding.severity).max() {
            Some(severity) if severity >= Severity::High => Self::FixFirst,
            Some(_) => Self::Check,
            None => Self::NothingFound,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::FixFirst => "fix first",
            Self::Check => "check",
            Self::NothingFound => "nothing found",
        }
    }
}

/// The findings on each entry, a paragraph each.
fn write_findings(servers: &[Server], layout: Layout, mut out: &mut dyn Write) -> io::Result<()> {
    let mut written = HashSet::new();
    for server in servers {
        for finding in &server.findings {
            let why = finding.suppression().map(|why| format!(" ({why})")).unwrap_or_default();
            let text = format!("{} {}{why}: {}", finding.severity, finding.id, finding.text);
            // A setting of a file applies to all its servers, and is written once.
            if written.insert(text.clone()) {
                write_paragraph(&clean::excerpt(&text, MAX_CELL), 0, layout, &mut out)?;
            }
        }
    }
    if written.is_empty() { Ok(()) } else { writeln!(out) }
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
            server.verdict.words().to_owned(),
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
        write_findings(servers, layout, &mut out)?;
        for file in &files {
            writeln!(out, "{}", clean::one_line(file))?;
        }
        writeln!(out)?;
    }
    let count = servers.iter().filter(|server| ![SETTINGS, SKILL].contains(&server.transport)).count();
    if servers
        .iter()
        .any(|server| server.answer == Some(Answer::DoNotAdd) && server.verdict == EntryVerdict::NothingFound)
    {
        let text = "\"nothing found\" is about the entry alone. No tools were read, and a scan that reads none answers \"Do not \
                    add\": `mcp-scan discover --scan` reads them.";
        write_paragraph(text, 0, layout, &mut out)?;
    }
    let (servers, files) = (prose::count(count, "server"), prose::count(files.len(), "configuration"));
    writeln!(out, "{servers} in {files}.")
}
