//! Classifies and writes tools while they are read, so that memory use does not depend on the number of tools.
//!
//! A verdict depends on the other tools of the server. Consecutive lines of one server are therefore held back until
//! another server follows, or until there are as many tools as a context compares. The verdicts are then the same as
//! for a whole document in which the lines of each server are consecutive.

use std::io::{self, Write};

use serde_json::Value;

use super::scan_outcome::ScanOutcome;
use crate::audit::gate::GatedServer;
use crate::classify::ServerContext;
use crate::config::{Config, ServerIdentity};
use crate::model::{Deviation, NotRead, Tool};
use crate::orders::Siblings;
use crate::report::jsonl;
use crate::rules::Ruleset;
use crate::source::saved::Saved;
use crate::source::{Budget, Reading, SourceError, Target};
use crate::text::json::plain;

/// Maximum size of the lines that are held back, in bytes. A server with larger definitions gets the context known so
/// far.
const MAX_HELD: usize = 16 << 20;

/// True if `target` can be processed line by line. A pipe can be opened only once, so its content is not checked here.
pub(crate) fn is_for(target: &Target) -> bool {
    match target {
        Target::File(path) if path.is_file() => Saved::open(target).is_ok_and(|saved| saved.is_jsonl()),
        target => matches!(target, Target::File(_) | Target::Stdin),
    }
}

/// Processes saved listings into JSONL.
pub(crate) struct Stream<'a> {
    pub(crate) ruleset: &'a Ruleset,
    /// The user's configuration.
    pub(crate) config: &'a Config,
    /// The counts for the gate and the exit code.
    pub(crate) tally: &'a mut ScanOutcome,
    /// The output.
    pub(crate) out: &'a mut dyn Write,
}

impl Stream<'_> {
    /// Classifies and writes the tools of a file or of standard input, and returns the errors. If the content turns out
    /// to be a single document, it is processed as a whole.
    pub(crate) fn target(&mut self, target: &Target) -> io::Result<Vec<SourceError>> {
        let saved = match Saved::open(target) {
            Ok(saved) => saved,
            Err(error) => return Ok(vec![error]),
        };
        if saved.is_jsonl() {
            return self.lines(target, saved).map(|()| Vec::new());
        }
        let reading = saved.reading(&Budget::default()).unwrap_or_else(Reading::from);
        let mut report = crate::report_with(reading.listings, Vec::new(), self.ruleset, self.config);
        self.tally.report(&mut report);
        jsonl::write(&report, &mut *self.out)?;
        Ok(reading.errors)
    }

    fn lines(&mut self, target: &Target, saved: Saved) -> io::Result<()> {
        self.tally.warn_of_lines(self.ruleset);
        let (name, shown) = (target.suggested_name(), target.display());
        let unnamed = Value::String(name.clone());
        let mut count = 0;
        let mut group = Group::default();
        let mut not_read = None;
        for line in saved.lines() {
            count += 1;
            if group.server != line.server {
                self.release(&mut group, &shown)?;
                group = Group { server: line.server.clone(), ..Group::default() };
            }
            let named = line.raw.get("server").filter(|server| !server.is_null());
            if !line.is_read {
                not_read.get_or_insert_with(|| line_not_read(line.number, &line.tool));
            }
            group.bytes += line.bytes;
            group.held.push((named.unwrap_or(&unnamed).clone(), line.tool));
            if group.is_whole() {
                self.release(&mut group, &shown)?;
            }
        }
        self.release(&mut group, &shown)?;
        let judged = GatedServer { name: &name, target: &shown };
        self.tally.listing(judged, count);
        self.tally.not_read(judged, not_read.iter());
        Ok(())
    }

    /// Classifies and writes the tools of `group`.
    fn release(&mut self, group: &mut Group, target: &str) -> io::Result<()> {
        let tools = group.held.iter().map(|(_, tool)| tool);
        let context = &*group.context.get_or_insert_with(|| ServerContext::from_tools(tools, self.ruleset));
        let siblings = Siblings::new(group.held.iter().map(|(_, tool)| tool.name.as_str()));
        for (server, tool) in group.held.drain(..) {
            let name = plain(&server);
            self.tool(&server, GatedServer { name: &name, target }, context, &siblings, tool)?;
        }
        Ok(())
    }

    fn tool(
        &mut self,
        server: &Value,
        judged: GatedServer<'_>,
        context: &ServerContext,
        siblings: &Siblings<'_>,
        tool: Tool,
    ) -> io::Result<()> {
        let (ruleset, config) = (self.ruleset, self.config);
        let identity = ServerIdentity::for_file(judged.target, judged.name);
        let mut tool = crate::assess_tool_with(tool, context, siblings, &identity, ruleset, &ruleset.settings, config);
        self.tally.tool(judged, &mut tool);
        jsonl::write_tool(server, &tool, &mut *self.out)
    }
}

/// Consecutive lines of one server.
#[derive(Default)]
struct Group {
    /// The server named in the lines, if any.
    server: Option<String>,
    /// The tools not yet written, each with its server as given in the line.
    held: Vec<(Value, Tool)>,
    /// The size of the lines so far, in bytes.
    bytes: usize,
    /// The context that the tools share, once known.
    context: Option<ServerContext>,
}

impl Group {
    /// True if more tools cannot change the context, or if holding more would take too much memory.
    fn is_whole(&self) -> bool {
        self.context.is_some() || self.held.len() == ServerContext::MAX_TOOLS || self.bytes > MAX_HELD
    }
}

/// The deviation for the first line that was not read completely.
fn line_not_read(number: usize, tool: &Tool) -> Deviation {
    let why = tool.error.clone().unwrap_or_else(|| format!("a part of the tool in line {number} is too large"));
    Deviation { id: "tool-unreadable".into(), tool: Some(tool.name.clone()), text: why, not_read: Some(NotRead::Part) }
}
