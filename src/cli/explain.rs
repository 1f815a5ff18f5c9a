//! `mcp-scan explain`: prints the trace behind a verdict.

use std::path::Path;

use super::args::{CommonArgs, ExplainArgs, TextFormat};
use super::error::{CliError, UsageCause, UsageError};
use super::exit::Exit;
use super::output;
use super::session::Session;
use super::targets::{self, RequestedTarget};
use crate::classify::{ServerContext, explain};
use crate::config::ServerIdentity;
use crate::model::{Listing, Tool};
use crate::report::explanation::{self, Explained};
use crate::report::json;
use crate::rules::DEFAULT_PROFILE;
use crate::source::Reading;
use crate::text::shell;

/// Maximum number of tool names to suggest when the requested one does not exist.
const MAX_NAMED: usize = 12;

/// Explains the named tools, or all. With `forced` the targets are one command.
pub(crate) fn run(args: &ExplainArgs, common: &CommonArgs, forced: bool) -> Result<Exit, CliError> {
    let session = Session::start(common, &args.config, DEFAULT_PROFILE)?;
    let requested = targets::of_words(&args.targets, forced);
    refuse_tool_names(&requested, &args.targets)?;
    let requested = session.agree(requested, &args.server)?;
    let Reading { listings, errors } = session.read(&requested, &args.server)?;
    let Session { ruleset, config, messages, .. } = &session;
    let tools: Vec<&Tool> = listings.iter().flat_map(|listing| &listing.tools).collect();
    let wanted = |tool: &&Tool| args.tool.is_empty() || args.tool.contains(&tool.name);
    let report = session.report(Reading { listings: listings.clone(), errors: Vec::new() });
    // The report has a server for each listing that was read, and its tools, in the same order.
    let mut reports = report.servers.iter();
    let explained = |listing: &Listing| {
        let server = if listing.unread { None } else { reports.next() };
        let identity = ServerIdentity::from(&listing.server);
        let context = ServerContext::from_tools(&listing.tools, ruleset);
        let explain = |(at, tool): (usize, &Tool)| {
            let mut explanation = explain(tool, &context, ruleset);
            config.override_verdict(&identity, &tool.name, &mut explanation.assessment, ruleset);
            let found = server.and_then(|server| server.tools.get(at));
            Explained::new(explanation, found.map(|tool| tool.findings.clone()).unwrap_or_default())
        };
        listing.tools.iter().enumerate().filter(|(_, tool)| wanted(tool)).map(explain).collect::<Vec<Explained>>()
    };
    let explanations: Vec<Explained> = listings.iter().flat_map(explained).collect();
    output::to_stdout(|out| match args.format {
        TextFormat::Text => explanation::write_with_findings(&explanations, ruleset, out),
        TextFormat::Json => json::write(&explanations, out),
    })?;
    let missing = args.tool.iter().filter(|name| !tools.iter().any(|tool| tool.name == **name));
    let missing: Vec<UsageError> = missing.map(|name| not_listed(name, &args.targets, &tools)).collect();
    errors.iter().for_each(|error| messages.error(error));
    missing.iter().for_each(|error| messages.error(error));
    Ok(if errors.is_empty() && missing.is_empty() { Exit::Done } else { Exit::Unread })
}

/// Fails if a target behind the first is the name of a tool and not of a file.
fn refuse_tool_names(requested: &[RequestedTarget], words: &[String]) -> Result<(), UsageError> {
    let is_name = |word: &str| !word.contains(['/', '\\', '.', ' ']) && !Path::new(word).exists();
    let unread = requested.iter().skip(1).filter_map(|requested| requested.target.as_ref().err());
    let tool = unread.map(|error| error.target.as_str()).find(|word| is_name(word));
    let Some(tool) = tool else { return Ok(()) };
    let targets = words.iter().map(String::as_str).filter(|word| *word != tool);
    let command = shell::join(["mcp-scan", "explain"].into_iter().chain(targets).chain(["--tool", tool]));
    Err(UsageError::new(tool.to_owned(), UsageCause::ToolAsTarget { command }))
}

fn not_listed(name: &str, targets: &[String], tools: &[&Tool]) -> UsageError {
    let names = tools.iter().take(MAX_NAMED).map(|tool| tool.name.clone()).collect();
    let cause = UsageCause::NoTool { tool: name.to_owned(), of: tools.len(), names };
    UsageError::new(targets.first().cloned().unwrap_or_default(), cause)
}
