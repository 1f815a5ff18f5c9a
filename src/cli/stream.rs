//! Tools judged and written one by one as they are read, so that a listing of a million needs no more memory than
//! one of a thousand.

use std::io::{self, Write};

use serde_json::Value;

use super::tally::Tally;
use crate::audit::gate::Judged;
use crate::classify::ServerContext;
use crate::config::Config;
use crate::model::Tool;
use crate::orders::Siblings;
use crate::report::jsonl;
use crate::rules::Ruleset;
use crate::source::saved::Saved;
use crate::source::{Reading, SourceError, Target};
use crate::text::json::plain;

/// True when `target` can be judged line by line. What can be opened only once, a pipe, is not looked into.
pub fn is_for(target: &Target) -> bool {
    match target {
        Target::File(path) if path.is_file() => Saved::open(target).is_ok_and(|saved| saved.is_jsonl()),
        target => matches!(target, Target::File(_) | Target::Stdin),
    }
}

/// Saved listings on their way to JSONL.
pub struct Stream<'a> {
    /// What judges.
    pub ruleset: &'a Ruleset,
    /// What a person decided.
    pub config: &'a Config,
    /// What is counted.
    pub tally: &'a mut Tally,
    /// Where the lines go.
    pub out: &'a mut dyn Write,
}

impl Stream<'_> {
    /// Judges and writes the tools of a file or of standard input; gives what could not be read. A document, which only
    /// shows itself when it is open, is judged as the whole that it is.
    pub fn target(&mut self, target: &Target) -> io::Result<Vec<SourceError>> {
        let saved = match Saved::open(target) {
            Ok(saved) => saved,
            Err(error) => return Ok(vec![error]),
        };
        if saved.is_jsonl() {
            return self.lines(target, saved).map(|()| Vec::new());
        }
        let reading = saved.reading().unwrap_or_else(Reading::from);
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
        for line in saved.lines() {
            count += 1;
            let named = line.raw.get("server").filter(|server| !server.is_null());
            let server = named.unwrap_or(&unnamed);
            let spelled = plain(server);
            self.tool(server, Judged { name: &spelled, target: &shown }, &[&spelled], line.tool)?;
        }
        self.tally.listing(Judged { name: &name, target: &shown }, count);
        Ok(())
    }

    fn tool(&mut self, server: &Value, judged: Judged<'_>, names: &[&str], tool: Tool) -> io::Result<()> {
        let mut tool = crate::assess_tool_with(
            tool,
            &ServerContext::default(),
            &Siblings::default(),
            names,
            self.ruleset,
            self.config,
        );
        self.tally.tool(judged, &mut tool);
        jsonl::write_tool(server, &tool, &mut *self.out)
    }
}
