//! `mcp-scan lock`: records the approved state in a lock file.

use std::path::Path;

use super::args::{CommonArgs, LockArgs};
use super::artefacts::named;
use super::error::{CliError, UsageCause, UsageError};
use super::exit::Exit;
use super::locked::lock_without_secrets;
use super::output::Destination;
use super::places::Places;
use super::session::Session;
use super::targets;
use crate::audit::lock::{Lock, UnclearName};
use crate::config::FILE_NAME;
use crate::model::{Drift, Finding, Report};
use crate::report::drift;
use crate::rules::Ruleset;
use crate::text::{clean, prose};

/// Longest name of a tool or server in a warning, in characters.
const MAX_NAME: usize = 80;

/// Writes the lock. With `forced` the targets are one command. Nothing is written unless everything could be read, so
/// that nothing is approved unseen.
pub(crate) fn run(args: &LockArgs, common: &CommonArgs, forced: bool) -> Result<Exit, CliError> {
    let place = Destination::new("the lock", &args.output)?;
    let mut session = Session::start(common, &args.config, &args.profile)?.writing([args.output.clone()]);
    let requested = session.agree(targets::of_words(&args.targets, forced), &args.server)?;
    let configuration = args.config.config.as_deref().unwrap_or(Path::new(FILE_NAME));
    Places::new(&requested)
        .read("the configuration", Some(configuration))
        .read_folder("the folder of rules", common.rules.as_deref())
        .read("the file of what may be started", args.server.launch_allow.as_deref())
        .write("the lock", &args.output)?;
    let before = if args.replace || !args.output.exists() { Lock::default() } else { Lock::load(&args.output)? };
    if !args.force {
        place.refuse_edited(|text| Lock::parse(text).ok().map(|lock| lock.write()))?;
    }
    session.recall(&before);
    let reading = session.read(&requested, &args.server)?;
    let messages = session.messages;
    reading.errors.iter().for_each(|error| messages.error(error));
    if !reading.errors.is_empty() {
        messages.warning(&format!("{} is as it was: not everything could be read", place.named()));
        return Ok(Exit::Unread);
    }
    let report = session.report(reading);
    session.warn_unmatched(&report.unmatched);
    for server in report.servers.iter().filter(|server| server.tools.is_empty()) {
        messages.warning(&format!("{} lists no tools", server.server.name));
    }
    if !session.warn_of_missing_tools(&report) {
        messages.warning(&format!("{} is as it was: not everything could be read", place.named()));
        return Ok(Exit::Unread);
    }
    let now = lock_without_secrets(&report);
    let approved = match args.approve.as_slice() {
        [] => now.clone(),
        names => {
            let named = before.approved(now.clone(), names);
            named.map_err(|unclear| match unclear {
                UnclearName::Unknown(name) => UsageError::new(name, UsageCause::NothingToApprove),
                UnclearName::Ambiguous { name, choices } => {
                    UsageError::new(name, UsageCause::SeveralToApprove(choices))
                }
            })?
        }
    };
    let (given, tools) = (approved.server_count(), approved.tool_count());
    // A first lock has nothing that could have changed.
    let changes = (before.server_count() > 0).then(|| before.drift(&approved));
    let all = before.updated_by(approved);
    let pending = all.drift(&now);
    place.write(|out| out.write_all(all.write().as_bytes()))?;
    let kept = all.server_count() - given;
    let kept = if kept > 0 { format!("; {} as before", prose::count(kept, "other entry")) } else { String::new() };
    let tools = prose::count(tools, "tool");
    messages.note(&format!("wrote {}: {} with {tools}{kept}", place.named(), prose::count(given, "server")));
    if let Some(changes) = changes {
        let count = drift::differences(&changes).len();
        if count > 0 {
            messages.note(&format!("approved {}: {}", prose::count(count, "change"), drift::names(&changes)));
        }
    }
    let attacks = attacks(&report, &pending, &session.ruleset);
    if !attacks.is_empty() {
        let are = if attacks.len() == 1 { "is" } else { "are" };
        messages.warning(&format!(
            "{} {are} approved with it: {}; `mcp-scan explain` shows what was found",
            prose::count(attacks.len(), "attack"),
            named(&attacks)
        ));
    }
    if pending.needs_review {
        messages.note(&format!("not approved yet: {}", drift::names(&pending)));
    }
    Ok(Exit::Done)
}

/// The certain attacks in what the lock approves, each by its title and place. What is still `pending` is not approved.
fn attacks(report: &Report, pending: &Drift, ruleset: &Ruleset) -> Vec<String> {
    let is_pending = |at: usize, tool: Option<&str>| {
        let mut servers = pending.servers.iter().filter(|server| server.listed == Some(at) && server.changed);
        servers.any(|server| match tool {
            Some(tool) => !server.locked || server.tools.iter().any(|pending| pending.name == tool),
            None => !server.locked || !server.fields.is_empty() || !server.risk.is_empty(),
        })
    };
    let mut attacks = Vec::new();
    for (at, server) in report.servers.iter().enumerate() {
        let is_approved = |finding: &&Finding| finding.is_sure_attack() && !is_pending(at, finding.tool.as_deref());
        for finding in server.findings().filter(is_approved) {
            let rule = ruleset.findings.iter().find(|rule| rule.id == finding.id);
            let title = rule.map_or(finding.id.as_str(), |rule| rule.title.as_str());
            let place = finding.tool.as_ref().unwrap_or(&server.server.name);
            attacks.push(format!("{title} ({})", clean::excerpt(place, MAX_NAME)));
        }
    }
    attacks
}
