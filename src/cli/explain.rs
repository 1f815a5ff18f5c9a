//! `mcp-scan explain`: the trace behind a verdict.

use super::args::{CommonArgs, ExplainArgs, TextFormat};
use super::diagnose::Messages;
use super::read::read;
use super::targets;
use super::{Exit, config, consent, interrupt, output, ruleset};
use crate::classify::{Explanation, ServerContext, explain};
use crate::config::names_of;
use crate::model::{Listing, TargetError, Tool};
use crate::report::{explanation, json};
use crate::source::Reading;
use crate::text::prose;

/// Most tools that are named when the one that was asked for is not there.
const MAX_NAMED: usize = 12;

/// Explains the tools that were named, or all; with `forced` the targets are one command.
pub fn run(args: &ExplainArgs, common: &CommonArgs, forced: bool) -> Result<Exit, TargetError> {
    let messages = Messages { quiet: common.quiet };
    let ruleset = ruleset(common.rules.as_deref())?;
    let config = config::config(&args.config, &ruleset, messages)?;
    let asked = targets::of_words(&args.targets, forced);
    let Some(asked) = consent::settle(asked, &args.server, messages)? else { return Ok(Exit::Interrupted) };
    let done = read(&asked, &args.server, &config, None, common)?;
    if !done.unread.is_empty() {
        messages.failure("interrupted before all targets had answered");
        return Ok(Exit::Interrupted);
    }
    interrupt::ends_the_program();
    let Reading { listings, errors } = done.reading;
    let mut errors: Vec<TargetError> = errors.into_iter().map(TargetError::from).collect();
    let tools: Vec<&Tool> = listings.iter().flat_map(|listing| &listing.tools).collect();
    let wanted = |tool: &&Tool| args.tool.is_empty() || args.tool.contains(&tool.name);
    let explained = |listing: &Listing| {
        let names = names_of(&listing.server);
        let context = ServerContext::from_tools(&listing.tools, &ruleset);
        let explain = |tool: &Tool| {
            let mut explanation = explain(tool, &context, &ruleset);
            config.override_verdict(&names, &tool.name, &mut explanation.assessment, &ruleset);
            explanation
        };
        listing.tools.iter().filter(wanted).map(explain).collect::<Vec<Explanation>>()
    };
    let explanations: Vec<Explanation> = listings.iter().flat_map(explained).collect();
    output::to_stdout(|out| match args.format {
        TextFormat::Text => explanation::write(&explanations, out),
        TextFormat::Json => json::write(&explanations, out),
    })?;
    let missing = args.tool.iter().filter(|name| !tools.iter().any(|tool| tool.name == **name));
    errors.extend(missing.map(|name| not_listed(name, &args.targets, &tools)));
    errors.iter().for_each(|error| messages.error(error));
    Ok(if errors.is_empty() { Exit::Done } else { Exit::Unread })
}

fn not_listed(name: &str, targets: &[String], tools: &[&Tool]) -> TargetError {
    let names: Vec<String> = tools.iter().take(MAX_NAMED).map(|tool| tool.name.clone()).collect();
    let more = if tools.len() > MAX_NAMED { " (and others)" } else { "" };
    TargetError {
        target: targets.first().cloned().unwrap_or_default(),
        what: format!("could not explain {name}"),
        why: format!("no tool of that name is among the {}", prose::count(tools.len(), "tool")),
        hint: (!names.is_empty()).then(|| format!("choose one of {}{more}", prose::list(&names))),
    }
}
