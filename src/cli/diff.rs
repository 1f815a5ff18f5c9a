//! `mcp-scan diff`: what has changed since the lock, and what it means.

use std::io::{self, Write};
use std::path::Path;

use super::args::{CommonArgs, DiffArgs, DriftFormat, FailOnDrift};
use super::diagnose::Messages;
use super::lock::{lock, warn_of_missing_tools};
use super::output::{self, Destination};
use super::places::Places;
use super::read::{self, Done};
use super::scan::choose_profile;
use super::targets::{self, Asked};
use super::{Exit, config, consent, ruleset};
use crate::audit::lock::Lock;
use crate::config::FILE_NAME;
use crate::model::{Drift, Report, TargetError, ToolChange, ToolDrift};
use crate::policy::Dialect;
use crate::policy::patch::{Edit, EditKind, Patch};
use crate::report::{drift, json};

/// Compares; with `forced` the targets are one command.
pub fn run(args: &DiffArgs, common: &CommonArgs, forced: bool) -> Result<Exit, TargetError> {
    let messages = Messages { quiet: common.quiet };
    let place = args.output.as_deref().map(|path| Destination::new("the result", path)).transpose()?;
    let mut ruleset = ruleset(common.rules.as_deref())?;
    choose_profile(&mut ruleset, &args.profile)?;
    let config = config::config(&args.config, &ruleset, messages)?;
    let asked = targets::of_words(&args.targets, forced);
    let Some(asked) = consent::settle(asked, &args.server, messages)? else { return Ok(Exit::Interrupted) };
    let configuration = args.config.config.as_deref().unwrap_or(Path::new(FILE_NAME));
    let mut places = Places::of(&asked)
        .read("the lock", Some(&args.lock))
        .read("the listing to compare with", args.against.as_deref().map(Path::new))
        .read("the configuration", Some(configuration))
        .read("the file of what may be started", args.server.launch_allow.as_deref());
    args.output.as_deref().map_or(Ok(()), |path| places.write("the result", path))?;
    let locked = if args.against.is_none() { Some(lock(&args.lock)?) } else { None };
    let read = |asked: &[Asked]| read::read(asked, &args.server, &config, None, common);
    let against = args.against.iter().map(|word| read(&targets::of_words(std::slice::from_ref(word), false)));
    let against = against.collect::<Result<Vec<Done>, _>>()?.into_iter().next().unwrap_or_default();
    let done = read(&asked)?;
    if !done.unread.is_empty() || !against.unread.is_empty() {
        return Ok(Exit::Interrupted);
    }
    against.reading.errors.iter().chain(&done.reading.errors).for_each(|error| messages.error(error));
    // Against half of what was there, the rest would look new.
    if !against.reading.errors.is_empty() {
        return Ok(Exit::Unread);
    }
    let report = crate::report_with(done.reading.listings, Vec::new(), &ruleset, &config);
    config::warn(&report.unmatched, messages);
    let all_tools_read = warn_of_missing_tools(&report, messages);
    let now = Lock::of(&report);
    let drift = match locked {
        Some(locked) => locked.drift(&now),
        None => {
            Lock::of(&crate::report_with(against.reading.listings, Vec::new(), &ruleset, &config)).drift_of_same(&now)
        }
    };
    let patches = patches(&drift, &report, args.policy_format)?;
    write(place.as_ref(), |out| match args.format {
        DriftFormat::Table => drift::write(&drift, &patches, out),
        DriftFormat::Json => json::write(&drift::Told { drift: &drift, policy_patch: &patches }, out),
    })?;
    Ok(match (fails(&drift, args.fail_on_drift) || !all_tools_read, done.reading.errors.is_empty()) {
        (true, _) => Exit::GateFailed,
        (false, true) => Exit::Done,
        (false, false) => Exit::Unread,
    })
}

/// True when `drift` is one that is not to pass.
pub fn fails(drift: &Drift, on: FailOnDrift) -> bool {
    match on {
        FailOnDrift::Any => drift.changed,
        FailOnDrift::Risk => drift.raises_risk,
    }
}

/// What `drift` asks to be changed in the policies of what was locked.
fn patches(drift: &Drift, report: &Report, dialect: Dialect) -> Result<Vec<Patch>, TargetError> {
    let mut patches = Vec::new();
    for server in drift.servers.iter().filter(|server| server.locked) {
        let edits: Vec<Edit> = server.tools.iter().flat_map(edits).collect();
        let found = server.listed.and_then(|at| report.servers.get(at));
        if let Some(found) = found.filter(|_| !edits.is_empty()) {
            patches.push(Patch::of(edits, found, report, dialect).map_err(|cause| TargetError {
                target: server.name.clone(),
                what: "could not write the patch for the policy".into(),
                why: cause.to_string(),
                hint: None,
            })?);
        }
    }
    Ok(patches)
}

fn edits(drift: &ToolDrift) -> Vec<Edit> {
    let edit = |change: EditKind, tool: &str| Edit { tool: tool.to_owned(), change };
    match &drift.change {
        ToolChange::Added => vec![edit(EditKind::Add, &drift.name)],
        ToolChange::Removed => vec![edit(EditKind::Remove, &drift.name)],
        ToolChange::Renamed { from } => vec![edit(EditKind::Remove, from), edit(EditKind::Add, &drift.name)],
        _ if drift.changes_policy() => vec![edit(EditKind::Replace, &drift.name)],
        _ => Vec::new(),
    }
}

fn write(place: Option<&Destination>, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), TargetError> {
    match place {
        Some(place) => place.write(fill),
        None => output::to_stdout(fill),
    }
}
