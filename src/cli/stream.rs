//! Classifies and writes tools while they are read, so that memory use does not depend on the number of tools.
//!
//! A verdict depends on the other tools of the server. Consecutive lines of one server are therefore held back until
//! another server follows, or until there are as many tools as a context compares. The verdicts are then the same as
//! for a whole document in which the lines of each server are consecutive.

use std::io::{self, Write};
use std::sync::{Arc, OnceLock};
use std::thread;

use rayon::prelude::*;
use serde_json::Value;

use super::bounded_queue::{QueueSender, bounded_queue};
use super::scan_outcome::ScanOutcome;
use crate::audit::gate::GatedServer;
use crate::classify::ServerContext;
use crate::config::{Config, ServerIdentity};
use crate::model::{Deviation, NotRead, Tool, ToolReport, source_in_file};
use crate::orders::Siblings;
use crate::report::jsonl;
use crate::rules::Ruleset;
use crate::source::saved::Saved;
use crate::source::{Budget, Reading, SourceError, Target};
use crate::text::json::plain;

/// Maximum size of the lines of one server that are held back, in bytes. A server with larger definitions gets the context known so
/// far.
const MAX_HELD: usize = 16 << 20;
/// Maximum size of the groups that are read ahead, in bytes. What is made of a line takes about ten times as much memory.
const MAX_READ_AHEAD: usize = 512 << 10;

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
        self.tally.report(&mut report, self.ruleset);
        jsonl::write(&report, &mut *self.out)?;
        Ok(reading.errors)
    }

    /// One thread reads, all cores classify what it has read so far, and this one counts and writes in the order of the input.
    fn lines(&mut self, target: &Target, saved: Saved) -> io::Result<()> {
        self.tally.warn_of_lines(self.ruleset);
        let (name, shown) = (target.suggested_name(), target.display());
        let unnamed = Value::String(name.clone());
        let (sender, receiver) = bounded_queue(MAX_READ_AHEAD);
        let reader = thread::spawn(move || read_groups(saved, &unnamed, &sender));
        let mut count = 0;
        let mut not_read = None;
        while let Some(groups) = receiver.receive_all() {
            for group in self.assess(groups, &shown) {
                count += group.len();
                for (server, mut tool, deviation) in group {
                    not_read = not_read.or(deviation);
                    let name = plain(&server);
                    let source = source_in_file(&name, &shown);
                    self.tally.tool(GatedServer { name: &name, source: &source, target: &shown }, &mut tool);
                    jsonl::write_tool(&server, &tool, &mut *self.out)?;
                }
            }
        }
        // Not waited for where the output is closed: the next line of a pipe may never come.
        reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let judged = GatedServer { name: &name, source: &shown, target: &shown };
        self.tally.listing(judged, count);
        self.tally.not_read(judged, not_read.iter());
        Ok(())
    }

    fn assess(&self, groups: Vec<ServerGroup>, target: &str) -> Vec<Vec<(Value, ToolReport, Option<Deviation>)>> {
        let (ruleset, config) = (self.ruleset, self.config);
        // The first lines of a server make the context of all that follow.
        groups.par_iter().filter(|group| group.is_first).for_each(|group| {
            context_of(&group.context, &group.lines, ruleset);
        });
        let assess = |group: ServerGroup| {
            let ServerGroup { lines, context, .. } = group;
            let context = context_of(&context, &lines, ruleset);
            let siblings = Siblings::new(lines.iter().map(|line| line.tool.name.as_str()));
            let assess_line = |line: HeldLine| {
                let HeldLine { server, tool, not_read } = line;
                let identity = ServerIdentity::for_file(target, &plain(&server));
                let settings = &ruleset.settings;
                let tool = crate::assess_tool_with(tool, context, &siblings, &identity, ruleset, settings, config);
                (server, tool, not_read)
            };
            lines.into_par_iter().map(assess_line).collect()
        };
        groups.into_par_iter().map(assess).collect()
    }
}

/// Consecutive lines of one server.
struct ServerGroup {
    lines: Vec<HeldLine>,
    /// True if no group of this server came before, so that the context is made of these lines.
    is_first: bool,
    /// Shared by all groups of consecutive lines of the server.
    context: Arc<OnceLock<ServerContext>>,
}

/// The context that the first group of a server made; made of `lines` if there is none yet.
fn context_of<'c>(context: &'c OnceLock<ServerContext>, lines: &[HeldLine], ruleset: &Ruleset) -> &'c ServerContext {
    context.get_or_init(|| ServerContext::from_tools(lines.iter().map(|line| &line.tool), ruleset))
}

struct HeldLine {
    /// As given in the line, or the name of the file.
    server: Value,
    tool: Tool,
    /// Set if the line was not read completely.
    not_read: Option<Deviation>,
}

/// Gives the lines of `saved` to `sender`, in groups of one server that are whole: more tools cannot change their context, or
/// would take too much memory.
fn read_groups(saved: Saved, unnamed: &Value, sender: &QueueSender<ServerGroup>) {
    let mut group = ServerGroup { lines: Vec::new(), is_first: true, context: Arc::default() };
    let mut server = None;
    let mut bytes = 0;
    for line in saved.lines() {
        let follows = server == line.server;
        let is_whole = !group.is_first || group.lines.len() == ServerContext::MAX_TOOLS || bytes > MAX_HELD;
        if !group.lines.is_empty() && (!follows || is_whole) {
            let next = if follows {
                ServerGroup { lines: Vec::new(), is_first: false, context: Arc::clone(&group.context) }
            } else {
                ServerGroup { lines: Vec::new(), is_first: true, context: Arc::default() }
            };
            if !sender.send(std::mem::replace(&mut group, next), std::mem::take(&mut bytes)) {
                return;
            }
        }
        server = line.server;
        bytes += line.bytes;
        let not_read = (!line.is_read).then(|| line_not_read(line.number, &line.tool));
        let named = line.raw.get("server").filter(|server| !server.is_null());
        let server = named.unwrap_or(unnamed).clone();
        group.lines.push(HeldLine { server, tool: line.tool, not_read });
    }
    if !group.lines.is_empty() {
        sender.send(group, bytes);
    }
}

/// The deviation for the first line that was not read completely.
fn line_not_read(number: usize, tool: &Tool) -> Deviation {
    let why = tool.error.clone().unwrap_or_else(|| format!("a part of the tool in line {number} is too large"));
    Deviation { id: "tool-unreadable".into(), tool: Some(tool.name.clone()), text: why, not_read: Some(NotRead::Part) }
}
